"""FlightWatch: what becomes of transactions that are not mined at once."""

import pytest

from beamer_agent.errors import RpcConnectionError
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.doubles import ErrorObject
from tests.factories import AMOUNT
from tests.fake_chain import BASE_FEE, PoolChain
from tests.made_actions import make_claim_fill, make_fill
from tests.sending import GIVEN_UP_BLOCKS, Sending

pytestmark = pytest.mark.unit


@pytest.fixture
def chain() -> PoolChain:
    """A chain with an allowance for fills."""
    chain = PoolChain()
    chain.state.allowance = 100 * AMOUNT
    return chain


@pytest.fixture
def sending(chain: PoolChain) -> Sending:
    """A sender on it."""
    return Sending(chain)


def send_claims(sending: Sending, *nonces: int) -> None:
    """Claims in flight."""
    for nonce in nonces:
        sending.sender.submit(make_claim_fill(nonce))
    sending.turn()


def warnings(sending: Sending) -> list[str]:
    """Sentences that tell of trouble."""
    return [line["event"] for line in sending.log.lines if line["log_level"] == "warning"]


def test_transaction_that_is_not_mined_is_sent_again_dearer(
    chain: PoolChain, sending: Sending
) -> None:
    """At its nonce, after some blocks, with a legal bump."""
    send_claims(sending, 1)
    chain.held.add(0)
    sending.blocks(RESEND_BLOCKS - 1)
    assert len(chain.sent) == 1
    sending.blocks(1)
    first, second = chain.sent
    assert (first.nonce, second.nonce) == (0, 0)
    assert 10 * second.maximum >= 11 * first.maximum
    assert chain.pool[0] == second
    chain.held.clear()
    sending.blocks(1)
    assert len(chain.state.claims) == 1
    assert sending.is_idle()


@pytest.mark.parametrize(("blocks", "seconds"), [(10 * RESEND_BLOCKS, 1), (1, 1_000)])
def test_nothing_is_sent_again_by_blocks_or_seconds_alone(
    chain: PoolChain, sending: Sending, blocks: int, seconds: int
) -> None:
    """Block times differ a lot."""
    send_claims(sending, 1)
    chain.held.add(0)
    chain.number += blocks
    sending.clock.advance(seconds)
    sending.turn()
    assert len(chain.sent) == 1


def test_any_version_may_be_mined(chain: PoolChain, sending: Sending) -> None:
    """Some nodes never hear of the replacement."""
    send_claims(sending, 1)
    chain.held.add(0)
    first = chain.pool[0]
    sending.blocks(RESEND_BLOCKS)
    chain.pool[0] = first
    chain.held.clear()
    sending.blocks(1)
    assert sending.sender.done_at(make_claim_fill(1).key) == chain.number
    assert len(chain.state.claims) == 1


def test_dropped_transaction_is_sent_again(chain: PoolChain, sending: Sending) -> None:
    """And those behind it are mined after it."""
    send_claims(sending, 1, 2, 3)
    chain.drop(0)
    sending.blocks(RESEND_BLOCKS + 2)
    assert len(chain.state.claims) == 3


def test_dropped_transaction_behind_another_keeps_its_price(
    chain: PoolChain, sending: Sending
) -> None:
    """It was not too cheap: the same bytes are sent."""
    send_claims(sending, 1, 2)
    second = chain.pool[1]
    chain.drop(1)
    chain.held.add(0)
    sending.blocks(RESEND_BLOCKS)
    assert chain.pool[1] == second


def test_base_fee_that_rises_over_all_is_followed_by_all(
    chain: PoolChain, sending: Sending
) -> None:
    """Not one after the other."""
    send_claims(sending, *range(1, 11))
    chain.base_fee = 10 * BASE_FEE
    sending.blocks(RESEND_BLOCKS + 1)
    assert len(chain.state.claims) == 10


def test_price_stops_at_the_cap(chain: PoolChain, sending: Sending) -> None:
    """A transaction that is kept out by something else costs no fortune, and is still sent."""
    send_claims(sending, 1)
    chain.held.add(0)
    sending.blocks(60 * RESEND_BLOCKS)
    assert max(t.maximum for t in chain.sent) <= 10 * chain.sent[0].maximum
    assert max(t.priority for t in chain.sent) <= 11 * chain.sent[0].priority
    chain.drop(0)
    sending.blocks(RESEND_BLOCKS)
    chain.held.clear()
    sending.blocks(RESEND_BLOCKS)
    assert len(chain.state.claims) == 1


def test_nonce_that_another_has_used_is_given_up(chain: PoolChain, sending: Sending) -> None:
    """And the action carried out at another one."""
    send_claims(sending, 1)
    chain.send_foreign()
    sending.blocks(GIVEN_UP_BLOCKS)
    assert "Lost the nonce to another transaction" in warnings(sending)
    assert sending.sender.submit(make_claim_fill(1))
    sending.turn()
    sending.blocks(1)
    assert len(chain.state.claims) == 1
    assert [t.nonce for t in chain.executed] == [0, 1]


def test_late_receipt_is_no_lost_nonce(chain: PoolChain, sending: Sending) -> None:
    """The claim is mined; claiming again would lock a second stake."""
    send_claims(sending, 1)
    chain.has_late_receipts = True
    sending.blocks(RESEND_BLOCKS + 1)
    assert not sending.sender.accepts(make_claim_fill(1).key)
    chain.has_late_receipts = False
    sending.blocks(1)
    assert sending.sender.done_at(make_claim_fill(1).key) == 101
    assert len(chain.state.claims) == 1


def test_reverted_action_is_put_off(chain: PoolChain, sending: Sending) -> None:
    """Somebody was faster, in the same block."""
    sending.sender.submit(make_fill(1))
    sending.turn()
    chain.fill_by_other(make_fill(1))
    sending.blocks(1)
    assert warnings(sending) == ["Transaction reverted"]
    assert not sending.sender.is_working_on(make_fill(1).key)
    assert not sending.sender.accepts(make_fill(1).key)
    sending.clock.advance(2)
    assert sending.sender.accepts(make_fill(1).key)


def test_lost_approval_does_not_free_its_fill(chain: PoolChain, sending: Sending) -> None:
    """While the fill may be mined, nothing is sent in its place."""
    chain.state.allowance = 0
    sending.sender.submit(make_fill(1))
    sending.turn()
    chain.state.is_zero_first = True
    chain.state.allowance = 1  # the approval will be refused
    chain.held.add(1)
    sending.blocks(1)
    sending.clock.advance(60)
    assert sending.sender.is_working_on(make_fill(1).key)
    chain.held.clear()
    sending.blocks(1)
    assert not sending.sender.is_working_on(make_fill(1).key)
    sending.clock.advance(60)
    sending.sender.submit(make_fill(1))
    sending.blocks(3)
    assert chain.state.fills_made == 1


def test_cancelled_fill_that_never_arrived_does_not_arrive_late(
    chain: PoolChain, sending: Sending
) -> None:
    """The endpoint was away until the unsafe time had begun."""
    sending.sender.submit(make_fill(1))
    with chain.trouble(RpcConnectionError("reset"), "eth_sendRawTransaction"):
        sending.try_turn()
    sending.sender.cancel(make_fill(1).key)
    sending.turn()
    assert [transaction.data for transaction in chain.sent] == [b""]
    sending.blocks(1)
    assert chain.state.fills_made == 0


def test_cancellation_is_sent_once(chain: PoolChain, sending: Sending) -> None:
    """Not on every turn, each dearer than the one before."""
    sending.sender.submit(make_fill(1))
    sending.turn()
    chain.held.add(0)
    sending.sender.cancel(make_fill(1).key)
    for _ in range(5):
        sending.turn()
    assert len(chain.sent) == 2


def test_cancellation_that_comes_too_late_changes_nothing(
    chain: PoolChain, sending: Sending
) -> None:
    """The fill is mined, and has to be claimed."""
    sending.sender.submit(make_fill(1))
    sending.turn()
    chain.mine()
    sending.sender.cancel(make_fill(1).key)
    sending.turn()
    assert sending.sender.done_at(make_fill(1).key) == chain.number
    assert chain.state.fills_made == 1


def test_cancellation_follows_the_price(chain: PoolChain, sending: Sending) -> None:
    """It is replaced like any other, and stays a cancellation."""
    sending.sender.submit(make_fill(1))
    sending.turn()
    chain.base_fee = 10 * BASE_FEE
    chain.held.add(0)
    sending.sender.cancel(make_fill(1).key)
    sending.blocks(2 * RESEND_BLOCKS)
    chain.held.clear()
    sending.blocks(1)
    assert chain.state.fills_made == 0
    assert not sending.sender.is_working_on(make_fill(1).key)
    assert sending.is_idle()


def test_cancelled_fill_is_not_repeated_even_if_it_was_far_too_dear(
    chain: PoolChain, sending: Sending
) -> None:
    """No replacement is allowed to cost so much; nothing must go out at the old price instead."""
    chain.base_fee = 100 * BASE_FEE
    sending.sender.submit(make_fill(1))
    sending.turn()
    chain.base_fee = BASE_FEE
    chain.drop(0)
    sending.sender.cancel(make_fill(1).key)
    sending.turn()
    assert [t.data for t in chain.waiting()] == [b""]


def test_cancellation_that_loses_to_the_fill_is_a_fill(chain: PoolChain, sending: Sending) -> None:
    """The node had mined the fill's version."""
    sending.sender.submit(make_fill(1))
    sending.turn()
    fill = chain.pool[0]
    chain.held.add(0)
    sending.sender.cancel(make_fill(1).key)
    sending.turn()
    chain.pool[0] = fill
    chain.held.clear()
    sending.blocks(1)
    assert sending.sender.done_at(make_fill(1).key) == chain.number


def test_nodes_refusal_of_a_repetition_is_shown(chain: PoolChain, sending: Sending) -> None:
    """And tried again dearer when it is due; no busy repetition."""
    send_claims(sending, 1)
    chain.held.add(0)
    take = chain._take
    chain.on("eth_sendRawTransaction", lambda *_: ErrorObject("txpool is full"))
    sending.blocks(RESEND_BLOCKS + 2)
    assert warnings(sending) == ["Sent transaction again", "Node refused a transaction"]
    chain.on("eth_sendRawTransaction", take)
    chain.held.clear()
    sending.blocks(RESEND_BLOCKS + 1)
    assert len(chain.state.claims) == 1
