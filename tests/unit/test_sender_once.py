"""TransactionSender: everything once, whatever gets lost and whoever sent before us."""

import pytest

from beamer_agent.errors import RpcTimeoutError
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill, make_fill
from tests.sending import NO_ANSWER, Sending

pytestmark = pytest.mark.unit


def test_action_is_carried_out_once(chain: PoolChain, sending: Sending) -> None:
    """Whenever it is submitted again: waiting, in flight, mined."""
    claim = make_claim_fill()
    for _ in range(5):
        sending.sender.submit(claim)
        sending.sender.submit(claim)
        sending.blocks(1)
    assert len(chain.state.claims) == 1
    assert not sending.sender.accepts(claim.key)
    assert sending.sender.is_working_on(claim.key)


def test_done_action_is_remembered_until_its_block_is_final(chain: PoolChain) -> None:
    """A reorganisation may undo it until then; its event is folded long before."""
    sending = Sending(chain, finality_blocks=30)
    sending.sender.submit(make_claim_fill())
    sending.blocks(2)
    assert sending.sender.done_at(make_claim_fill().key) == 102
    sending.blocks(29)
    assert sending.sender.is_working_on(make_claim_fill().key)
    sending.blocks(1)
    assert not sending.sender.is_working_on(make_claim_fill().key)


@pytest.mark.parametrize("is_late", [False, True])
def test_lost_answer_does_not_send_twice(
    chain: PoolChain, sending: Sending, is_late: bool
) -> None:
    """Whether the node had it or not: the same bytes are repeated, and mined once."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(NO_ANSWER, "eth_sendRawTransaction", is_late=is_late):
        with pytest.raises(RpcTimeoutError):
            sending.turn()
        assert not sending.sender.accepts(make_claim_fill().key)
    sending.clock.advance(120)
    sending.sender.submit(make_claim_fill())
    sending.turn()
    sending.blocks(10)
    assert len(chain.state.claims) == 1
    assert len({transaction.hash for transaction in chain.sent}) == 1


def test_transaction_that_never_arrived_is_repeated_at_once(
    chain: PoolChain, sending: Sending
) -> None:
    """On the next turn, not only when it is overdue."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(NO_ANSWER, "eth_sendRawTransaction"):
        sending.try_turn()
    assert chain.pool == {}
    sending.turn()
    assert list(chain.pool) == [0]


def test_node_that_knows_it_already_has_taken_it(chain: PoolChain, sending: Sending) -> None:
    """Some load balancers hand a transaction over twice; it is in flight, not refused."""
    take = chain._take

    def take_twice(raw: str) -> object:
        take(raw)
        return take(raw)

    chain.on("eth_sendRawTransaction", take_twice)
    sending.sender.submit(make_claim_fill())
    sending.turn()
    assert sending.put_off() == []
    sending.blocks(1)
    assert sending.sender.done_at(make_claim_fill().key) == chain.number


def test_answer_lost_and_mined_at_once(chain: PoolChain, sending: Sending) -> None:
    """The receipt tells what the answer did not."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(NO_ANSWER, "eth_sendRawTransaction", is_late=True):
        sending.try_turn()
    sending.blocks(10)
    assert len(chain.state.claims) == 1
    assert len(chain.sent) == 1


def test_nothing_is_added_behind_an_earlier_life(chain: PoolChain, sending: Sending) -> None:
    """Until it is mined; it may be the very same action."""
    sending.sender.submit(make_claim_fill(1))
    sending.turn()
    after = Sending(chain)
    after.sender.submit(make_claim_fill(1))
    after.sender.submit(make_fill(2))
    for _ in range(3):
        after.turn()
    assert len(chain.pool) == 1
    assert after.log.sentences() == ["Waiting for transactions of an earlier life"]
    after.blocks(2)
    assert len(chain.state.claims) == 1
    assert chain.state.fills_made == 1


def test_transactions_of_an_earlier_life_may_vanish(chain: PoolChain, sending: Sending) -> None:
    """Then theirs is done anew."""
    sending.sender.submit(make_claim_fill(1))
    sending.turn()
    after = Sending(chain)
    after.sender.submit(make_claim_fill(1))
    after.turn()
    chain.drop(0)
    after.turn()
    after.blocks(1)
    assert len(chain.state.claims) == 1


@pytest.mark.parametrize("fees_rise", [1, 10])
def test_earlier_life_that_is_stuck_holds_nothing_up_for_ever(
    chain: PoolChain, sending: Sending, fees_rise: int
) -> None:
    """Its claims are not mined: their nonces are used up, and what is wanted is done anew."""
    sending.sender.submit(make_claim_fill(1))
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    chain.base_fee *= fees_rise
    chain.held.update({0, 1} if fees_rise == 1 else ())
    after = Sending(chain)
    after.sender.submit(make_claim_fill(1))
    after.blocks(25)
    assert "Closing a gap" not in after.log.sentences()
    after.blocks(15)
    assert "Closing a gap" in after.log.sentences("warning")
    chain.held.clear()
    after.blocks(60)
    claimed = [request for request, _ in chain.state.claims]
    assert claimed.count(make_claim_fill(1).request_id) == 1
    assert [bool(t.data) for t in chain.executed] == [False, fees_rise == 1, True]
    assert after.is_idle()
