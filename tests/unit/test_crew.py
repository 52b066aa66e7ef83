"""Crew: workers of parts, started, read and ended."""

import threading
import time
from collections.abc import Iterator

import pytest

from beamer_agent import crew
from beamer_agent.clock import SystemClock
from beamer_agent.crew import END_SECONDS, Crew
from beamer_agent.errors import FatalError
from tests.doubles import RecordingLogger

pytestmark = pytest.mark.unit

SOON = 10.0


class Ship:
    """A crew, and steps that hang until the test lets them go."""

    def __init__(self) -> None:
        self.fatal: list[FatalError] = []
        self.crew = Crew(SystemClock(), self.fatal.append, RecordingLogger().logger)
        self.release = threading.Event()
        self.hanging = threading.Event()

    def start(self, name: str, part: str, generation: int = 1) -> None:
        """One that always waits to be woken."""
        self.crew.start(name, lambda: None, part=part, generation=generation)

    def start_hanging(self, name: str, part: str) -> None:
        """One that hangs in its step by now."""
        self.crew.start(name, self._hang, part=part)
        assert self.hanging.wait(SOON)

    def _hang(self) -> None:
        self.hanging.set()
        self.release.wait(SOON)


@pytest.fixture
def ship() -> Iterator[Ship]:
    """A crew whose threads end with the test."""
    ship = Ship()
    yield ship
    ship.release.set()
    assert ship.crew.stop() == []


def test_a_part_is_ended_alone(ship: Ship) -> None:
    """The others work on."""
    ship.start("EventMonitor[l2a]", "l2a")
    ship.start("EventMonitor[l2b]", "l2b")
    assert ship.crew.end("l2a") == set()
    assert ship.crew.names == ["EventMonitor[l2b]"]


def test_a_part_can_be_started_again(ship: Ship) -> None:
    """As a later generation."""
    ship.start("EventMonitor[l2a]", "l2a")
    ship.crew.end("l2a")
    ship.start("EventMonitor[l2a]", "l2a", generation=2)
    (reading,) = ship.crew.readings()
    assert (reading.worker, reading.part, reading.generation) == ("EventMonitor[l2a]", "l2a", 2)


def test_who_hangs_is_named_and_left_behind(ship: Ship) -> None:
    """Its pulse counts no more, so that its successor's is not mistaken for it."""
    ship.start_hanging("EventMonitor[l2a]", "l2a")
    began = time.monotonic()
    assert ship.crew.end("l2a") == {"l2a"}
    assert END_SECONDS <= time.monotonic() - began < SOON
    assert ship.crew.readings() == []


def test_whoever_still_hangs_is_named_at_the_end(ship: Ship) -> None:
    """Those of parts that were ended long ago, too."""
    ship.start_hanging("EventMonitor[l2a]", "l2a")
    ship.crew.end("l2a")
    assert ship.crew.stop() == ["EventMonitor[l2a]"]


def test_ending_a_part_does_not_delay_a_stop(ship: Ship, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of a restart, too, the agent stops within two seconds."""
    monkeypatch.setattr(crew, "END_SECONDS", 10 * SOON)
    ship.start_hanging("EventMonitor[l2a]", "l2a")
    threading.Timer(0.1, ship.crew.hurry).start()
    began = time.monotonic()
    assert ship.crew.end("l2a") == {"l2a"}
    assert time.monotonic() - began < SOON
