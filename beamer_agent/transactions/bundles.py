r"""Bundles: many actions of one kind in one transaction, of an account that delegates (EIP-7702).

what a turn is about to send --bundled--> fewer transactions, each of one action or of many
receipt of a bundle          --failures--> which of its actions failed, and why

Pure. The account calls itself: `BatchExecutor` tries each call, and tells of those that fail.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Final

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from beamer_agent.actions.model import Action
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import Contract, event_topic, packaged_abi
from beamer_agent.errors import RpcPayloadError
from beamer_agent.rpc.model import RawLog, Receipt, octets
from beamer_agent.transactions.model import PlannedTransaction, SimulatedTransaction
from beamer_agent.transactions.signer import TRANSFER_GAS
from beamer_agent.types import Address

EXECUTOR: Final = "BatchExecutor"
LABELS: Final[Mapping[str, str]] = {
    "fill": "fills",
    "claim": "claims",
    "withdraw": "withdrawals",
}
"""Which transactions go together, each with its like, and what a bundle of them is called."""
SINGLE: Final[Mapping[str, str]] = {bundle: single for single, bundle in LABELS.items()}
"""The way back."""

MOST_ACTIONS: Final = 20
"""In ten, nine tenths of what can be saved is saved; the more, the more waits for one."""
MOST_GAS: Final = 4_000_000
"""Of a bundle's limit: blocks have room for it, far below the 2^24 of EIP-7825."""

CALL_GAS: Final = 8_000
"""Above what a call costs the executor: its loop, a first look at the address (2 600), and telling
of its failure with a reason of 256 bytes (3 700)."""
VALUE_GAS: Final = 9_000
"""Of a call that pays (Ethereum yellow paper, G_callvalue)."""
ZERO_BYTE_GAS: Final = 4
BYTE_GAS: Final = 16
"""Of each byte of call data (EIP-2028)."""

NO_EXECUTOR: Final = "the account does not delegate to the batch executor"
UNTOLD: Final = "the call failed"


@dataclass(frozen=True, slots=True)
class Ready:
    """A transaction that lacks only nonce and price."""

    actions: tuple[Action, ...]
    simulated: SimulatedTransaction
    is_last_of_action: bool = True

    @property
    def planned(self) -> PlannedTransaction:
        """What it does."""
        return self.simulated.planned


def bundled(ready: Sequence[Ready], account: Address) -> list[Ready]:
    """The same in as few transactions as may be, in the same order.

    Neighbours alone go together: what lies between two, an approval perhaps, must stay there. An
    action of several transactions stays as it is.
    """
    found: list[Ready] = []
    single = _single_keys(ready)
    for kind, run in groupby(ready, lambda one: _kind(one, single)):
        if kind is None:
            found.extend(run)
        else:
            found.extend(_bundle(part, account) for part in _parts(run))
    return found


def failures(
    planned: PlannedTransaction, receipt: Receipt, describe: Callable[[bytes], str]
) -> dict[str, str]:
    """The keys of a bundle's actions that failed, with the reason in words; empty for any other.

    The receipt is one of success: a bundle as a whole can only run out of gas.
    """
    if not planned.keys:
        return {}
    if receipt.log_count == 0:
        # Each action announces itself, and each failure: a call to an account without code is
        # a success as well.
        return dict.fromkeys(planned.keys, NO_EXECUTOR)
    told = (_failure(log) for log in receipt.own_logs)
    return {
        planned.keys[index]: describe(reason) or UNTOLD
        for index, reason in filter(None, told)
        if index < len(planned.keys)
    }


def _single_keys(ready: Sequence[Ready]) -> set[str]:
    """Of the actions that one transaction carries out."""
    parted = {action.key for one in ready if not one.is_last_of_action for action in one.actions}
    return {action.key for one in ready for action in one.actions} - parted


def _kind(one: Ready, single: set[str]) -> tuple[str, Address | None] | None:
    planned = one.planned
    if planned.label not in LABELS or any(action.key not in single for action in one.actions):
        return None
    after = planned.allowance_after
    return LABELS[planned.label], None if after is None else after.token


def _parts(run: Iterator[Ready]) -> Iterator[list[Ready]]:
    part: list[Ready] = []
    gas = 0
    for one in run:
        if part and (len(part) == MOST_ACTIONS or gas + one.simulated.gas > MOST_GAS):
            yield part
            part, gas = [], 0
        part.append(one)
        gas += one.simulated.gas
    yield part


def _bundle(part: Sequence[Ready], account: Address) -> Ready:
    if len(part) == 1:
        return part[0]
    call = _call(part, account)
    actions = tuple(action for one in part for action in one.actions)
    planned = PlannedTransaction(
        LABELS[part[0].planned.label],
        call,
        allowance_after=part[-1].planned.allowance_after,
        keys=tuple(action.key for action in actions),
    )
    return Ready(actions, SimulatedTransaction(planned, _gas(part, call.data)))


def _call(part: Sequence[Ready], account: Address) -> ContractCall:
    calls = [
        (one.planned.call.address, one.planned.value, _own_gas(one), one.planned.call.data)
        for one in part
    ]
    return Contract(account, packaged_abi(EXECUTOR)).call("execute", calls)


def _own_gas(one: Ready) -> int:
    """The limit of a call: it needs no more than in a transaction of its own."""
    return max(one.simulated.gas - TRANSFER_GAS, 0)


def _gas(part: Sequence[Ready], data: bytes) -> int:
    """Enough when each call burns what it gets: none can starve those after it."""
    zeros = data.count(0)
    gas = TRANSFER_GAS + ZERO_BYTE_GAS * zeros + BYTE_GAS * (len(data) - zeros)
    for one in part:
        gas += _own_gas(one) + CALL_GAS + (VALUE_GAS if one.planned.value else 0)
    return gas * 64 // 63  # a call gets no more than 63/64 of what is left (EIP-150)


def _failure(log: RawLog) -> tuple[int, bytes] | None:
    """Index and reason of what the executor tells; None: it is another log, or none at all."""
    topics = log.get("topics")
    if not isinstance(topics, list) or len(topics) != 2 or topics[0] != _failed_topic():
        return None
    try:
        index = int.from_bytes(octets(topics[1]))
        (reason,) = decode(["bytes"], octets(log.get("data")))
    except (RpcPayloadError, DecodingError, OverflowError):
        return None
    return index, reason


@cache
def _failed_topic() -> str:
    return event_topic(packaged_abi(EXECUTOR), "CallFailed")
