"""Agent: parts that are built anew, gently or from nothing, while the others work on."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.actions.model import ApproveToken
from beamer_agent.chain import Chain
from beamer_agent.config import BaseChainConfig
from beamer_agent.contracts.deployments import BaseDeployment
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.direction import DirectionWorkers
from beamer_agent.errors import SupersededError
from beamer_agent.events.history import HistoryReader
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.orders import SERVICE, Restart, RestartKind
from beamer_agent.processor import EventProcessor
from beamer_agent.resolution.watch import ProofWatch
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.types import BlockNumber, ChainId, Wei
from tests.factories import SOURCE, SOURCE_TOKEN, TARGET
from tests.made_actions import make_fill
from tests.running_agent import DOWN, SECONDS, Endpoint, Running

pytestmark = pytest.mark.unit

GENTLE, HARD = RestartKind.GENTLE, RestartKind.HARD
THERE, BACK = "l2a->l2b", "l2b->l2a"


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """An agent that is stopped at the end, whatever happened."""
    running = Running(monkeypatch)
    yield running
    running.agent.stop()
    running.wait_for_end()
    running.wait_for(lambda: not threads_left(), "all threads to end")


def threads_left() -> list[str]:
    """Workers that still run."""
    kinds = ("Event", "Transaction", "ProofWatch", "Witness", "Chain", "Base", "History")
    return [t.name for t in threading.enumerate() if t.name.startswith(kinds)]


def start(running: Running, **changes: Any) -> None:
    """Both chains, both directions, and both read up to now."""
    running.start("l2a", "l2b", **changes)
    running.wait_for(lambda: running.has_synced(SOURCE, TARGET), "both chains")
    running.wait_for(lambda: has_views(running, THERE) and has_views(running, BACK), "both views")


def restart(running: Running, part: str, kind: RestartKind) -> RestartKind:
    """Order it and wait for it; what it became."""
    known = len(done(running))
    running.agent.order(Restart(part, kind, "a test", "tester"))
    running.wait_for(lambda: len(done(running)) > known, "the restart")
    return RestartKind(done(running)[-1]["kind"])


def done(running: Running) -> list[dict[str, Any]]:
    """The restarts that happened."""
    return [line for line in running.log.lines if line["event"] == "Restarted"]


def workers_of(running: Running, direction: str) -> DirectionWorkers:
    """What decides for a direction now."""
    workers = running.agent._parts.directions[direction].workers
    assert workers is not None
    return workers


def chain_of(running: Running, name: str) -> Chain:
    """What works on a chain now."""
    chain = running.agent._parts.chains[name].chain
    assert chain is not None
    return chain


def is_back(running: Running, name: str) -> bool:
    """Whether a chain is at work."""
    return running.agent._parts.chains[name].chain is not None


def has_views(running: Running, direction: str) -> bool:
    """Whether a direction has heard of both of its chains, read up to now."""
    workers = running.agent._parts.directions[direction].workers
    views = {} if workers is None else dict(workers.processor._views)
    return len(views) == 2 and all(view.is_synced for view in views.values())


def generations(running: Running, part: str) -> set[int]:
    """Of the workers of a part."""
    return {r.generation for r in running.agent._crew.readings() if r.part == part}


class Trouble:
    """Lets one worker's next step hang, or fail by a defect. Made before the agent is started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type[Any]) -> None:
        self._has_begun = threading.Event()
        self._release = threading.Event()
        self._subject: Any = None
        self._is_defect = False
        self._condition: Callable[[], bool] = lambda: True
        step = kind.step

        def troubled(subject: Any) -> Any:
            if subject is self._subject:
                self._has_begun.set()
                if self._is_defect:
                    self._subject = None
                    wait_until(self._condition, "the moment", seconds=SECONDS)
                    raise ZeroDivisionError
                self._release.wait(SECONDS)
            return step(subject)

        monkeypatch.setattr(kind, "step", troubled)

    def hang(self, subject: Any) -> None:
        """It hangs by now."""
        self._subject = subject
        assert self._has_begun.wait(SECONDS)

    def fail(self, subject: Any) -> None:
        """It has failed by now."""
        self._is_defect = True
        self.hang(subject)

    def fail_when(self, subject: Any, condition: Callable[[], bool]) -> None:
        """It is in a step by now, and fails in it as soon as the condition holds."""
        self._condition = condition
        self.fail(subject)

    def fail_next(self, subject: Any) -> None:
        """It will fail."""
        self._is_defect, self._subject = True, subject

    def end(self) -> None:
        """Let go of who hangs."""
        self._release.set()


def threads_named(name: str) -> int:
    """How many there are."""
    return [thread.name for thread in threading.enumerate()].count(name)


def test_a_direction_is_restarted_gently(running: Running) -> None:
    """New threads on what is known."""
    start(running)
    before = workers_of(running, THERE)
    assert restart(running, THERE, GENTLE) is GENTLE
    assert workers_of(running, THERE) is before
    assert generations(running, THERE) == {2}
    assert generations(running, BACK) == {1}
    assert running.workers() >= {f"EventProcessor[{THERE}]", f"Witness[{THERE}]"}


def test_a_direction_is_restarted_from_nothing(running: Running) -> None:
    """It hears of both chains once more, and the other direction works on as it is."""
    start(running)
    before, other = workers_of(running, THERE), workers_of(running, BACK)
    assert restart(running, THERE, HARD) is HARD
    assert workers_of(running, THERE).processor is not before.processor
    assert workers_of(running, BACK) is other
    running.wait_for(lambda: has_views(running, THERE), "its views")
    assert chain_of(running, "l2a").account.sender.work().is_over


def test_what_a_replaced_direction_wants_is_refused(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread comes back late and ends, without a word and without an effect."""
    trouble = Trouble(monkeypatch, EventProcessor)
    start(running)
    stale = workers_of(running, THERE).processor
    trouble.hang(stale)
    assert restart(running, THERE, GENTLE) is HARD
    assert workers_of(running, THERE).processor is not stale
    with pytest.raises(SupersededError):
        stale._planner._target.sender.cancel("fill:0x")
    with pytest.raises(SupersededError):
        stale._planner._source.sender.drop("claim:0x")
    with pytest.raises(SupersededError):
        stale._planner._payouts._book.state(THERE, {}, is_known=True)
    with pytest.raises(SupersededError):
        stale._planner._games._source.stakes.state(THERE, Wei(0))
    lines = len(running.log.lines)
    trouble.end()
    name = f"EventProcessor[{THERE}]"
    running.wait_for(lambda: [t.name for t in threading.enumerate()].count(name) == 1, "its end")
    assert not [x for x in running.log.lines[lines:] if x["event"] == "Worker failed"]
    running.wait_for(lambda: has_views(running, THERE), "the views of its successor")


def test_what_a_replaced_direction_has_queued_is_dropped_be_its_request_gone(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fold may have lost a request, and have come no further: such a fill would be a loss."""
    trouble = Trouble(monkeypatch, TransactionSender)
    start(running)
    sender = chain_of(running, "l2b").account.sender
    trouble.hang(sender)
    ours, of_another = make_fill(1), replace(make_fill(2), source_chain_id=ChainId(7))
    approval = ApproveToken(ours.target_token, ours.amount, ours.amount)
    for action in (ours, of_another, approval):
        assert sender.submit(action)
    assert restart(running, THERE, HARD) is HARD
    working = [sender.is_working_on(action.key) for action in (ours, of_another, approval)]
    assert working == [False, True, True]
    trouble.end()


def test_a_chain_is_restarted_gently(running: Running) -> None:
    """Its sender keeps its records; its directions do not notice."""
    start(running)
    before, other = chain_of(running, "l2a"), workers_of(running, THERE)
    assert restart(running, "l2a", GENTLE) is GENTLE
    assert chain_of(running, "l2a") is before
    assert workers_of(running, THERE) is other
    assert generations(running, "l2a") == {2}
    calls = len(running.endpoints["l2a"].calls)
    running.wait_for(lambda: len(running.endpoints["l2a"].calls) > calls, "the next look")


def test_a_chain_is_restarted_from_nothing(running: Running) -> None:
    """Over a new line, with a new sender; so are the directions that it is an end of."""
    start(running)
    before, stale = chain_of(running, "l2a"), workers_of(running, THERE)
    other = chain_of(running, "l2b")
    assert restart(running, "l2a", HARD) is HARD
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    assert chain_of(running, "l2a").account.sender is not before.account.sender
    assert chain_of(running, "l2b") is other
    running.wait_for(lambda: has_views(running, THERE) and has_views(running, BACK), "both views")
    assert workers_of(running, THERE).processor is not stale.processor
    with pytest.raises(SupersededError):
        before.following.publisher.retract(BlockNumber(1), 0)  # type: ignore[arg-type]


def test_nothing_leaves_over_the_line_of_a_replaced_chain(running: Running) -> None:
    """Its nonces have a new owner."""
    start(running)
    before = chain_of(running, "l2a").connection.client
    restart(running, "l2a", HARD)
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    with pytest.raises(type(DOWN)):
        before.head()
    assert chain_of(running, "l2a").connection.client.head().number == 100


def test_a_chain_whose_monitor_hangs_is_built_from_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it might still write is nobody's; what it tells late reaches nobody."""
    trouble = Trouble(monkeypatch, EventMonitor)
    start(running)
    stale = chain_of(running, "l2a").following.monitor
    trouble.hang(stale)
    assert restart(running, "l2a", GENTLE) is HARD
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    running.wait_for(lambda: has_views(running, THERE), "its directions")
    trouble.end()
    name = "EventMonitor[l2a]"
    running.wait_for(lambda: [t.name for t in threading.enumerate()].count(name) == 1, "its end")
    assert running.error is None


def test_a_part_whose_keeper_died_is_built_from_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have ended between two halves of what it was to write."""
    trouble = Trouble(monkeypatch, EventProcessor)
    start(running)
    broken = workers_of(running, THERE).processor
    trouble.fail(broken)
    running.wait_for(lambda: done(running), "a restart")
    running.wait_for(lambda: has_views(running, THERE), "its successor")
    assert workers_of(running, THERE).processor is not broken
    assert done(running)[-1]["kind"] == "hard"


def test_a_part_whose_keeper_dies_while_it_is_ended_is_built_from_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its calls fail as they seldom do."""
    trouble = Trouble(monkeypatch, EventMonitor)
    start(running)
    before = chain_of(running, "l2a")
    trouble.fail_when(
        before.following.monitor, lambda: "EventMonitor[l2a]" not in running.workers()
    )
    assert restart(running, "l2a", GENTLE) is HARD
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    assert chain_of(running, "l2a").following.monitor is not before.following.monitor


def test_a_chain_whose_history_was_told_in_part_is_built_from_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some of its readers have heard what others never would."""
    trouble = Trouble(monkeypatch, HistoryReader)
    start(running)
    before = chain_of(running, "l2a")
    trouble.fail_next(before.following.history)
    before.following.history_wake.set()
    running.wait_for(lambda: done(running), "a restart")
    assert done(running)[0]["kind"] == "hard"


def test_a_worker_that_keeps_nothing_is_replaced_gently(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the supervisor; what is known stays."""
    trouble = Trouble(monkeypatch, ProofWatch)
    start(running)
    before = workers_of(running, THERE)
    trouble.fail(before.proofs)
    running.wait_for(lambda: done(running), "a restart")
    assert (done(running)[0]["kind"], done(running)[0]["part"]) == ("gentle", THERE)
    assert workers_of(running, THERE) is before


def test_the_whole_service_is_restarted(running: Running) -> None:
    """All chains and directions, from nothing; then it runs again."""
    start(running)
    before = {name: chain_of(running, name) for name in ("l2a", "l2b")}
    assert restart(running, SERVICE, HARD) is HARD
    running.wait_for(lambda: all(is_back(running, name) for name in before), "both chains")
    running.wait_for(lambda: has_views(running, THERE) and has_views(running, BACK), "both views")
    assert all(chain_of(running, name) is not chain for name, chain in before.items())
    running.wait_for(lambda: running.agent._lifecycle.state == "running", "the state")


def test_a_chain_that_stays_down_after_its_restart_is_waited_for(running: Running) -> None:
    """Nothing gathers for its directions meanwhile; then they begin."""
    start(running)
    running.endpoints["l2a"].always("eth_chainId", DOWN)
    restart(running, "l2a", HARD)
    assert running.agent._parts.directions[THERE].workers is None
    publisher = chain_of(running, "l2b").following.publisher
    inboxes = [s for s in publisher._subscribers if "Inbox" in repr(s)]
    assert inboxes == []
    running.endpoints["l2a"].always("eth_chainId", hex(SOURCE))
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    running.wait_for(lambda: has_views(running, THERE), "its directions")


def test_l1_is_restarted_from_nothing(running: Running) -> None:
    """With all directions, which ask it about their proofs."""
    running.base = BaseDeployment(ChainId(1), SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(ChainId(1), SOURCE, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    base = running.agent._parts.base
    running.wait_for(lambda: base.slot.account is not None, "L1")
    before = base.slot.account
    assert restart(running, "base-chain", HARD) is HARD
    running.wait_for(lambda: base.slot.account not in (None, before), "L1 again")
    workers = workers_of(running, THERE)
    assert base.connection is not None
    assert workers.proofs._base is base.connection.end


def test_l1_is_restarted_gently(running: Running) -> None:
    """The same sender, and nobody else notices."""
    running.base = BaseDeployment(ChainId(1), SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(ChainId(1), SOURCE, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    base = running.agent._parts.base
    running.wait_for(lambda: base.slot.account is not None, "L1")
    before = base.slot.account
    assert restart(running, "base-chain", GENTLE) is GENTLE
    assert base.slot.account is before
    assert generations(running, "base-chain") == {2}
    assert generations(running, THERE) == {1}


def test_l1_that_is_a_chain_of_transfers_carries_proofs_with_the_new_sender(
    running: Running,
) -> None:
    """The old one's line is closed."""
    running.base = BaseDeployment(SOURCE, SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(SOURCE, TARGET, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    slot = running.agent._parts.base.slot
    running.wait_for(lambda: slot.account is not None, "L1")
    assert slot.account is chain_of(running, "l2a").account
    restart(running, "l2a", HARD)
    running.wait_for(lambda: slot.account is not None, "L1 again")
    assert slot.account is chain_of(running, "l2a").account


def test_l1_that_is_a_chain_of_transfers_is_restarted_from_nothing(running: Running) -> None:
    """Proofs of the directions that are built anew are carried over it as before."""
    running.base = BaseDeployment(SOURCE, SOURCE_TOKEN, BlockNumber(1))
    running.endpoints["l1"] = Endpoint(SOURCE, TARGET, SOURCE_TOKEN)
    start(running, base_chain=BaseChainConfig(rpc_url=(SecretStr("http://l1"),)))
    base = running.agent._parts.base
    running.wait_for(lambda: base.slot.account is not None, "L1")
    assert restart(running, "base-chain", HARD) is HARD
    running.wait_for(lambda: base.connection is not None, "an answer of L1")
    running.wait_for(lambda: workers_of(running, BACK).proofs._base is not None, "its way")
    assert base.connection is not None
    assert workers_of(running, THERE).proofs._base is base.connection.end
    assert base.slot.account is chain_of(running, "l2a").account


def test_a_chain_that_has_not_answered_is_asked_by_a_new_connector(running: Running) -> None:
    """Gently or not: there is nothing to keep."""
    running.endpoints["l2b"].always("eth_chainId", DOWN)
    running.start("l2a", "l2b")
    running.wait_for(lambda: running.has_synced(SOURCE), "the chain that answers")
    assert restart(running, "l2b", GENTLE) is GENTLE
    assert generations(running, "l2b") == {2}
    running.endpoints["l2b"].always("eth_chainId", hex(TARGET))
    running.wait_for(lambda: has_views(running, THERE), "its directions")


def test_an_order_for_no_part_is_told(running: Running) -> None:
    """And nothing else happens."""
    start(running)
    running.agent.order(Restart("l2c", HARD, "a test", "tester"))
    running.wait_for(lambda: "There is no such part" in running.log.sentences(), "the line")
    assert done(running) == []


def test_a_stop_in_the_middle_of_a_restart_is_in_time(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever hangs, and however many orders wait."""
    trouble = Trouble(monkeypatch, EventMonitor)
    start(running)
    stale = chain_of(running, "l2a").following.monitor
    trouble.hang(stale)
    for _ in range(20):
        running.agent.order(Restart("l2a", HARD, "a test", "tester"))
    assert running.stop() < 2
    trouble.end()
