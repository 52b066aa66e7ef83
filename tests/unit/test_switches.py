"""Switches: what an operator told the agent to leave, who did, and what came of it."""

from collections.abc import Callable

import pytest

from beamer_agent.switches import Change, Halt, Switches
from beamer_agent.types import Timestamp

pytestmark = pytest.mark.unit

ANNA = Change("anna", Timestamp(100))
BERT = Change("bert", Timestamp(200))


class Listener:
    """Counts the changes."""

    def __init__(self) -> None:
        self.calls = 0
        self.switches = Switches(self._count)

    def _count(self) -> None:
        # Whoever is told may look: no lock is held.
        self.switches.look()
        self.calls += 1


def test_nothing_is_halted_at_first() -> None:
    """Whatever a direction is called."""
    assert Switches().halt("a->b") is None


def test_a_pause_is_of_one_direction_until_it_is_resumed() -> None:
    """The other goes on."""
    switches = Switches()
    assert switches.pause("a->b", ANNA) is None
    assert switches.halt("a->b") is Halt.PAUSED
    assert switches.halt("b->a") is None
    assert switches.resume("a->b") == ANNA
    assert switches.halt("a->b") is None


def test_who_paused_first_is_remembered() -> None:
    """A second pause changes nothing; one resume is enough."""
    switches = Switches()
    switches.pause("a->b", ANNA)
    assert switches.pause("a->b", BERT) == ANNA
    assert switches.look().paused == {"a->b": ANNA}
    switches.resume("a->b")
    assert switches.resume("a->b") is None


def test_a_drain_is_of_all_directions_and_beats_their_pauses() -> None:
    """When it is taken back, what was paused is paused."""
    switches = Switches()
    switches.pause("a->b", ANNA)
    assert switches.drain(BERT) is None
    assert [switches.halt(name) for name in ("a->b", "b->a")] == [Halt.DRAINING] * 2
    assert switches.drain(ANNA) == BERT
    assert switches.stop_draining() == BERT
    assert [switches.halt(name) for name in ("a->b", "b->a")] == [Halt.PAUSED, None]
    assert switches.stop_draining() is None


def test_once_drained_there_is_no_way_back() -> None:
    """The agent is on its way out: nothing new may begin."""
    switches = Switches()
    assert not switches.finish_draining()
    switches.drain(ANNA)
    assert switches.finish_draining()
    assert not switches.finish_draining()
    assert switches.stop_draining() is None
    assert switches.halt("a->b") is Halt.DRAINING


def test_a_drain_that_was_taken_back_does_not_end() -> None:
    """Whoever has looked at what is open comes too late."""
    switches = Switches()
    switches.drain(ANNA)
    switches.stop_draining()
    assert not switches.finish_draining()


@pytest.mark.parametrize(
    ("turn", "calls"),
    [
        (lambda s: s.pause("a->b", ANNA), 1),
        (lambda s: (s.pause("a->b", ANNA), s.pause("a->b", BERT)), 1),
        (lambda s: (s.pause("a->b", ANNA), s.resume("a->b")), 2),
        (lambda s: s.resume("a->b"), 0),
        (lambda s: (s.drain(ANNA), s.drain(BERT)), 1),
        (lambda s: (s.drain(ANNA), s.stop_draining()), 2),
        (lambda s: s.stop_draining(), 0),
    ],
)
def test_every_change_is_told_at_once(turn: Callable[[Switches], object], calls: int) -> None:
    """So that directions decide anew; what changes nothing is not told."""
    listener = Listener()
    turn(listener.switches)
    assert listener.calls == calls
