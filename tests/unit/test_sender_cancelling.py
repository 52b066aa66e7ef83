"""TransactionSender: actions that are cancelled before and after they are sent."""

import pytest

from tests.factories import AMOUNT
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill, make_fill
from tests.sending import Sending

pytestmark = pytest.mark.unit


def test_cancelled_before_it_is_sent_is_not_sent(chain: PoolChain, sending: Sending) -> None:
    """Also when the turn has already begun with it."""
    count = chain.answer_of("eth_getTransactionCount")

    def cancel_meanwhile(account: str, tag: str) -> object:
        sending.sender.cancel(make_fill().key)
        return count(account, tag)

    chain.state.allowance = AMOUNT
    chain.on("eth_getTransactionCount", cancel_meanwhile)
    sending.sender.submit(make_fill())
    sending.turn()
    assert chain.sent == []
    assert not sending.sender.is_working_on(make_fill().key)


def test_cancelled_fill_is_undone(chain: PoolChain, sending: Sending) -> None:
    """Its nonce is used up by nothing; then the funds are free again."""
    chain.state.allowance = AMOUNT
    sending.sender.submit(make_fill())
    sending.turn()
    sending.wake.clear()
    sending.sender.cancel(make_fill().key)
    assert sending.wake.is_set()
    assert sending.sender.is_working_on(make_fill().key)
    sending.turn()
    sending.blocks(2)
    assert chain.state.fills_made == 0
    assert [transaction.value for transaction in chain.executed] == [0]
    assert not sending.sender.is_working_on(make_fill().key)


def test_cancelling_wakes_only_when_there_is_something_to_undo(sending: Sending) -> None:
    """A planner may say it on every turn."""
    sending.wake.clear()
    sending.sender.cancel(make_fill().key)
    sending.sender.submit(make_fill())
    sending.turn()
    sending.sender.cancel(make_fill().key)
    sending.wake.clear()
    sending.sender.cancel(make_fill().key)
    assert not sending.wake.is_set()


def test_what_a_replaced_direction_had_queued_is_dropped(
    chain: PoolChain, sending: Sending
) -> None:
    """Not what was sent, nor what others want: it may have been decided on what is not true."""
    chain.state.allowance = AMOUNT
    sent, queued, of_others = make_fill(1), make_claim_fill(2), make_claim_fill(3)
    sending.sender.submit(sent)
    sending.turn()
    sending.sender.submit(queued)
    sending.sender.submit(of_others)
    sending.sender.drop_all([sent, queued].__contains__)
    working = sending.sender.is_working_on
    assert [working(action.key) for action in (sent, queued, of_others)] == [True, False, True]
