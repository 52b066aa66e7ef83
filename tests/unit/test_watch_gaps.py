"""FlightWatch: nonces below those in flight that no block has."""

import json

import pytest

from beamer_agent.errors import RpcPayloadError
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.doubles import ErrorObject
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill
from tests.sending import Sending
from tests.unit.test_sender_refusals import refuse

pytestmark = pytest.mark.unit


def send_claims(sending: Sending, *nonces: int) -> None:
    """Claims in flight."""
    for nonce in nonces:
        sending.sender.submit(make_claim_fill(nonce))
    sending.turn()


def test_gap_of_an_earlier_life_after_a_reorg_is_closed(
    chain: PoolChain, sending: Sending
) -> None:
    """Its first transaction is gone with its block; the one behind it is not stuck for ever."""
    send_claims(sending, 1)
    sending.blocks(1)
    after = Sending(chain)
    after.turn()
    send_claims(after, 2)
    chain.reorg(1, keep_in_pool=False)
    after.blocks(3 * RESEND_BLOCKS)
    assert "Closing a gap" in after.log.sentences("warning")
    assert [request for request, _ in chain.state.claims] == [make_claim_fill(2).request_id]
    assert after.is_idle()


def test_gap_after_a_reorg_is_filled_with_what_was_there(
    chain: PoolChain, sending: Sending
) -> None:
    """Also when the count tells of the reorganisation before the monitor does."""
    sending.finality_blocks = 1_000
    send_claims(sending, 1)
    sending.blocks(40)  # its block is not asked for again soon
    send_claims(sending, 2)
    chain.held.add(1)
    chain.reorg(40, keep_in_pool=False)
    for _ in range(RESEND_BLOCKS + 1):
        sending.blocks(1)
        sending.sender.submit(make_claim_fill(1))
    chain.held.clear()
    sending.blocks(3)
    assert "Closing a gap" not in sending.log.sentences("warning")
    assert [t.nonce for t in chain.executed] == [0, 1]
    assert len(set(chain.state.claims)) == 2


def test_endpoint_that_is_behind_undoes_nothing(chain: PoolChain, sending: Sending) -> None:
    """It only counts late: what settled is found settled once more."""
    send_claims(sending, 1)
    sending.blocks(1)
    send_claims(sending, 2)
    chain.held.add(1)
    count = chain.answer_of("eth_getTransactionCount")
    chain.on("eth_getTransactionCount", lambda *_: hex(0))
    sending.blocks(RESEND_BLOCKS)
    chain.on("eth_getTransactionCount", count)
    chain.held.clear()
    sending.blocks(2)
    assert len(chain.state.claims) == 2
    assert [t.value > 0 for t in chain.executed] == [True, True]
    assert sending.sender.done_at(make_claim_fill(1).key) == 101


def test_wide_gap_is_closed_at_once(chain: PoolChain, sending: Sending) -> None:
    """Three transactions of an earlier life are gone: not one of them after the other."""
    send_claims(sending, 1, 2, 3)
    sending.blocks(1)
    after = Sending(chain)
    after.turn()
    send_claims(after, 4)
    chain.reorg(1, keep_in_pool=False)
    after.blocks(RESEND_BLOCKS + 2)
    closed = [line["nonce"] for line in after.log.lines if line["event"] == "Closing a gap"]
    assert closed == [0, 1, 2]
    assert [request for request, _ in chain.state.claims] == [make_claim_fill(4).request_id]
    assert after.is_idle()


def test_filler_of_a_gap_is_looked_after_as_any_other(chain: PoolChain, sending: Sending) -> None:
    """It is dropped, or too cheap: it goes out again, dearer."""
    send_claims(sending, 1)
    sending.blocks(1)
    after = Sending(chain)
    after.turn()
    send_claims(after, 2)
    chain.reorg(1, keep_in_pool=False)
    chain.held.add(0)
    after.blocks(RESEND_BLOCKS)
    first = chain.pool[0]
    chain.drop(0)
    after.blocks(RESEND_BLOCKS)
    assert chain.pool[0].maximum > first.maximum
    chain.held.clear()
    after.blocks(2)
    assert after.is_idle()


def test_vacancy_between_transactions_is_closed(chain: PoolChain, sending: Sending) -> None:
    """A nonce that nobody took in time keeps all out that are behind it."""
    send_claims(sending, 1, 2, 3)
    chain.held.add(0)
    second = next(sent for sent in sending.sender._flight if sent.nonce == 1)
    sending.sender._flight.remove(second)
    chain.drop(1)
    sending.turn()
    assert 1 not in chain.pool
    sending.turn()
    assert chain.pool[1].data == b""
    chain.held.clear()
    sending.blocks(1)
    assert [t.nonce for t in chain.executed] == [0, 1, 2]


@pytest.mark.parametrize(("words", "in_flight"), [("nonce too low", 2), ("internal error", 3)])
def test_filler_that_a_node_refuses_counts_unless_its_nonce_is_used(
    chain: PoolChain, sending: Sending, words: str, in_flight: int
) -> None:
    """Either way the log says so; what may be in a pool is looked after."""
    send_claims(sending, 1, 2, 3)
    chain.held.add(0)
    second = next(sent for sent in sending.sender._flight if sent.nonce == 1)
    sending.sender._flight.remove(second)
    chain.drop(1)
    sending.turn()
    chain.always("eth_sendRawTransaction", ErrorObject(words))
    sending.turn()
    assert "Node refused a transaction" in sending.log.sentences("warning")
    assert len(sending.sender._flight) == in_flight


def test_settled_nonce_is_no_vacancy(chain: PoolChain, sending: Sending) -> None:
    """The receipt of the one before it is late."""
    send_claims(sending, 1, 2, 3)
    receipt = chain.answer_of("eth_getTransactionReceipt")
    first = chain.waiting()[0].hash.hex()
    chain.held.add(2)
    chain.on("eth_getTransactionReceipt", lambda h: None if h[2:] == first else receipt(h))
    sending.blocks(3)
    assert "Closing a gap" not in sending.log.sentences()
    assert sending.sender.done_at(make_claim_fill(2).key) == 101


@pytest.mark.parametrize("place", [0, 1])
def test_gap_that_no_action_takes_is_closed_in_the_same_turn(
    chain: PoolChain, sending: Sending, place: int
) -> None:
    """No pool counts what is behind it: the next life would make those claims anew."""
    refuse(chain, "intrinsic gas too low", place)
    claims = [make_claim_fill(nonce) for nonce in (1, 2, 3)]
    for claim in claims:
        sending.sender.submit(claim)
    sending.turn()
    assert [bool(t.data) for t in chain.waiting()] == [n != place for n in range(3)]
    after = Sending(chain)
    left = [claim for claim in claims if claim is not claims[place]]
    for claim in left:
        after.sender.submit(claim)
    after.blocks(3)
    assert len(chain.state.claims) == 2


def test_gap_beside_a_lost_answer_is_closed_in_the_same_turn(
    chain: PoolChain, sending: Sending
) -> None:
    """What was refused is known, though of another the endpoint did not say what became of it."""
    refuse(chain, "intrinsic gas too low", 0)
    post = chain.post
    cut = [True]

    def lose_last(body: bytes, _seconds: float | None = None) -> bytes:
        answers = json.loads(post(body))
        is_of_claims = cut[0] and b"eth_sendRawTransaction" in body
        cut[0] = cut[0] and not is_of_claims
        return json.dumps(answers[:-1] if is_of_claims else answers).encode()

    chain.post = lose_last  # type: ignore[method-assign]
    for nonce in (1, 2, 3):
        sending.sender.submit(make_claim_fill(nonce))
    with pytest.raises(RpcPayloadError):
        sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1, 2]
