"""Agent: what is started when, what is refused, and that it always stops."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import beamer_agent.agent
from beamer_agent.agent import Agent
from beamer_agent.config import (
    AccountConfig,
    BaseChainConfig,
    ChainConfig,
    Config,
    MetricsConfig,
    TokenConfig,
)
from beamer_agent.contracts.deployments import ChainDeployment, Deployments
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import (
    BeamerAgentError,
    ConfigurationError,
    FatalError,
    InvariantError,
    RpcConnectionError,
)
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.rpc.client import ChainClient
from beamer_agent.service.http import HOST, HttpServer
from beamer_agent.types import BlockNumber, ChainId
from tests.contract_answers import INTERFACES, ContractsChain
from tests.doubles import RecordingLogger, block_json, make_client
from tests.factories import (
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TARGET_TOKEN,
    make_block,
)
from tests.fake_chain import ACCOUNT

pytestmark = pytest.mark.unit

CHAINS = (SOURCE, TARGET)
SECONDS = 10.0
DOWN = RpcConnectionError("refused")
TOKENS = {
    "TST": (
        TokenConfig(chain_id=SOURCE, address=SOURCE_TOKEN),
        TokenConfig(chain_id=TARGET, address=TARGET_TOKEN),
    )
}


class Endpoint(ContractsChain):
    """A chain without history on which the agent can work."""

    def __init__(self, chain_id: ChainId, other: ChainId, token: Any) -> None:
        super().__init__(chain_id, ACCOUNT.address)
        self.target_chain(other)
        self.target_chain(chain_id)
        self.token(token)
        self.request_manager("claimRequestExtension", result=86_400)
        self.always("eth_getBlockByNumber", block_json(make_block(100)))
        self.always("eth_getLogs", [])


class Running:
    """An agent on endpoints in memory, in a thread of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log = RecordingLogger()
        self.endpoints = {
            "l2a": Endpoint(SOURCE, TARGET, SOURCE_TOKEN),
            "l2b": Endpoint(TARGET, SOURCE, TARGET_TOKEN),
        }
        self.base: Any = None
        self.error: BeamerAgentError | None = None
        self._clients: list[ChainClient] = []
        monkeypatch.setattr(beamer_agent.agent, "make_client", self._make_client)

    def _make_client(self, url: str, _interfaces: object) -> ChainClient:
        return make_client(self.endpoints[url.removeprefix("http://")])

    def start(self, *names: str, **changes: Any) -> None:
        """With these chains."""
        config = Config(
            artifacts_dir=Path(),
            account=AccountConfig(path=Path(), password=SecretStr("")),
            poll_period=0.02,
            chains={
                name: ChainConfig(rpc_url=SecretStr(f"http://{name}"))
                for name in names or self.endpoints
            },
            tokens=TOKENS,
            **changes,
        )
        known = (ChainDeployment(c, REQUEST_MANAGER, FILL_MANAGER, BlockNumber(1)) for c in CHAINS)
        deployments = Deployments(None, {d.chain_id: d for d in known})
        self.agent = Agent(config, ACCOUNT, deployments, INTERFACES, self.log.logger)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.agent.run()
        except BeamerAgentError as error:
            self.error = error

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Until it holds."""
        wait_until(condition, what, seconds=SECONDS)

    def wait_for_end(self) -> None:
        """Until `run` has returned."""
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()

    def stop(self) -> float:
        """Stop, and how long that took."""
        started = time.monotonic()
        self.agent.stop()
        self.wait_for_end()
        return time.monotonic() - started

    def workers(self) -> set[str]:
        """Threads that were started."""
        return {worker.name for worker in self.agent._workers}

    def has_synced(self, *chain_ids: int) -> bool:
        """Whether the chains' events were read."""
        synced = {line["chain_id"] for line in self.log.lines if line["event"] == "Synced"}
        return synced >= set(chain_ids)


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
        "EventMonitor[l2b]",
        "TransactionSender[l2a]",
        "TransactionSender[l2b]",
        "EventProcessor[l2a->l2b]",
        "EventProcessor[l2b->l2a]",
    }
    running.wait_for(lambda: running.workers() >= wanted, "all workers")
    assert "EventProcessor[l2a->l2a]" not in running.workers()
    assert running.stop() < 2
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
    assert running.stop() < 2


def test_agent_whose_chains_are_all_down_stops_at_once(running: Running) -> None:
    """It only keeps trying."""
    for endpoint in running.endpoints.values():
        endpoint.always("eth_chainId", DOWN)
    running.start()
    running.wait_for(lambda: "Step failed, will try again" in running.log.sentences(), "a try")
    assert running.stop() < 2


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
    assert running.stop() < 2
    release.set()
    assert running.log.lines[-1]["hanging"] == ["ChainConnector[l2b]"]


def test_defect_ends_the_agent_with_its_name(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And everything else is stopped in order."""

    def fail(_monitor: EventMonitor) -> float:
        raise ZeroDivisionError

    monkeypatch.setattr(EventMonitor, "step", fail)
    running.start()
    running.wait_for_end()
    assert isinstance(running.error, InvariantError)
    assert "EventMonitor" in str(running.error)
    assert isinstance(running.error, FatalError)


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
    assert running.stop() < 2
    assert servers == []


def test_port_in_use_is_told_before_anything_is_started(running: Running) -> None:
    """Nothing has been asked of any chain."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
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
    settings = None if base is None else BaseChainConfig(rpc_url=SecretStr(f"http://{base}"))
    running.start("l2a", "l2b", base_chain=settings)
    running.wait_for(lambda: running.has_synced(SOURCE, TARGET), "both chains")
    running.wait_for(
        lambda: any(line["log_level"] == "warning" for line in running.log.lines), "a warning"
    )
    assert running.error is None
