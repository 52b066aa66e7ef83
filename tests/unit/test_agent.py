"""Agent: what is started when, what is refused, and that it always stops."""

import socket
import threading
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from beamer_agent.config import BaseChainConfig, MetricsConfig
from beamer_agent.config.model import LOOPBACK
from beamer_agent.errors import ConfigurationError, InvariantError
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.parts.parts import Parts
from beamer_agent.service.http.server import HttpServer
from beamer_agent.types import BlockNumber, ChainId
from tests.factories import SOURCE, SOURCE_TOKEN, TARGET
from tests.fake_events import ACCOUNT
from tests.running_agent import DOWN, IN_TIME, SECONDS, Endpoint, Running

pytestmark = pytest.mark.unit


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """An agent that is stopped at the end, whatever happened."""
    running = Running(monkeypatch)
    yield running
    if running.agent is not None:
        running.agent.stop()
        running.wait_for_end()
    left = [t.name for t in threading.enumerate() if t.name.startswith(("Event", "Transaction"))]
    assert left == []


def test_every_ordered_pair_of_chains_is_served(running: Running) -> None:
    """A monitor and a sender per chain, a processor per direction."""
    running.start()
    wanted = {
        "EventMonitor[l2a]",
        "HistoryReader[l2a]",
        "EventMonitor[l2b]",
        "HistoryReader[l2b]",
        "TransactionSender[l2a]",
        "TransactionSender[l2b]",
        "EventProcessor[l2a->l2b]",
        "EventProcessor[l2b->l2a]",
    }
    running.wait_for(lambda: running.workers() >= wanted, "all workers")
    assert "EventProcessor[l2a->l2a]" not in running.workers()
    assert running.stop() < IN_TIME
    assert running.error is None
    assert running.log.lines[-1]["event"] == "Stopped"
    assert running.log.lines[-1]["hanging"] == []
    assert all(endpoint.is_closed for endpoint in running.endpoints.values())


def test_chain_that_is_alone_is_its_own_target(running: Running) -> None:
    """One configured chain means that chain to itself."""
    running.start("l2a")
    running.wait_for(lambda: "EventProcessor[l2a->l2a]" in running.workers(), "its direction")


def test_faults_of_all_chains_end_the_start(running: Running) -> None:
    """Nothing was started, and all is told at once."""
    for endpoint in running.endpoints.values():
        endpoint.request_manager("allowedLps", ACCOUNT.address, result=False)
    running.start()
    running.wait_for_end()
    assert isinstance(running.error, ConfigurationError)
    assert len(running.error.faults) == 2
    assert not any(name.startswith("Event") for name in running.workers())


def test_one_chain_under_two_names_is_refused(running: Running) -> None:
    """It would be filled and claimed twice."""
    running.endpoints["l2b"] = running.endpoints["l2a"]
    running.start()
    running.wait_for_end()
    assert isinstance(running.error, ConfigurationError)
    assert "serves chain id" in running.error.faults[0]


def test_twin_that_answers_late_is_not_served(running: Running) -> None:
    """Two senders of one account on one chain would share nonces; the first goes on alone."""
    running.endpoints["l2b"].always("eth_chainId", DOWN)
    running.start()
    running.wait_for(lambda: running.has_synced(SOURCE), "the chain that answers")
    running.endpoints["l2b"].token(SOURCE_TOKEN)
    running.endpoints["l2b"].always("eth_chainId", hex(SOURCE))
    running.wait_for(lambda: "Cannot serve a chain" in running.log.sentences(), "the refusal")
    running.stop()
    (refusal,) = [x for x in running.log.lines if x["event"] == "Cannot serve a chain"]
    assert "serves chain id" in refusal["error"]
    assert "TransactionSender[l2a]" in running.workers()
    assert "TransactionSender[l2b]" not in running.workers()


def test_chain_that_is_down_keeps_nobody_waiting(running: Running) -> None:
    """The other works; when it comes back, its directions begin."""
    running.endpoints["l2b"].always("eth_chainId", DOWN)
    running.start()
    running.wait_for(lambda: running.has_synced(SOURCE), "the chain that answers")
    assert not any(name.startswith("EventProcessor") for name in running.workers())
    running.endpoints["l2b"].always("eth_chainId", hex(TARGET))
    running.wait_for(lambda: running.has_synced(TARGET), "the other chain")
    running.wait_for(lambda: "EventProcessor[l2b->l2a]" in running.workers(), "its directions")


def test_fault_of_a_late_chain_does_not_end_the_others(running: Running) -> None:
    """It is told, and the chain is not served."""
    running.endpoints["l2b"].always("eth_chainId", DOWN)
    running.start()
    running.wait_for(lambda: running.has_synced(SOURCE), "the chain that answers")
    running.endpoints["l2b"].request_manager("allowedLps", ACCOUNT.address, result=False)
    running.endpoints["l2b"].always("eth_chainId", hex(TARGET))
    running.wait_for(lambda: "Cannot serve a chain" in running.log.sentences(), "the fault")
    assert running.error is None
    assert running.stop() < IN_TIME


def test_agent_whose_chains_are_all_down_stops_at_once(running: Running) -> None:
    """It only keeps trying."""
    for endpoint in running.endpoints.values():
        endpoint.always("eth_chainId", DOWN)
    running.start()
    running.wait_for(lambda: "Step failed, will try again" in running.log.sentences(), "a try")
    assert running.stop() < IN_TIME


def test_endpoint_that_hangs_does_not_keep_the_agent(running: Running) -> None:
    """Its worker is named, and left behind."""
    release = threading.Event()
    hanging = threading.Event()

    def hang(*_: object) -> str:
        hanging.set()
        release.wait(SECONDS)
        return hex(TARGET)

    running.endpoints["l2b"].on("eth_chainId", hang)
    running.start()
    assert hanging.wait(SECONDS)
    assert running.stop() < IN_TIME
    release.set()
    assert running.log.lines[-1]["hanging"] == ["ChainConnector[l2b]"]


def test_defect_ends_its_worker_alone(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pulse tells; what becomes of it is not for the agent to say."""

    def fail(_monitor: EventMonitor) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr(EventMonitor, "step", fail)
    running.start()
    running.wait_for(lambda: running.dead() >= {"EventMonitor[l2a]"}, "the end of the worker")
    assert running.stop() < IN_TIME
    assert running.error is None


def test_defect_of_its_own_thread_ends_it_in_order(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could replace that thread; the log has the traceback, without secrets."""

    def fail(_parts: Parts, _told: object) -> None:
        raise KeyError("http://secret")

    monkeypatch.setattr(Parts, "take", fail)
    running.start("l2a", "l2b")
    running.wait_for_end()
    assert isinstance(running.error, InvariantError)
    assert str(running.error) == "The agent's own thread failed (KeyError); the log says where."
    assert "Agent failed" in running.log.sentences()
    states = [line["state"] for line in running.log.lines if line["event"] == "Service changed"]
    assert states[:2] == ["starting", "error"]
    assert running.log.lines[-1]["hanging"] == []


def test_metrics_are_served_while_it_runs(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The port is had before anything else, and given back."""
    servers: list[HttpServer] = []
    start = HttpServer.start

    def remember(server: HttpServer) -> None:
        servers.append(server)
        start(server)

    monkeypatch.setattr(HttpServer, "start", remember)
    running.start(metrics=MetricsConfig(prometheus_port=None))
    assert running.stop() < IN_TIME
    assert servers == []


def test_port_in_use_is_told_before_anything_is_started(running: Running) -> None:
    """Nothing has been asked of any chain."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        running.start(metrics=MetricsConfig(prometheus_port=port))
        running.wait_for_end()
    assert isinstance(running.error, ConfigurationError)
    assert running.endpoints["l2a"].calls == []


@pytest.mark.parametrize("base", [None, "l2a", "down"])
def test_missing_base_chain_is_a_warning(running: Running, base: str | None) -> None:
    """Transfers go on."""
    down = Endpoint(ChainId(1), SOURCE, SOURCE_TOKEN)
    down.always("eth_chainId", DOWN)
    running.endpoints["down"] = down
    settings = None if base is None else BaseChainConfig(rpc_url=(SecretStr(f"http://{base}"),))
    running.start("l2a", "l2b", base_chain=settings)
    running.wait_for(lambda: running.has_synced(SOURCE, TARGET), "both chains")
    running.wait_for(
        lambda: any(line["log_level"] == "warning" for line in running.log.lines), "a warning"
    )
    assert running.error is None


def test_chain_that_lost_what_was_final_has_the_others_read_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was settled on it, and forgotten on them, may be open again; but not all the time."""
    asked: list[tuple[EventMonitor, BlockNumber]] = []
    monkeypatch.setattr(
        EventMonitor, "read_again", lambda monitor, first: asked.append((monitor, first))
    )
    running.start()
    running.wait_for(lambda: running.has_synced(SOURCE, TARGET), "both chains")
    chains = {name: part.chain for name, part in running.agent._parts.chains.items()}
    assert chains["l2a"] is not None
    assert chains["l2b"] is not None
    for _ in range(2):
        chains["l2a"].following.monitor._on_start_over()
    assert asked == [(chains["l2b"].following.monitor, 0)]
