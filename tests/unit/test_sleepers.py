"""Sleepers: who sleeps until when, and that the past leaves nothing behind."""

import pytest

from beamer_agent.actions.quiet import FOREVER
from beamer_agent.planning.sleepers import MOST_OUTDATED, Sleepers
from beamer_agent.types import RequestId, Timestamp

pytestmark = pytest.mark.unit


def request_id(number: int) -> RequestId:
    """One of many."""
    return RequestId(number.to_bytes(32, "big"))


def test_those_are_woken_whose_time_has_come() -> None:
    """In the order of their times; who sleeps for ever is not."""
    sleepers = Sleepers()
    for number, until in enumerate((30, 10, FOREVER, 20)):
        sleepers.add(request_id(number), Timestamp(until))
    assert sleepers.wake_due(Timestamp(20)) == [request_id(1), request_id(3)]
    assert len(sleepers) == 2


def test_time_of_an_earlier_sleep_does_not_wake() -> None:
    """Only that of the last counts."""
    sleepers = Sleepers()
    sleepers.add(request_id(1), Timestamp(10))
    sleepers.wake(request_id(1))
    sleepers.add(request_id(1), Timestamp(20))
    assert sleepers.wake_due(Timestamp(10)) == []
    assert request_id(1) in sleepers


def test_times_of_requests_that_are_gone_are_not_kept() -> None:
    """They may be days away, while tens of thousands come and go."""
    sleepers = Sleepers()
    days_away = Timestamp(10**9)
    for number in range(20 * MOST_OUTDATED):
        sleepers.add(request_id(number), days_away)
        if number >= 3:
            sleepers.wake(request_id(number))
    assert len(sleepers._dues) <= 2 * 4 + MOST_OUTDATED
    assert sorted(sleepers.wake_due(days_away)) == [request_id(n) for n in range(3)]


def test_times_of_many_sleeps_of_one_request_are_not_kept() -> None:
    """Somebody may bid on its claim again and again."""
    sleepers = Sleepers()
    for turn in range(20 * MOST_OUTDATED):
        sleepers.add(request_id(1), Timestamp(10**9 + turn))
    assert len(sleepers._dues) <= 2 + MOST_OUTDATED
    assert sleepers.wake_due(Timestamp(2 * 10**9)) == [request_id(1)]
