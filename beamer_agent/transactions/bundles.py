r"""Bundles: many actions of one kind in one transaction, of an account that delegates (EIP-7702).

what a turn is about to send --bundled--> fewer transactions, each of one action or of many
receipt of a bundle          --failures--> which of its actions failed, and why

Pure. The account calls itself: `BatchExecutor` tries each call, and tells of those that fail.
For operators these are batches (`batch = true`); in here a batch is many questions in one request.
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


Unit = tuple[Ready, ...]
"""The transactions of one action, in their order."""


def bundled(ready: Sequence[Ready], account: Address) -> list[Ready]:
    """The same in as few transactions as may be, in the same order.

    Neighbours of a kind alone go together: what lies between two of them must stay there. The
    approvals that a fill needs go along with it.
    """
    found: list[Ready] = []
    units = [tuple(unit) for _, unit in groupby(ready, lambda one: one.actions)]
    for kind, run in groupby(units, _kind):
        if kind is None:
            found.extend(one for unit in run for one in unit)
        else:
            found.extend(one for part in _parts(run) for one in _joined(part, account))
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
    told = dict(filter(None, map(_failure, receipt.own_logs)))
    # An approval may fail where the one before it still does.
    last = {key: index for index, key in enumerate(planned.keys)}
    return {key: describe(told[index]) or UNTOLD for key, index in last.items() if index in told}


def _kind(unit: Unit) -> str | None:
    """What it may share a transaction with; None: nothing."""
    *approvals, last = unit
    is_whole = last.is_last_of_action and all(one.planned.is_approval for one in approvals)
    return LABELS.get(last.planned.label) if is_whole else None


def _parts(run: Iterator[Unit]) -> Iterator[list[Unit]]:
    part: list[Unit] = []
    gas = 0
    for unit in run:
        own = sum(one.simulated.gas for one in unit)
        if part and (len(part) == MOST_ACTIONS or gas + own > MOST_GAS):
            yield part
            part, gas = [], 0
        part.append(unit)
        gas += own
    yield part


def _joined(part: Sequence[Unit], account: Address) -> Sequence[Ready]:
    if len(part) == 1 and len(part[0]) == 1:
        return part[0]
    calls = [one for unit in part for one in unit]
    call = _call(calls, account)
    planned = PlannedTransaction(
        LABELS[calls[-1].planned.label],
        call,
        keys=tuple(action.key for one in calls for action in one.actions),
        parts=tuple(one.planned for one in calls),
    )
    actions = tuple(action for unit in part for action in unit[-1].actions)
    return [Ready(actions, SimulatedTransaction(planned, _gas(calls, call.data)))]


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
