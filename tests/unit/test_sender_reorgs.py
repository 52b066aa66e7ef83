"""TransactionSender: what it has done is undone by a reorganisation."""

import pytest

from tests.factories import AMOUNT
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
from tests.sending import Sending

pytestmark = pytest.mark.unit


def bytes_of(chain: PoolChain, nonce: int) -> set[bytes]:
    """The hashes of everything that was sent at a nonce."""
    return {transaction.hash for transaction in chain.sent if transaction.nonce == nonce}


@pytest.mark.parametrize("depth", [1, 2, 10])
def test_lost_claim_goes_out_again_as_it_was(
    chain: PoolChain, sending: Sending, depth: int
) -> None:
    """The same bytes at the same nonce, once it is wanted again."""
    chain.mine(10)
    sending.carry_out(make_claim_fill())
    sending.blocks(depth - 1)
    sending.reorganise(depth, keep_in_pool=False)
    sending.turn()
    assert chain.pool == {}
    assert sending.sender.done_at(make_claim_fill().key) is None
    assert sending.sender.submit(make_claim_fill())
    sending.turn()
    sending.blocks(1)
    assert len(chain.state.claims) == 1
    assert len(bytes_of(chain, 0)) == 1
    assert [t.nonce for t in chain.executed] == [0]
    assert sending.log.sentences("warning") == ["Transaction's block was replaced"]


def test_what_is_below_the_fork_stays_done(chain: PoolChain, sending: Sending) -> None:
    """Its block is still there."""
    sending.carry_out(make_claim_fill(1))
    sending.carry_out(make_claim_fill(2))
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    assert sending.sender.done_at(make_claim_fill(1).key) == 101
    assert not sending.sender.accepts(make_claim_fill(1).key)
    assert sending.sender.accepts(make_claim_fill(2).key)


def test_claim_that_is_not_wanted_any_more_is_not_sent_again(
    chain: PoolChain, sending: Sending
) -> None:
    """Its fill has vanished on the other chain, of which the sender knows nothing."""
    sending.carry_out(make_claim_fill())
    sending.reorganise(1, keep_in_pool=False)
    sending.blocks(7)
    assert sum(1 for t in chain.sent if t.value) == 1
    assert chain.state.claims == []
    assert [t.data for t in chain.executed] == [b""]
    assert sending.sender.accepts(make_claim_fill().key) is False  # for a pause
    sending.clock.advance(10)
    sending.carry_out(make_claim_fill())
    assert [t.nonce for t in chain.executed] == [0, 1]


def test_cancelled_claim_is_undone_at_once(chain: PoolChain, sending: Sending) -> None:
    """Also in the pool, which has it still; its key is not free before its nonce is used."""
    sending.carry_out(make_claim_fill())
    chain.held.add(0)
    sending.reorganise(1, keep_in_pool=True)
    sending.turn()
    sending.wake.clear()
    sending.sender.cancel(make_claim_fill().key)
    assert sending.wake.is_set()
    assert not sending.sender.accepts(make_claim_fill().key)
    sending.turn()
    assert [t.data for t in chain.waiting()] == [b""]
    chain.held.clear()
    sending.blocks(1)
    assert chain.state.claims == []
    assert not sending.sender.is_working_on(make_claim_fill().key)


def test_pool_that_mines_it_again_by_itself(chain: PoolChain, sending: Sending) -> None:
    """It is done again, wherever; nothing more is sent."""
    sending.carry_out(make_claim_fill())
    sending.reorganise(1, keep_in_pool=True)
    chain.mine()
    sending.notice()
    sending.sender.step()
    assert sending.sender.done_at(make_claim_fill().key) == 102
    assert not sending.sender.accepts(make_claim_fill().key)
    assert len(chain.sent) == 1


def test_approval_goes_before_its_fill_again(chain: PoolChain, sending: Sending) -> None:
    """In the order of nonces, into one block."""
    sending.carry_out(make_fill())
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0]
    sending.sender.submit(make_fill())
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1]
    sending.blocks(1)
    assert chain.state.fills_made == 1
    assert chain.state.allowance == 0
    assert len(bytes_of(chain, 0)) == len(bytes_of(chain, 1)) == 1


def test_fill_waits_for_its_approval_where_there_is_no_pending_state(
    chain: PoolChain, sending: Sending
) -> None:
    """It would seem to fail before; it is not given up for that."""
    chain.simulates_blocks = chain.has_pending_state = False
    sending.sender.submit(make_fill())
    sending.blocks(3)
    sending.reorganise(2, keep_in_pool=False)
    sending.turn()
    sending.sender.submit(make_fill())
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0]
    sending.blocks(3)
    assert chain.state.fills_made == 1
    assert [t.nonce for t in chain.executed] == [0, 1]


def test_fill_alone_is_lost(chain: PoolChain, sending: Sending) -> None:
    """Its approval was mined earlier, and stays."""
    chain.simulates_blocks = chain.has_pending_state = False
    sending.sender.submit(make_fill())
    sending.blocks(3)
    assert chain.state.fills_made == 1
    sending.reorganise(1, keep_in_pool=False)
    assert chain.state.allowance == AMOUNT
    sending.sender.submit(make_fill())
    sending.turn()
    sending.sender.submit(make_fill())
    sending.blocks(2)
    assert chain.state.fills_made == 1
    assert sending.sent_labels() == ["approve", "fill"]


def test_fill_that_another_has_made_meanwhile_is_undone(
    chain: PoolChain, sending: Sending
) -> None:
    """It would fail now: its nonce is used up by nothing, and the funds are free."""
    chain.state.allowance = AMOUNT
    sending.carry_out(make_fill())
    sending.reorganise(1, keep_in_pool=False)
    chain.fill_by_other(make_fill())
    sending.turn()
    sending.sender.submit(make_fill())
    sending.blocks(2)
    assert chain.state.fills_made == 0
    assert [t.data for t in chain.executed] == [b""]
    assert not sending.sender.is_working_on(make_fill().key)


def test_withdrawal_that_would_fail_now_is_undone(chain: PoolChain, sending: Sending) -> None:
    """The simulation says so, before it costs its gas."""
    sending.carry_out(make_withdraw())
    sending.reorganise(1, keep_in_pool=False)
    chain.state.unpayable_claims.add(1)
    sending.turn()
    sending.sender.submit(make_withdraw())
    sending.blocks(2)
    assert [t.data for t in chain.executed] == [b""]
    (given_up,) = [x for x in sending.log.lines if x["event"] == "Not sending transaction again"]
    assert "nothing to withdraw" in given_up["error"]


def test_claim_that_another_life_has_made_meanwhile_is_undone(
    chain: PoolChain, sending: Sending
) -> None:
    """The contract would take a second one: only the last look at its events knows."""
    claim = make_claim_fill()
    sending.carry_out(claim)
    sending.reorganise(1, keep_in_pool=False)
    chain.claim_made(claim.request_id, claim.fill_id)
    sending.turn()
    sending.sender.submit(claim)
    sending.blocks(2)
    assert chain.state.claims == []
    assert [t.data for t in chain.executed] == [b""]


def test_what_flies_behind_is_sent_again_too(chain: PoolChain, sending: Sending) -> None:
    """The pool may have lost it with the one before."""
    sending.carry_out(make_claim_fill(1))
    chain.held.add(1)
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    sending.reorganise(1, keep_in_pool=False)
    chain.drop(1)
    sending.turn()
    assert chain.pool == {}
    sending.sender.submit(make_claim_fill(1))
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1]
    chain.held.clear()
    sending.blocks(1)
    assert len(chain.state.claims) == 2
    assert len(bytes_of(chain, 1)) == 1


def test_nothing_new_is_sent_behind_what_is_held(chain: PoolChain, sending: Sending) -> None:
    """It could not be mined; then it goes out behind."""
    sending.carry_out(make_claim_fill(1))
    sending.reorganise(1, keep_in_pool=False)
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    assert chain.pool == {}
    sending.sender.submit(make_claim_fill(1))
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1]
