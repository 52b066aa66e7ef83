"""Room: how much may be in flight, and who may still be added."""

from collections.abc import Sequence

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.observer import NoObserver
from beamer_agent.transactions.room import MOST_IN_FLIGHT, RESERVED, Room
from tests.doubles import RecordingLogger
from tests.made_actions import make_claim_fill, make_fill
from tests.made_sent import make_sent

pytestmark = pytest.mark.unit

FILLS: Sequence[Action] = [make_fill(nonce) for nonce in range(3)]
CLAIMS: Sequence[Action] = [make_claim_fill(nonce) for nonce in range(3)]


class Counting(NoObserver):
    """Counts how often it was told."""

    def __init__(self) -> None:
        self.told = 0

    def held_back(self) -> None:
        """Once more."""
        self.told += 1


class Bench:
    """A room with so many in flight."""

    def __init__(self, in_flight: int) -> None:
        self.flight = Flight()
        self.log = RecordingLogger()
        self.observer = Counting()
        for nonce in range(in_flight):
            self.flight.add(make_sent(nonce % 256))
        self.room = Room(self.flight, self.observer, self.log.logger)


def test_fills_leave_room_for_claims() -> None:
    """Whatever has a deadline is sent all the same."""
    room = Bench(MOST_IN_FLIGHT - RESERVED - 1).room
    assert room.choose([*CLAIMS, *FILLS], 10) == CLAIMS
    assert room.choose(FILLS, 10) == FILLS[:1]


def test_nothing_is_added_to_a_full_flight() -> None:
    """Not even claims: they would only grow old in the pool."""
    assert Bench(MOST_IN_FLIGHT - 1).room.choose(CLAIMS, 10) == CLAIMS[:1]


def test_no_more_are_chosen_than_are_asked_about_together() -> None:
    """The others are not held back, they come next."""
    bench = Bench(0)
    assert bench.room.choose(FILLS, 2) == FILLS[:2]
    assert bench.log.sentences() == []


def test_holding_back_is_told_once() -> None:
    """Until nothing has waited for room; the observer is told each time."""
    bench = Bench(MOST_IN_FLIGHT)
    for _ in range(3):
        assert bench.room.choose(FILLS, 10) == []
    assert bench.log.sentences() == ["Holding actions back"]
    assert bench.observer.told == 3
    bench.room.is_enough()
    bench.room.choose(FILLS, 10)
    assert bench.log.sentences() == ["Holding actions back"] * 2


def test_one_at_a_time_ends_when_it_is_mined() -> None:
    """Then more are tried again: the account may delegate no more."""
    bench = Bench(1)
    bench.room.is_for_one()
    assert bench.room.choose(CLAIMS, 10) == []
    bench.flight.remove(next(iter(bench.flight)))
    assert bench.room.choose(CLAIMS, 10) == CLAIMS
