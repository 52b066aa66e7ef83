"""ActionQueue: in which order actions are sent."""

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.transactions.queue import OLD_SECONDS, ActionQueue
from beamer_agent.types import Timestamp
from tests.doubles import FakeClock
from tests.made_actions import make_challenge, make_claim_fill, make_fill, make_withdraw

pytestmark = pytest.mark.unit


@pytest.fixture
def clock() -> FakeClock:
    """The queue's clock."""
    return FakeClock()


@pytest.fixture
def queue(clock: FakeClock) -> ActionQueue:
    """An empty queue."""
    return ActionQueue(clock)


def order(queue: ActionQueue) -> list[str]:
    """The keys of what waits, as they are to be sent."""
    return [action.key for action in queue.waiting()]


def test_what_has_the_nearest_deadline_goes_first_among_its_like(
    queue: ActionQueue, clock: FakeClock
) -> None:
    """Then what has waited longest."""
    late, soon, later = (
        make_claim_fill(n, deadline=Timestamp(t)) for n, t in enumerate((9, 5, 9))
    )
    for action in (late, soon, later):
        queue.submit(action)
        clock.advance(1)
    assert order(queue) == [soon.key, late.key, later.key]


def test_what_has_waited_long_goes_before_fills(queue: ActionQueue, clock: FakeClock) -> None:
    """The oldest first; but never before claims and bids."""
    queue.submit(make_withdraw(1))
    clock.advance(1)
    queue.submit(make_withdraw(2))
    clock.advance(OLD_SECONDS)
    fresh: list[Action] = [make_fill(), make_challenge(), make_claim_fill()]
    for action in fresh:
        queue.submit(action)
    urgent = [make_claim_fill().key, make_challenge().key]
    assert order(queue) == [*urgent, "withdraw:1", "withdraw:2", make_fill().key]


def test_old_fills_do_not_go_before_new_claims(queue: ActionQueue, clock: FakeClock) -> None:
    """A claim late is a deposit lost."""
    queue.submit(make_fill())
    clock.advance(10 * OLD_SECONDS)
    queue.submit(make_claim_fill())
    assert order(queue) == [make_claim_fill().key, make_fill().key]


def test_setbacks_are_those_of_what_was_sent(queue: ActionQueue) -> None:
    """What never left says nothing of what the chain will be."""
    queue.submit(make_fill(1))
    queue.refuse(make_fill(1).key, "no")
    assert queue.setbacks == 0
    queue.submit(make_fill(2))
    queue.mark_in_flight(make_fill(2).key)
    queue.refuse(make_fill(2).key, "reverted")
    assert queue.setbacks == 1


def test_kinds_of_what_waits_are_counted(queue: ActionQueue) -> None:
    """What was sent does not wait any more."""
    for action in (make_fill(1), make_fill(2), make_claim_fill()):
        queue.submit(action)
    assert queue.kinds() == {"fill": 2, "claim": 1}
    queue.mark_in_flight(make_fill(1).key)
    assert queue.kinds() == {"fill": 1, "claim": 1}
