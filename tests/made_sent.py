"""Transactions in flight, with a default for everything."""

from typing import Any

from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.model import ExpectedAllowance, PlannedTransaction, SentTransaction
from beamer_agent.types import BlockNumber, TokenAmount, TransactionHash, Wei
from tests.factories import TARGET_TOKEN, US
from tests.made_actions import make_fill


def make_sent(nonce: int, allowance: int | None = None, **changes: Any) -> SentTransaction:
    """A transaction in flight."""
    call = Contract(TARGET_TOKEN, ERC20_ABI).call("approve", US, 1)
    after = None if allowance is None else ExpectedAllowance(TARGET_TOKEN, TokenAmount(allowance))
    defaults: dict[str, Any] = {
        "actions": (make_fill(nonce),),
        "planned": PlannedTransaction("fill", call, allowance_after=after),
        "is_last_of_action": True,
        "nonce": nonce,
        "gas": 1,
        "fees": Fees(Wei(1), None),
        "raw": b"",
        "hashes": [TransactionHash(bytes([nonce]))],
        "sent_at_block": BlockNumber(1),
        "sent_at": 0.0,
    }
    return SentTransaction(**(defaults | changes))
