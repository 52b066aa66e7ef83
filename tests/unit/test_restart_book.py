"""RestartBook: what was ordered, what has happened, and what is told of it."""

import pytest

from beamer_agent.orders import SUPERVISOR, Restart, RestartKind
from beamer_agent.service.restarts import REMEMBERED_SECONDS, SHOWN, PastRestart, RestartBook
from beamer_agent.service.status import RestartStatus
from tests.doubles import FakeClock, RecordingLogger
from tests.factories import NOW

pytestmark = pytest.mark.unit

GENTLE, HARD = RestartKind.GENTLE, RestartKind.HARD
ORDER = Restart("l2a", GENTLE, "EventMonitor[l2a] hangs for 121 s", SUPERVISOR)
PERIODIC = Restart("l2a", HARD, "the contracts say otherwise", "period")


class Desk:
    """A book, with its clock and its log."""

    def __init__(self) -> None:
        self.clock, self.log = FakeClock(), RecordingLogger()
        self.book = RestartBook(self.clock, self.log.logger)


@pytest.fixture
def desk() -> Desk:
    """With nothing in it."""
    return Desk()


def test_an_order_is_on_its_way_until_it_is_done(desk: Desk) -> None:
    """Then it has happened; what it became counts for nothing when it comes to the next one."""
    desk.book.given(ORDER)
    assert desk.book.past() == (PastRestart("l2a", GENTLE, SUPERVISOR, 0.0, is_pending=True),)
    desk.clock.advance(2)
    desk.book.done(ORDER, HARD, 1.5)
    assert desk.book.past() == (PastRestart("l2a", GENTLE, SUPERVISOR, 2.0),)


def test_what_others_asked_for_does_not_end_an_order(desk: Desk) -> None:
    """It is still on its way."""
    desk.book.given(ORDER)
    desk.book.done(PERIODIC, HARD, 0.1)
    assert [restart.is_pending for restart in desk.book.past()] == [False, True]


def test_every_restart_is_told_of(desk: Desk) -> None:
    """In one line, and in the status, newest first; and counted."""
    desk.book.done(ORDER, HARD, 1.23456)
    desk.clock.advance(60)
    desk.book.done(PERIODIC, HARD, 0.5)
    assert desk.log.lines[0] == {
        "event": "Restarted",
        "log_level": "warning",
        "part": "l2a",
        "kind": "hard",
        "reason": "EventMonitor[l2a] hangs for 121 s",
        "by": "supervisor",
        "seconds": 1.235,
    }
    reason = "the contracts say otherwise"
    newest = RestartStatus("l2a", "hard", reason, "period", desk.clock.now(), 0.5)
    assert desk.book.recent()[0] == newest
    assert desk.book.recent()[1].at == NOW
    assert desk.book.counts() == {("l2a", "hard", SUPERVISOR): 1, ("l2a", "hard", "period"): 1}


def test_memory_is_bounded(desk: Desk) -> None:
    """By an hour for judging, by a number for showing."""
    for _ in range(100):
        desk.clock.advance(60)
        desk.book.done(ORDER, GENTLE, 0.1)
    assert len(desk.book.past()) == REMEMBERED_SECONDS / 60 + 1
    assert len(desk.book.recent()) == SHOWN
    assert desk.book.counts()["l2a", "gentle", SUPERVISOR] == 100
