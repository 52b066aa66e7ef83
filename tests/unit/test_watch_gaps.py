"""FlightWatch: nonces below those in flight that no block has."""

import pytest

from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill
from tests.sending import Sending

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
