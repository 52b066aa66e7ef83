"""ActionQueue: each key counts once, and pauses grow. The whole is in tests/property."""

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.transactions.queue import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    LONGEST_URGENT_RETRY_SECONDS,
    ActionQueue,
    longest_pause,
)
from beamer_agent.types import BlockNumber
from tests.doubles import FakeClock
from tests.made_actions import (
    make_challenge,
    make_claim_fill,
    make_fill,
    make_invalidate,
    make_relay,
    make_withdraw,
)

pytestmark = pytest.mark.unit

FILL = make_fill(1)


@pytest.fixture
def clock() -> FakeClock:
    """The queue's clock."""
    return FakeClock()


@pytest.fixture
def queue(clock: FakeClock) -> ActionQueue:
    """An empty queue."""
    return ActionQueue(clock)


def test_action_is_taken_once(queue: ActionQueue) -> None:
    """While it waits, flies, or is done."""
    assert queue.submit(FILL)
    assert not queue.submit(FILL)
    assert queue.mark_in_flight(FILL.key)
    assert not queue.submit(FILL)
    queue.mark_done(FILL.key, BlockNumber(7))
    assert not queue.submit(FILL)
    assert queue.is_working_on(FILL.key)
    assert queue.done_at(FILL.key) == 7


def test_most_urgent_goes_first_and_oldest_among_equals(queue: ActionQueue) -> None:
    """What has a deadline, then what earns."""
    wanted: list[Action] = [
        make_claim_fill(),
        make_challenge(),
        make_invalidate(),
        make_fill(2),
        FILL,
        make_relay(),
        make_withdraw(),
    ]
    for action in (make_withdraw(), make_relay(), make_fill(2), FILL, *wanted[2::-1]):
        queue.submit(action)
    assert queue.waiting() == wanted


def test_refused_action_pauses_longer_each_time(queue: ActionQueue, clock: FakeClock) -> None:
    """Up to a bound."""
    pauses = []
    for _ in range(8):
        assert queue.submit(FILL)
        queue.refuse(FILL.key, "no")
        assert not queue.is_working_on(FILL.key)
        seconds = 0
        while not queue.accepts(FILL.key):
            clock.advance(1)
            seconds += 1
        pauses.append(seconds)
    assert pauses[:3] == [FIRST_RETRY_SECONDS, 2 * FIRST_RETRY_SECONDS, 4 * FIRST_RETRY_SECONDS]
    assert pauses[-1] == LONGEST_RETRY_SECONDS


def test_only_a_new_reason_is_news(queue: ActionQueue) -> None:
    """For the log."""
    assert [queue.refuse(FILL.key, r) for r in ("a", "a", "b")] == [True, False, True]


def test_cancelled_while_waiting_is_gone(queue: ActionQueue) -> None:
    """Nothing is to be undone, and it may not be sent by a turn that has seen it waiting."""
    queue.submit(FILL)
    assert not queue.cancel(FILL.key)
    assert queue.waiting() == []
    assert not queue.mark_in_flight(FILL.key)
    assert queue.submit(FILL)


def test_drop_takes_only_what_waits(queue: ActionQueue) -> None:
    """What was sent goes on, and is not to be undone."""
    queue.submit(FILL)
    queue.drop(FILL.key)
    assert not queue.is_working_on(FILL.key)
    queue.submit(FILL)
    queue.mark_in_flight(FILL.key)
    queue.drop(FILL.key)
    assert queue.is_working_on(FILL.key)
    assert not queue.is_cancelled(FILL.key)


def test_cancelled_in_flight_is_to_be_undone(queue: ActionQueue) -> None:
    """Which is news once."""
    queue.submit(FILL)
    queue.mark_in_flight(FILL.key)
    assert queue.cancel(FILL.key)
    assert not queue.cancel(FILL.key)
    assert queue.is_cancelled(FILL.key)
    queue.refuse(FILL.key, "cancelled")
    assert not queue.is_cancelled(FILL.key)


def test_cancelled_and_taken_back_is_not_sent_again(queue: ActionQueue) -> None:
    """A node refused it before it could be undone."""
    queue.submit(FILL)
    queue.mark_in_flight(FILL.key)
    queue.cancel(FILL.key)
    queue.mark_waiting(FILL)
    assert queue.waiting() == []
    assert not queue.is_working_on(FILL.key)


def test_taken_back_waits_again(queue: ActionQueue) -> None:
    """The node's refusal was not about the action."""
    queue.submit(FILL)
    queue.mark_in_flight(FILL.key)
    queue.mark_waiting(FILL)
    assert queue.waiting() == [FILL]


def test_what_is_unknown_cannot_be_cancelled(queue: ActionQueue) -> None:
    """Nor does it poison a later one."""
    assert not queue.cancel(FILL.key)
    queue.submit(FILL)
    queue.mark_in_flight(FILL.key)
    assert not queue.is_cancelled(FILL.key)


def test_what_is_long_done_is_forgotten(queue: ActionQueue) -> None:
    """By then its event is folded, and no reorganisation can undo it."""
    for nonce, block in ((1, 9), (2, 10)):
        queue.submit(make_fill(nonce))
        queue.mark_in_flight(make_fill(nonce).key)
        queue.mark_done(make_fill(nonce).key, BlockNumber(block))
    queue.forget(BlockNumber(9), 60)
    assert [queue.is_working_on(make_fill(n).key) for n in (1, 2)] == [False, True]


def test_contradiction_is_known_until_the_chain_takes_the_action(queue: ActionQueue) -> None:
    """Other refusals say nothing about what was to be proven."""
    key = make_invalidate().key
    assert not queue.is_contradicted(key)
    queue.refuse(key, "the endpoint is silent")
    assert not queue.is_contradicted(key)
    queue.refuse(key, "the fill exists", is_contradicted=True)
    assert queue.is_contradicted(key)
    queue.mark_waiting(make_invalidate())
    assert queue.is_contradicted(key)
    queue.mark_in_flight(key)
    assert not queue.is_contradicted(key)
    queue.mark_done(key, BlockNumber(7))
    assert not queue.is_contradicted(key)


def test_contradiction_outlasts_a_refusal_for_another_reason(queue: ActionQueue) -> None:
    """A time-out says nothing of the fill."""
    key = make_invalidate().key
    queue.refuse(key, "no answer")
    assert not queue.is_contradicted(key)
    queue.refuse(key, "the fill exists", is_contradicted=True)
    queue.refuse(key, "no answer")
    assert queue.is_contradicted(key)


@pytest.mark.parametrize(
    ("action", "longest"),
    [(make_challenge(), LONGEST_URGENT_RETRY_SECONDS), (FILL, LONGEST_RETRY_SECONDS)],
)
def test_what_has_a_deadline_is_soon_tried_again(
    queue: ActionQueue, clock: FakeClock, action: Action, longest: float
) -> None:
    """However often it was refused."""
    for _ in range(8):
        queue.refuse(action.key, "no", longest=longest_pause(action))
    clock.advance(longest - 1)
    assert not queue.accepts(action.key)
    clock.advance(1)
    assert queue.accepts(action.key)


def test_old_refusals_are_forgotten(queue: ActionQueue, clock: FakeClock) -> None:
    """Some time after their pause, so the reason is news again."""
    queue.refuse(FILL.key, "no")
    clock.advance(FIRST_RETRY_SECONDS + 59)
    queue.forget(BlockNumber(0), 60)
    assert not queue.refuse(FILL.key, "no")
    clock.advance(2 * FIRST_RETRY_SECONDS + 60)
    queue.forget(BlockNumber(0), 60)
    assert queue.refuse(FILL.key, "no")


@pytest.fixture
def undone(queue: ActionQueue) -> ActionQueue:
    """A queue with an action whose block was replaced."""
    queue.submit(FILL)
    queue.mark_in_flight(FILL.key)
    queue.mark_done(FILL.key, BlockNumber(7))
    assert queue.mark_undone(FILL)
    return queue


def test_undone_action_may_be_wanted_again(undone: ActionQueue) -> None:
    """Then it is in flight at once: its transaction is there."""
    assert (undone.is_working_on(FILL.key), undone.done_at(FILL.key)) == (False, None)
    assert undone.has_work()
    assert undone.accepts(FILL.key)
    assert undone.submit(FILL)
    assert undone.waiting() == []
    assert undone.in_flight(FILL.key) == FILL


def test_undone_action_that_is_cancelled_keeps_its_key(undone: ActionQueue) -> None:
    """Until its nonce is used up: some pool may have it still."""
    assert undone.cancel(FILL.key)
    assert undone.is_cancelled(FILL.key)
    assert not undone.accepts(FILL.key)


def test_undone_action_may_be_done_by_itself(undone: ActionQueue) -> None:
    """A pool had it."""
    undone.mark_done(FILL.key, BlockNumber(8))
    assert undone.done_at(FILL.key) == 8
    assert not undone.has_work()


def test_what_is_not_done_cannot_be_undone(queue: ActionQueue) -> None:
    """Another transaction stands for it, or none."""
    queue.submit(FILL)
    assert not queue.mark_undone(FILL)
    assert queue.waiting() == [FILL]


def test_what_is_undone_does_not_wait_by_itself(queue: ActionQueue) -> None:
    """Nobody has wanted it again when its transaction is taken back."""
    queue.submit(FILL)
    queue.mark_in_flight(FILL.key)
    queue.mark_done(FILL.key, BlockNumber(7))
    queue.mark_undone(FILL)
    queue.mark_waiting(FILL)
    assert queue.waiting() == []
    assert queue.submit(FILL)
    assert queue.waiting() == [FILL]


def test_transaction_stands_for_what_waits_again(queue: ActionQueue) -> None:
    """What does not wait is to be undone; what another one stands for is left to it."""
    queue.submit(FILL)
    assert queue.reclaim(FILL)
    assert queue.in_flight(FILL.key) == FILL
    assert not queue.is_cancelled(FILL.key)
    assert not queue.reclaim(FILL)
    assert queue.reclaim(make_claim_fill())
    assert queue.is_cancelled(make_claim_fill().key)
