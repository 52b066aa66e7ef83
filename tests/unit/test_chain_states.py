"""ChainTracker: the states of a chain, from what is told of it and from the clock."""

import pytest

from beamer_agent.errors import RecoverableError, RpcTimeoutError
from beamer_agent.events.looks import LEAST_PATIENCE_SECONDS, Looks
from beamer_agent.events.news import STALE
from beamer_agent.service.chain_states import DOWN_SECONDS, ChainTracker
from tests.doubles import FakeClock
from tests.factories import SOURCE
from tests.made_views import make_batch

pytestmark = pytest.mark.unit


class Watched:
    """A chain that is tracked, and what a monitor would do about it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.tracker = ChainTracker("l2a", 0.2, self.clock)

    def connect(self) -> None:
        """It has answered."""
        self.tracker.connected(SOURCE)

    def tell(self, *, is_synced: bool = True, is_reachable: bool = True) -> None:
        """A look that ends with a batch."""
        with self.tracker.looks.one():
            self.tracker.looks.answer()
            self.tracker.observe(make_batch(is_synced=is_synced, is_reachable=is_reachable))

    def fail(self) -> None:
        """Looks that fail until the chain is lost."""
        for seconds in (LEAST_PATIENCE_SECONDS, 0.0):
            with pytest.raises(RecoverableError):
                fail(self.tracker.looks)
            self.clock.advance(seconds)

    @property
    def state(self) -> str:
        """The state now."""
        return self.tracker.status().state.state

    @property
    def reason(self) -> str | None:
        """Why it is not synced."""
        return self.tracker.status().state.reason


def fail(looks: Looks) -> None:
    """A look that is not answered in time."""
    with looks.one():
        raise RpcTimeoutError("no answer in time")


@pytest.fixture
def watched() -> Watched:
    """A chain that has not answered yet."""
    return Watched()


@pytest.fixture
def synced(watched: Watched) -> Watched:
    """A chain that is read up to now."""
    watched.connect()
    watched.tell()
    return watched


def test_a_chain_is_connected_read_and_synced(watched: Watched) -> None:
    """As its connector and its monitor tell."""
    states = [watched.state]
    watched.connect()
    states.append(watched.state)
    for is_synced in (False, True):
        watched.tell(is_synced=is_synced)
        states.append(watched.state)
    assert states == ["connecting", "connected", "syncing", "synced"]
    assert watched.reason is None


def test_a_chain_that_never_answers_is_down_after_a_minute(watched: Watched) -> None:
    """With the reason of the last attempt."""
    watched.tracker.failed("Connection refused")
    watched.clock.advance(DOWN_SECONDS - 1)
    assert (watched.state, watched.reason) == ("connecting", "Connection refused")
    watched.clock.advance(1)
    assert (watched.state, watched.reason) == ("down", "Connection refused")
    watched.connect()
    assert watched.state == "connected"


def test_a_lost_chain_is_reconnecting_and_down_after_a_minute(synced: Watched) -> None:
    """Why, is what the last look has met."""
    synced.fail()
    assert (synced.state, synced.reason) == ("reconnecting", "no answer in time")
    synced.clock.advance(DOWN_SECONDS)
    assert synced.state == "down"


def test_a_chain_that_is_built_anew_while_it_is_away_says_what_its_connector_meets(
    synced: Watched,
) -> None:
    """Whoever looked at it before has only met the end of its connection."""
    synced.fail()
    synced.tracker.failed("connection refused")
    assert synced.reason == "connection refused"
    synced.connect()
    synced.tell()
    synced.fail()
    assert synced.reason == "no answer in time"


def test_a_chain_that_does_not_answer_when_it_is_built_anew_is_lost(synced: Watched) -> None:
    """Its last look went well, and nobody looks at it any more."""
    synced.tracker.failed("connection refused")
    assert (synced.state, synced.reason) == ("reconnecting", "connection refused")
    synced.clock.advance(DOWN_SECONDS)
    assert synced.state == "down"
    synced.connect()
    assert synced.state == "connected"  # what was read before is read anew
    synced.tell()
    assert synced.state == "synced"


@pytest.mark.parametrize("seconds", [0, DOWN_SECONDS])
def test_a_chain_that_is_back_goes_the_whole_way_again(synced: Watched, seconds: float) -> None:
    """At its first answer, though nothing is new on it."""
    synced.fail()
    synced.clock.advance(seconds)
    assert synced.state != "synced"
    with synced.tracker.looks.one():
        synced.tracker.looks.answer()
    assert synced.state == "synced"
    came_back = [pair for pair in synced.tracker.lifecycle.transitions() if pair[1] == "connected"]
    assert len(came_back) == 2


def test_a_silent_chain_is_lost_while_its_look_still_waits(synced: Watched) -> None:
    """No error will tell of it for ten seconds and more."""
    with synced.tracker.looks.one():
        synced.clock.advance(LEAST_PATIENCE_SECONDS)
        assert (synced.state, synced.reason) == ("reconnecting", "no answer yet")
        synced.tracker.looks.answer()
        assert synced.state == "synced"


def test_a_chain_whose_events_are_still_read_is_syncing_again(synced: Watched) -> None:
    """It answers, so it is not lost."""
    synced.tell(is_synced=False)
    assert (synced.state, synced.reason) == ("syncing", "its newest events are still being read")
    synced.tell()
    assert synced.state == "synced"


def test_a_chain_whose_head_is_stale_is_syncing_again(synced: Watched) -> None:
    """Its endpoint answers, but it is behind."""
    synced.tell(is_reachable=False)
    assert (synced.state, synced.reason) == ("syncing", STALE)


def test_time_in_each_state_and_transitions_are_counted(synced: Watched) -> None:
    """The time is that between what is told, as far as somebody looks."""
    synced.clock.advance(10)
    synced.fail()
    assert synced.state == "reconnecting"
    synced.clock.advance(5)
    synced.tell()
    assert synced.state == "synced"
    seconds = synced.tracker.lifecycle.seconds_in()
    assert (seconds["synced"], seconds["reconnecting"]) == (10 + LEAST_PATIENCE_SECONDS, 5)
    assert synced.tracker.lifecycle.transitions()["synced", "reconnecting"] == 1


def test_a_status_tells_what_is_known_of_the_chain(watched: Watched) -> None:
    """Nothing at first; then its head and how long ago it answered."""
    nothing = watched.tracker.status()
    assert (nothing.chain_id, nothing.head, nothing.answered_seconds_ago) == (None, None, None)
    watched.connect()
    watched.tell()
    watched.clock.advance(3)
    status = watched.tracker.status()
    assert (status.name, status.chain_id) == ("l2a", SOURCE)
    assert (status.head, status.events_until) == (100, 100)
    assert status.answered_seconds_ago == 3
