"""Losses: before a nonce is given up, all endpoints are asked for its receipts."""

import pytest

from beamer_agent.errors import RpcConnectionError
from beamer_agent.transactions.losses import LONELY_SECONDS, LOSS_SECONDS
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill
from tests.sending import BLOCK_SECONDS, GIVEN_UP_BLOCKS, Sending

pytestmark = pytest.mark.unit

LOST = "Lost the nonce to another transaction"
COUNT, RECEIPT = "eth_getTransactionCount", "eth_getTransactionReceipt"


class View(PoolChain):
    """Another endpoint of a chain: what it is not told to say otherwise is the chain's."""

    def __init__(self, chain: PoolChain) -> None:
        super().__init__()
        for method in (*chain._answers, "eth_chainId"):
            self.on(method, chain.answer_of(method))


@pytest.fixture
def chain() -> PoolChain:
    """One that tells its id, as chains with several endpoints are asked."""
    chain = PoolChain()
    chain.always("eth_chainId", "0x539")
    return chain


def send_claim(sending: Sending) -> None:
    """One claim in flight, that is not mined."""
    sending.chain.held.add(0)
    assert sending.sender.submit(make_claim_fill())
    sending.turn()


def test_count_that_is_too_high_for_some_looks_loses_nothing(chain: PoolChain) -> None:
    """One endpoint, wrong for less than the time: the claim keeps its nonce."""
    sending = Sending(chain)
    send_claim(sending)
    truth = chain.answer_of(COUNT)
    chain.always(COUNT, "0x1")
    sending.blocks(int(LOSS_SECONDS / BLOCK_SECONDS))
    chain.on(COUNT, truth)
    sending.blocks(GIVEN_UP_BLOCKS)
    assert LOST not in sending.log.sentences()


def test_another_endpoint_that_counts_less_keeps_the_nonce(chain: PoolChain) -> None:
    """However long the first one is wrong: one claim, one stake."""
    other = View(chain)
    sending = Sending(chain, other)
    send_claim(sending)
    chain.always(COUNT, "0x1")
    sending.blocks(3 * GIVEN_UP_BLOCKS)
    assert LOST not in sending.log.sentences()
    chain.held.clear()
    sending.blocks(1)
    assert len(chain.state.claims) == 1


def test_receipt_that_only_another_endpoint_has_counts(chain: PoolChain) -> None:
    """The first one does not index it."""
    other = View(chain)
    chain.always(RECEIPT, None)
    sending = Sending(chain, other)
    assert sending.sender.submit(make_claim_fill())
    sending.turn()
    for _ in range(GIVEN_UP_BLOCKS):
        sending.blocks(1)
        if sending.sender.done_at(make_claim_fill().key) == 101:
            break
    assert sending.log.sentences() == ["Sent transaction", "Mined transaction"]


def test_one_answer_of_two_endpoints_is_not_enough(chain: PoolChain) -> None:
    """The other one may have the receipt."""
    other = View(chain)
    sending = Sending(chain, other)
    send_claim(sending)
    chain.held.clear()
    chain.send_foreign()
    with other.trouble(RpcConnectionError("reset"), COUNT):
        sending.blocks(2 * GIVEN_UP_BLOCKS)
    assert LOST not in sending.log.sentences()


def test_nonce_that_all_endpoints_count_is_lost(chain: PoolChain) -> None:
    """One warning with the nonce; the claim is made at another one."""
    sending = Sending(chain, View(chain))
    send_claim(sending)
    chain.send_foreign()
    chain.held.clear()
    for _ in range(GIVEN_UP_BLOCKS + RESEND_BLOCKS):
        sending.blocks(1)
        sending.sender.submit(make_claim_fill())
    told = [line["nonce"] for line in sending.log.lines if line["event"] == LOST]
    assert told == [0]
    assert len(chain.state.claims) == 1


def test_one_endpoint_is_enough_when_the_others_stay_away(chain: PoolChain) -> None:
    """The claim has a deadline, and nobody else may answer before it."""
    other = View(chain)
    sending = Sending(chain, other)
    send_claim(sending)
    chain.held.clear()
    chain.send_foreign()
    with other.trouble(RpcConnectionError("reset"), COUNT):
        for _ in range(GIVEN_UP_BLOCKS + int(LONELY_SECONDS / BLOCK_SECONDS)):
            sending.blocks(1)
            sending.sender.submit(make_claim_fill())
    assert sending.log.sentences("warning").count(LOST) == 1
    assert len(chain.state.claims) == 1
