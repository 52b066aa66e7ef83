"""Transactions in flight and their ends, with a default for everything."""

from typing import Any

from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.rpc.model import Receipt
from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.model import (
    NOTHING,
    ExpectedAllowance,
    MinedTransaction,
    PlannedTransaction,
    SentTransaction,
    SignedTransaction,
    SimulatedTransaction,
)
from beamer_agent.types import BlockNumber, TokenAmount, TransactionHash, Wei
from tests.factories import TARGET_TOKEN, US
from tests.made_actions import make_fill


def make_signed(nonce: int, *, is_cancelling: bool = False, **changes: Any) -> SignedTransaction:
    """A version; its hash says at which nonce it is, and whether it does anything."""
    defaults: dict[str, Any] = {
        "nonce": nonce,
        "value": NOTHING,
        "gas": 1,
        "fees": Fees(Wei(1), None),
        "raw": b"",
        "hash": TransactionHash(bytes([nonce, is_cancelling])),
        "is_cancelling": is_cancelling,
    }
    return SignedTransaction(**(defaults | changes))


def make_sent(nonce: int, allowance: int | None = None, **changes: Any) -> SentTransaction:
    """A transaction in flight."""
    call = Contract(TARGET_TOKEN, ERC20_ABI).call("approve", US, 1)
    after = None if allowance is None else ExpectedAllowance(TARGET_TOKEN, TokenAmount(allowance))
    planned = PlannedTransaction("fill", call, allowance_after=after)
    defaults: dict[str, Any] = {
        "actions": (make_fill(nonce),),
        "simulated": SimulatedTransaction(planned, 1),
        "is_last_of_action": True,
        "versions": [make_signed(nonce)],
        "sent_at_block": BlockNumber(1),
        "sent_at": 0.0,
    }
    return SentTransaction(**(defaults | changes))


def make_receipt(transaction_hash: TransactionHash, block: int, **changes: Any) -> Receipt:
    """Of a transaction that did what it was to do."""
    defaults: dict[str, Any] = {
        "transaction_hash": transaction_hash,
        "block_number": BlockNumber(block),
        "succeeded": True,
        "gas_used": 50_000,
        "effective_gas_price": Wei(2),
    }
    return Receipt(**(defaults | changes))


def make_mined(sent: SentTransaction, block: int, **changes: Any) -> MinedTransaction:
    """The newest version, in a block."""
    return sent.mined(make_receipt(sent.newest.hash, block, **changes))
