"""Transactions that are ready to go into bundles, and what the executor tells of them."""

from typing import Any

from eth_abi.abi import encode

from beamer_agent.actions.model import Action
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import event_topic, packaged_abi
from beamer_agent.transactions.bundles import EXECUTOR, Ready
from beamer_agent.transactions.model import (
    ExpectedAllowance,
    PlannedTransaction,
    SimulatedTransaction,
)
from beamer_agent.types import Address, TokenAmount, Wei
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, STAKE, TARGET_TOKEN, US
from tests.made_actions import make_claim_fill, make_fill, make_withdraw

GAS = 100_000


def make_ready(
    action: Action,
    label: str,
    to: Address = REQUEST_MANAGER,
    *,
    value: int = 0,
    gas: int = GAS,
    token: Address | None = None,
    is_last: bool = True,
) -> Ready:
    """An action whose transaction was simulated; its data is its key."""
    after = None if token is None else ExpectedAllowance(token, TokenAmount(len(action.key)))
    call = ContractCall(to, label, action.key.encode(), ())
    planned = PlannedTransaction(label, call, value=Wei(value), allowance_after=after)
    return Ready((action,), SimulatedTransaction(planned, gas), is_last)


def fill(nonce: int, *, token: Address = TARGET_TOKEN, gas: int = GAS) -> Ready:
    """A fill whose token was approved before."""
    return make_ready(make_fill(nonce), "fill", FILL_MANAGER, token=token, gas=gas)


def claim(nonce: int) -> Ready:
    """A claim, which pays its stake."""
    return make_ready(make_claim_fill(nonce), "claim", value=STAKE)


def withdrawal(claim_id: int) -> Ready:
    """A withdrawal."""
    return make_ready(make_withdraw(claim_id), "withdraw")


def failed_log(index: int, reason: bytes, **changes: Any) -> dict[str, Any]:
    """What the executor writes of a failure, as an endpoint tells it."""
    log = {
        "address": US,
        "topics": [
            event_topic(packaged_abi(EXECUTOR), "CallFailed"),
            "0x" + index.to_bytes(32).hex(),
        ],
        "data": "0x" + encode(["bytes"], [reason]).hex(),
    }
    return log | changes


OTHER_LOG: dict[str, Any] = {"address": FILL_MANAGER, "topics": ["0x" + "11" * 32], "data": "0x"}
