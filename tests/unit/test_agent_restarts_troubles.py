"""Agent: parts whose workers hang or die are built anew; what those still want is not done."""

import threading
from dataclasses import replace

import pytest

from beamer_agent.actions.model import ApproveToken
from beamer_agent.errors import SupersededError
from beamer_agent.events.history import HistoryReader
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.orders import Restart
from beamer_agent.processor import EventProcessor
from beamer_agent.resolution.watch import ProofWatch
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.types import ChainId, Wei
from tests.made_actions import make_fill
from tests.restarting import (
    GENTLE,
    HARD,
    THERE,
    Trouble,
    chain_of,
    done,
    has_views,
    is_back,
    restart,
    start,
    workers_of,
)
from tests.running_agent import IN_TIME, Running

pytestmark = pytest.mark.unit


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
    assert running.stop() < IN_TIME
    trouble.end()
