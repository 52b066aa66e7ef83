"""As much of the contracts as a chain in memory needs: what transactions read and change."""

from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import decode
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.abi import filter_abi_by_type, function_abi_to_4byte_selector, get_abi_input_types
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from beamer_agent.contracts.interface import ERC20_ABI, packaged_contract
from beamer_agent.types import Address
from tests.factories import (
    AMOUNT,
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
    TARGET_TOKEN,
    make_fill_id,
)
from tests.made_actions import request_id_of

NO_REVERT = ""


def _functions(abi: Any) -> dict[bytes, tuple[str, list[str]]]:
    return {
        function_abi_to_4byte_selector(entry): (entry["name"], list(get_abi_input_types(entry)))
        for entry in filter_abi_by_type("function", abi)
    }


FUNCTIONS: dict[Address, dict[bytes, tuple[str, list[str]]]] = {
    REQUEST_MANAGER: _functions(packaged_contract("RequestManager")["abi"]),
    FILL_MANAGER: _functions(packaged_contract("FillManager")["abi"]),
    TARGET_TOKEN: _functions(ERC20_ABI),
}


@dataclass(frozen=True, slots=True)
class PoolTransaction:
    """A transaction as the pool sees it."""

    hash: bytes
    nonce: int
    priority: int
    maximum: int
    gas: int
    to: str
    value: int
    data: bytes


@dataclass(slots=True)
class ChainState:
    """What transactions change. A call that breaks a rule reverts with its name."""

    native: int = 10**21
    tokens: int = 1_000 * AMOUNT
    allowance: int = 0
    fills: dict[bytes, bytes] = field(default_factory=dict)
    fills_made: int = 0
    claims: list[tuple[bytes, bytes]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    is_zero_first: bool = False
    """Whether the token refuses to change one non-zero allowance into another."""
    bad_nonces: set[int] = field(default_factory=set)
    """Requests that the contract refuses to be filled."""
    refused_receivers: set[str] = field(default_factory=set)
    """Lower-case accounts that the token pays nothing."""
    unpayable_claims: set[int] = field(default_factory=set)

    def execute(self, transaction: PoolTransaction) -> str:
        """Apply a call; the reason of its revert, or nothing."""
        functions = {address.lower(): known for address, known in FUNCTIONS.items()}
        known = functions.get(transaction.to.lower())
        if known is None:
            return NO_REVERT
        name, types = known[transaction.data[:4]]
        arguments = decode(types, transaction.data[4:])
        reason: str = getattr(self, f"_{name}")(*arguments)
        if reason == NO_REVERT:
            self.native -= transaction.value
        return reason

    def _approve(self, _spender: str, amount: int) -> str:
        if self.is_zero_first and amount and self.allowance:
            return "zero first"
        self.allowance = amount
        return NO_REVERT

    def _transfer(self, receiver: str, amount: int) -> str:
        if receiver.lower() in self.refused_receivers:
            return "refused receiver"
        if self.tokens < amount:
            return "balance"
        self.tokens -= amount
        return NO_REVERT

    def _fillRequest(  # noqa: N802 - the contract's name
        self, source: int, _token: str, _receiver: str, amount: int, nonce: int
    ) -> str:
        request_id = request_id_of(nonce, amount)
        if source != SOURCE or nonce in self.bad_nonces:
            return "bad request"
        if request_id in self.fills:
            return "already filled"
        if self.allowance < amount or self.tokens < amount:
            return "allowance or balance"
        self.allowance -= amount
        self.tokens -= amount
        self.fills[request_id] = make_fill_id(nonce)
        self.fills_made += 1
        return NO_REVERT

    def _claimRequest(self, request_id: bytes, fill_id: bytes) -> str:  # noqa: N802
        self.claims.append((request_id, fill_id))  # a second one is not refused
        return NO_REVERT

    def _invalidateFill(self, *_: object) -> str:  # noqa: N802 - the contract's name
        return NO_REVERT

    def _withdraw(self, claim_id: int) -> str:
        if claim_id in self.withdrawn or claim_id in self.unpayable_claims:
            return "nothing to withdraw"
        self.withdrawn.append(claim_id)
        return NO_REVERT


def called(to: str, data: bytes) -> tuple[str, tuple[Any, ...]]:
    """The function of a known contract, and its arguments."""
    functions = {address.lower(): known for address, known in FUNCTIONS.items()}
    name, types = functions[to.lower()][data[:4]]
    return name, decode(types, data[4:])


def decoded(raw: bytes) -> PoolTransaction:
    """A signed transaction of type 2."""
    fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    return PoolTransaction(
        hash=keccak(raw),
        nonce=int(fields["nonce"]),
        priority=int(fields["maxPriorityFeePerGas"]),
        maximum=int(fields["maxFeePerGas"]),
        gas=int(fields["gas"]),
        to="0x" + bytes(fields["to"]).hex(),
        value=int(fields["value"]),
        data=bytes(fields["data"]),
    )


def is_bump(known: PoolTransaction, new: PoolTransaction, percent: int) -> bool:
    """Whether a pool takes one in place of another, when it wants so much more of both prices."""
    prices = ((known.maximum, new.maximum), (known.priority, new.priority))
    return all(100 * after >= (100 + percent) * before for before, after in prices)
