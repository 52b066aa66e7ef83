"""Agent: L1 beside the chains of transfers, or as one of them; it is never waited for."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.config import BaseChainConfig
from beamer_agent.contracts.deployments import BaseDeployment
from beamer_agent.parts.parts import Parts
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.types import BlockNumber, ChainId
from tests.factories import SOURCE, SOURCE_TOKEN, TARGET
from tests.running_agent import DOWN, IN_TIME, SECONDS, Endpoint, Running

pytestmark = pytest.mark.unit

L1 = ChainId(1)
BASE_WORKERS = {"EventMonitor[base-chain]", "TransactionSender[base-chain]"}
PROOF_WATCHES = {"ProofWatch[l2a->l2b]", "ProofWatch[l2b->l2a]"}


def deployed_on(chain_id: ChainId) -> BaseDeployment:
    """A Resolver; every endpoint in memory has code everywhere."""
    return BaseDeployment(chain_id, SOURCE_TOKEN, BlockNumber(1))


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """An agent with an L1, that is stopped at the end, whatever happened."""
    running = Running(monkeypatch)
    running.base = deployed_on(L1)
    running.endpoints["l1"] = Endpoint(L1, SOURCE, SOURCE_TOKEN)
    yield running
    running.agent.stop()
    running.wait_for_end()
    # One that hung ends when it is answered.
    running.wait_for(lambda: not threads_left(), "all threads to end")


def threads_left() -> list[str]:
    """Workers that still run."""
    kinds = ("Event", "Transaction", "ProofWatch", "Base", "Chain")
    return [t.name for t in threading.enumerate() if t.name.startswith(kinds)]


def start(running: Running, *names: str) -> None:
    """With both chains or some of them, and with L1."""
    l1 = BaseChainConfig(rpc_url=(SecretStr("http://l1"),))
    running.start(*(names or ("l2a", "l2b")), base_chain=l1)


def is_connected(running: Running) -> bool:
    """Whether proofs can be carried over L1 from now on."""
    connected = [line for line in running.log.lines if line["event"] == "Connected"]
    return any(line["chain"] == "base-chain" for line in connected)


def warnings(running: Running) -> list[dict[str, Any]]:
    """What the agent does without."""
    return [line for line in running.log.lines if line["log_level"] == "warning"]


def wait_for_transfers(running: Running) -> None:
    """Until both chains are served in both directions."""
    running.wait_for(lambda: running.has_synced(SOURCE, TARGET), "both chains")
    wanted = {"EventProcessor[l2a->l2b]", "EventProcessor[l2b->l2a]", *PROOF_WATCHES}
    running.wait_for(lambda: running.workers() >= wanted, "both directions")


def test_l1_has_workers_of_its_own(running: Running) -> None:
    """A monitor and a sender; every direction watches its proofs."""
    start(running)
    running.wait_for(lambda: is_connected(running), "L1")
    wait_for_transfers(running)
    running.wait_for(lambda: running.has_synced(L1), "the Resolver's events")
    assert running.workers() >= BASE_WORKERS
    assert running.stop() < IN_TIME
    assert running.error is None
    assert running.log.lines[-1]["hanging"] == []
    assert running.endpoints["l1"].is_closed


def test_l1_that_is_down_keeps_nobody_waiting(running: Running) -> None:
    """It is said, transfers go on, and when L1 is back it is used."""
    running.endpoints["l1"].always("eth_chainId", DOWN)
    start(running)
    wait_for_transfers(running)
    running.wait_for(lambda: "No L1 resolution" in running.log.sentences(), "the warning")
    assert not running.workers() & BASE_WORKERS
    assert "BaseConnector" in running.workers()
    running.endpoints["l1"].always("eth_chainId", hex(L1))
    running.wait_for(lambda: is_connected(running), "L1")
    assert running.workers() >= BASE_WORKERS
    assert attached(running) == [L1, L1]


def test_direction_that_starts_after_l1_knows_it(running: Running) -> None:
    """Its transfer chain was down for longer."""
    running.endpoints["l2b"].always("eth_chainId", DOWN)
    start(running)
    running.wait_for(lambda: is_connected(running), "L1")
    assert attached(running) == []
    running.endpoints["l2b"].always("eth_chainId", hex(TARGET))
    wait_for_transfers(running)
    assert attached(running) == [L1, L1]


def attached(running: Running) -> list[ChainId]:
    """Where the proofs of each direction are carried over."""
    workers = [part.workers for part in running.agent._parts.directions.values()]
    ends = [each.proofs._base for each in workers if each is not None]
    return [end.chain_id for end in ends if end is not None]


def account_on_l1(running: Running) -> ChainAccount | None:
    """Who carries proofs."""
    return running.agent._parts.base.slot.account


def account_of(running: Running, name: str) -> ChainAccount | None:
    """Who acts on a chain of transfers."""
    chain = running.agent._parts.chains[name].chain
    return None if chain is None else chain.account


def as_transfer_chain(running: Running) -> None:
    """L1 is the first of the two chains of transfers."""
    running.base = deployed_on(SOURCE)
    running.endpoints["l1"] = Endpoint(SOURCE, TARGET, SOURCE_TOKEN)


def test_l1_that_is_a_transfer_chain_has_one_sender(running: Running) -> None:
    """One owner of its account's nonces."""
    as_transfer_chain(running)
    start(running)
    running.wait_for(lambda: is_connected(running), "L1")
    wait_for_transfers(running)
    assert account_on_l1(running) is account_of(running, "l2a")
    assert not running.workers() & BASE_WORKERS
    assert attached(running) == [SOURCE, SOURCE]


def test_transfer_chain_that_answers_after_l1_owns_its_nonces(running: Running) -> None:
    """Until then proofs are not carried: their sender is the one of that chain."""
    as_transfer_chain(running)
    running.endpoints["l2a"].always("eth_chainId", DOWN)
    start(running)
    running.wait_for(lambda: running.agent._parts.base.connection, "an answer of L1")
    running.wait_for(lambda: running.has_synced(TARGET), "the other chain")
    assert account_on_l1(running) is None
    running.endpoints["l2a"].always("eth_chainId", hex(SOURCE))
    running.wait_for(lambda: is_connected(running), "L1")
    assert account_on_l1(running) is account_of(running, "l2a")
    assert not running.workers() & BASE_WORKERS


def test_transfer_chain_that_is_not_configured_owns_nothing(running: Running) -> None:
    """There are contracts on L1, but this agent does not work there."""
    as_transfer_chain(running)
    start(running, "l2b")
    running.wait_for(lambda: is_connected(running), "L1")
    assert running.workers() >= BASE_WORKERS


def test_agent_without_l1_says_so_and_serves_transfers(running: Running) -> None:
    """There is no [base-chain]."""
    running.start("l2a", "l2b")
    wait_for_transfers(running)
    (warning,) = [w for w in warnings(running) if w["event"] == "No L1 resolution"]
    assert warning["error"] == "there is no [base-chain]"
    assert not any(name.startswith("Base") for name in running.workers())
    assert attached(running) == []


@pytest.mark.parametrize(
    ("base", "detail"),
    [
        (None, "no Resolver is known"),
        (BaseDeployment(L1, None, BlockNumber(1)), "no Resolver is known"),
        (deployed_on(ChainId(5)), "the RPC serves chain id 1, the Resolver is on 5"),
    ],
)
def test_l1_without_a_resolver_is_not_used(
    running: Running, base: BaseDeployment | None, detail: str
) -> None:
    """A warning tells how to mend it; transfers go on."""
    running.base = base
    start(running)
    wait_for_transfers(running)
    running.wait_for(
        lambda: any(detail in warning.get("detail", "") for warning in warnings(running)),
        "the warning",
    )
    assert not running.workers() & BASE_WORKERS
    assert attached(running) == []


class Hang:
    """An endpoint's method that does not answer before the end."""

    def __init__(self, endpoint: Endpoint, method: str) -> None:
        self._answer: Callable[..., Any] = endpoint.answer_of(method)
        self._release = threading.Event()
        self.has_begun = threading.Event()
        endpoint.on(method, self._hang)

    def end(self) -> None:
        """Answer."""
        self._release.set()

    def _hang(self, *params: Any) -> Any:
        self.has_begun.set()
        self._release.wait(SECONDS)
        return self._answer(*params)


def test_l1_that_hangs_at_the_start_does_not_keep_the_agent(running: Running) -> None:
    """Its connector is named, and left behind."""
    hang = Hang(running.endpoints["l1"], "eth_chainId")
    start(running)
    wait_for_transfers(running)
    assert hang.has_begun.wait(SECONDS)
    assert running.stop() < IN_TIME
    hang.end()
    assert running.log.lines[-1]["hanging"] == ["BaseConnector"]


def test_l1_that_hangs_later_does_not_keep_the_agent(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do the proofs' watches that ask it, once a game is open."""
    monkeypatch.setattr(Parts, "has_games", lambda _parts: True)
    start(running)
    running.wait_for(lambda: is_connected(running), "L1")
    wait_for_transfers(running)
    hang = Hang(running.endpoints["l1"], "eth_getBlockByNumber")
    assert hang.has_begun.wait(SECONDS)
    assert running.stop() < IN_TIME
    hang.end()
    assert set(running.log.lines[-1]["hanging"]) <= {*BASE_WORKERS, *PROOF_WATCHES}
    assert "EventMonitor[base-chain]" in running.log.lines[-1]["hanging"]
