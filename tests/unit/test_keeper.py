"""Threads under no supervision: those that die are replaced."""

import threading

import pytest

from beamer_agent.clock import SystemClock
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError
from beamer_agent.service import keeper
from beamer_agent.service.keeper import Keeper
from tests.doubles import RecordingLogger

pytestmark = pytest.mark.unit


def test_thread_that_died_is_replaced_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """By one that does the same; none is left at the end."""
    monkeypatch.setattr(keeper, "LOOK_SECONDS", 0.01)
    log, fatal, turns, threads = RecordingLogger(), list[FatalError](), [0], set[object]()

    def frail() -> float:
        threads.add(threading.current_thread())
        turns[0] += 1
        if turns[0] <= 2:
            raise ZeroDivisionError
        return 60

    def steady() -> float:
        threads.add(threading.current_thread())
        return 60

    office = Keeper("Keeper", fatal.append, SystemClock(), log.logger)
    office.add("Frail", frail)
    office.add("Steady", steady)
    office.start()
    wait_until(lambda: turns[0] == 3, "the third life", seconds=10)
    office.stop()
    assert log.sentences("error") == ["Worker failed"] * 2
    assert len(threads) == 4
    assert not threads & set(threading.enumerate())
    assert fatal == []
