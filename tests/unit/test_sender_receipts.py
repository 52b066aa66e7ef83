"""TransactionSender: receipts that cannot be true."""

from collections.abc import Callable
from typing import Any

import pytest

from beamer_agent.transactions.overdue import RESEND_BLOCKS
from beamer_agent.transactions.watch import HEAD_BLOCKS
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill
from tests.sending import Sending

pytestmark = pytest.mark.unit


def tell_receipts(chain: PoolChain, **lies: Any) -> Callable[[], None]:
    """Have an endpoint tell of every transaction that it is mined; the end of it."""
    truth = chain.answer_of("eth_getTransactionReceipt")
    receipt = {"blockNumber": hex(chain.number), "status": "0x1", "gasUsed": "0x1"}
    chain.on(
        "eth_getTransactionReceipt", lambda asked: {"transactionHash": asked, **receipt, **lies}
    )
    return lambda: chain.on("eth_getTransactionReceipt", truth)


@pytest.mark.parametrize(
    "lies",
    [
        {"blockNumber": hex(2**60)},
        {"blockNumber": hex(100 + HEAD_BLOCKS + 1)},
        {"blockNumber": "0x5"},
        {"transactionHash": "0x" + "77" * 32},
    ],
    ids=["far future", "future", "past", "another's"],
)
def test_impossible_receipt_is_none(
    chain: PoolChain, sending: Sending, lies: dict[str, str]
) -> None:
    """The claim was lost by every pool: it is sent again, and mined."""
    sending.sender.submit(make_claim_fill())
    sending.turn()
    chain.drop(0)
    end = tell_receipts(chain, **lies)
    sending.turn()
    end()
    assert sending.sender.done_at(make_claim_fill().key) is None
    funds = sending.wallet.funds()
    assert funds is not None
    assert funds.block_number <= chain.number
    sending.blocks(RESEND_BLOCKS + 1)
    assert len(chain.state.claims) == 1


def test_receipt_of_a_block_that_is_not_seen_yet_counts(
    chain: PoolChain, sending: Sending
) -> None:
    """The endpoint that is asked may be a little ahead of the monitor's."""
    sending.sender.submit(make_claim_fill())
    sending.turn()
    chain.number += 1
    sending.notice()
    chain.mine()
    sending.sender.step()
    assert sending.sender.done_at(make_claim_fill().key) == chain.number


def test_receipts_of_two_versions_are_one_transaction(chain: PoolChain, sending: Sending) -> None:
    """An endpoint that says yes to everything is no reason to stop."""
    sending.sender.submit(make_claim_fill())
    sending.turn()
    chain.held.add(0)
    sending.blocks(RESEND_BLOCKS)
    tell_receipts(chain)
    sending.blocks(1)
    assert len(chain.sent) == 2
    assert sending.log.sentences().count("Mined transaction") == 1


def test_impossible_receipt_does_not_undo_what_is_settled(
    chain: PoolChain, sending: Sending
) -> None:
    """Nor what its block is: another one that is replaced is not its own."""
    sending.carry_out(make_claim_fill())
    end = tell_receipts(chain, blockNumber=hex(2**60))
    sending.blocks(RESEND_BLOCKS + 1)
    end()
    sending.blocks(1)
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    assert "Transaction's block was replaced" not in sending.log.sentences()
    assert sending.sender.done_at(make_claim_fill().key) == 101


def test_transaction_that_was_sent_below_a_false_head_is_settled(
    chain: PoolChain, sending: Sending
) -> None:
    """A head that did not exist says nothing about where its block may be."""
    number = chain.number
    chain.number = 2**40
    sending.sender.submit(make_claim_fill(known_until=chain.number))
    sending.turn()
    chain.number = number
    chain.drop(0)
    sending.turn()
    sending.blocks(RESEND_BLOCKS + 1)
    assert len(chain.state.claims) == 1
    assert sending.sender.done_at(make_claim_fill().key) == chain.number
