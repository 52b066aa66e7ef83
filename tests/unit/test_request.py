"""Request: what it starts as, and which steps it takes."""

import pytest

from beamer_agent.state.machine import IllegalTransitionError
from beamer_agent.state.request import RequestMachine
from tests.factories import REQUEST_ID, make_request, make_request_created

pytestmark = pytest.mark.unit


def test_a_new_request_is_pending() -> None:
    """Nothing has happened to it."""
    request = make_request()
    assert request.state == RequestMachine.pending.value
    assert request.id == REQUEST_ID
    assert request.created == make_request_created()
    assert (request.fill, request.resolution, request.withdrawal) == (None, None, None)
    assert request.invalidated_fill_ids == set()


def test_requests_share_nothing() -> None:
    """Each has sets of its own."""
    make_request().invalidated_fill_ids.add(b"")  # type: ignore[arg-type]  # any value
    assert make_request().invalidated_fill_ids == set()


LIVES = [
    ("fill claim withdraw", "withdrawn"),
    ("try_to_fill fill try_to_claim claim withdraw", "withdrawn"),
    ("ignore fill claim", "claimed"),
    ("ignore withdraw", "withdrawn"),
    ("withdraw l1_resolve fill", "withdrawn"),
    ("claim fill", "claimed"),
    ("l1_resolve fill claim withdraw", "withdrawn"),
    ("fill l1_resolve claim", "l1_resolved"),
    ("fill fill", "filled"),
    ("try_to_fill ignore fill", "filled"),
]


@pytest.mark.parametrize(("events", "state"), LIVES)
def test_a_life_ends_in_the_furthest_state(events: str, state: str) -> None:
    """Facts of two chains in any order, decisions in between."""
    request = make_request()
    for event in events.split():
        request.advance(event)
    assert request.state == state


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("withdrawn", "withdraw"),
        ("withdrawn", "try_to_fill"),
        ("withdrawn", "ignore"),
        ("pending", "try_to_claim"),
        ("claimed", "ignore"),
        ("claimed", "try_to_fill"),
        ("pending", "no_such_event"),
    ],
)
def test_an_illegal_step_changes_nothing(state: str, event: str) -> None:
    """And says from where to what."""
    request = make_request(state=state)
    with pytest.raises(IllegalTransitionError, match=f"no transition {event} from {state}"):
        request.advance(event)
    assert request.state == state
