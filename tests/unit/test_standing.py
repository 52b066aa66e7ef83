"""What becomes of a transaction of several actions when others stand for some of them."""

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.standing import reduce
from tests.doubles import FakeClock
from tests.made_actions import make_claim_fill
from tests.made_sent import make_sent

pytestmark = pytest.mark.unit

ACTIONS: tuple[Action, ...] = tuple(make_claim_fill(nonce) for nonce in (1, 2, 3))


@pytest.fixture
def queue() -> ActionQueue:
    """With all three in flight."""
    queue = ActionQueue(FakeClock())
    for action in ACTIONS:
        queue.submit(action)
        queue.mark_in_flight(action.key)
    return queue


@pytest.fixture
def sent() -> SentTransaction:
    """That carries out all three, and waits for them to be wanted again."""
    return make_sent(1, actions=ACTIONS, held_since=5.0)


def test_transaction_that_stands_for_all_stays_as_it_is(
    sent: SentTransaction, queue: ActionQueue
) -> None:
    """Nothing of it is undone."""
    reduce(sent, ACTIONS, queue)
    assert (sent.actions, sent.is_retired) == (ACTIONS, False)
    assert not any(queue.is_cancelled(action.key) for action in ACTIONS)


def test_transaction_that_stands_for_nothing_only_uses_up_its_nonce(
    sent: SentTransaction, queue: ActionQueue
) -> None:
    """It waits for nobody, and its actions are others'."""
    reduce(sent, (), queue)
    assert (sent.is_retired, sent.held_since) == (True, None)
    assert not any(queue.is_cancelled(action.key) for action in ACTIONS)


def test_transaction_that_stands_for_some_is_undone_for_them(
    sent: SentTransaction, queue: ActionQueue
) -> None:
    """As a whole it would do once more what another has done."""
    reduce(sent, ACTIONS[1:], queue)
    assert sent.actions == ACTIONS[1:]
    assert [queue.is_cancelled(action.key) for action in ACTIONS] == [False, True, True]
