"""TransactionSender: what was given up comes back with a reorganisation."""

import pytest

from tests.factories import AMOUNT
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
from tests.sending import GIVEN_UP_BLOCKS, Sending

pytestmark = pytest.mark.unit


def test_cancelled_transaction_that_comes_back_stays_cancelled(
    chain: PoolChain, sending: Sending
) -> None:
    """Its fill is not made after all."""
    chain.state.allowance = 10 * AMOUNT
    sending.sender.submit(make_fill())
    sending.turn()
    sending.sender.cancel(make_fill().key)
    sending.turn()
    sending.blocks(1)
    assert [t.data for t in chain.executed] == [b""]
    sending.reorganise(1, keep_in_pool=False)
    sending.blocks(2)
    assert [t.data for t in chain.executed] == [b""]
    assert chain.state.fills_made == 0


def test_reverted_transaction_that_comes_back_is_undone(
    chain: PoolChain, sending: Sending
) -> None:
    """Its action may have another transaction by now: on other blocks both might work."""
    chain.state.unpayable_claims.add(1)
    chain.foresees = False
    sending.sender.submit(make_withdraw())
    sending.turn()
    sending.blocks(1)
    chain.foresees = True
    sending.reorganise(1, keep_in_pool=False)
    chain.state.unpayable_claims.clear()
    sending.clock.advance(10)
    sending.sender.submit(make_withdraw())
    sending.blocks(3)
    assert [bool(t.data) for t in chain.executed] == [False, True]
    assert chain.state.withdrawn == [1]


def test_second_attempt_stands_for_the_action(chain: PoolChain, sending: Sending) -> None:
    """The first one had failed: it is undone, and the second goes out again."""
    chain.state.unpayable_claims.add(1)
    chain.foresees = False
    sending.sender.submit(make_withdraw())
    sending.turn()
    sending.blocks(1)
    chain.foresees = True
    chain.state.unpayable_claims.clear()
    sending.clock.advance(10)
    sending.carry_out(make_withdraw())
    sending.reorganise(2, keep_in_pool=False)
    chain.state.unpayable_claims.clear()
    sending.turn()
    sending.sender.submit(make_withdraw())
    sending.blocks(2)
    assert [bool(t.data) for t in chain.executed] == [False, True]
    assert chain.state.withdrawn == [1]


def test_what_fails_in_the_new_blocks_is_undone_when_they_are_replaced_too(
    chain: PoolChain, sending: Sending
) -> None:
    """At once, and others go on behind it: nobody waits for it any more."""
    sending.carry_out(make_withdraw())
    sending.reorganise(1, keep_in_pool=True)
    chain.state.unpayable_claims.add(1)
    chain.held.add(0)
    sending.turn()
    chain.held.clear()
    sending.blocks(1)
    assert "Transaction reverted" in sending.log.sentences()
    sending.reorganise(1, keep_in_pool=False)
    sending.sender.submit(make_claim_fill())
    sending.turn()
    assert [bool(t.data) for t in chain.waiting()] == [False, True]


def test_pool_that_mines_what_was_given_up_stops_the_second_attempt(
    chain: PoolChain, sending: Sending
) -> None:
    """A claim that somebody else's transaction had kept out is mined after all."""
    sending.sender.submit(make_claim_fill())
    sending.turn()
    first = chain.pool[0]
    chain.send_foreign()
    sending.blocks(GIVEN_UP_BLOCKS)
    sending.clock.advance(10)
    chain.held.add(1)
    sending.sender.submit(make_claim_fill())
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [1]
    chain.reorg(GIVEN_UP_BLOCKS + 1, keep_in_pool=False)
    chain.pool[0] = first
    chain.mine()
    sending.notice(100)
    sending.turn()
    sending.blocks(1)
    chain.held.clear()
    sending.blocks(3)
    assert len(chain.state.claims) == 1
    assert [bool(t.data) for t in chain.executed] == [True, False]
