"""Contract interfaces (ABIs) by name, from the package or from an operator's folder.

`<Name>.json` holds `abi`; in a folder of an existing agent, a contract that is absent there comes
from the package (`protocol.md` section 8).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_typing import ABI, ABIElement, ABIFunction
from eth_utils.abi import (
    abi_to_signature,
    event_abi_to_log_topic,
    filter_abi_by_type,
    function_abi_to_4byte_selector,
    get_abi_input_types,
    get_abi_output_types,
)

from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import ConfigurationError
from beamer_agent.types import Address

AGENT_CONTRACTS = ("RequestManager", "FillManager", "Resolver")
"""The contracts that an agent talks to or listens to."""

_LONGEST_REASON = 300
_PANIC_SELECTOR = bytes.fromhex("4e487b71")  # Panic(uint256), Solidity's failed assertions
_STRING_SELECTOR = bytes.fromhex("08c379a0")  # Error(string), Solidity's require


def _function(name: str, mutability: str, inputs: Sequence[str], outputs: Sequence[str]) -> Any:
    return {
        "type": "function",
        "name": name,
        "stateMutability": mutability,
        "inputs": [{"name": "", "type": type_} for type_ in inputs],
        "outputs": [{"name": "", "type": type_} for type_ in outputs],
    }


ERC20_ABI: ABI = [
    _function("balanceOf", "view", ["address"], ["uint256"]),
    _function("allowance", "view", ["address", "address"], ["uint256"]),
    _function("decimals", "view", [], ["uint8"]),
    # Some tokens return nothing; nobody reads the results, so none is declared.
    _function("approve", "nonpayable", ["address", "uint256"], []),
    _function("transfer", "nonpayable", ["address", "uint256"], []),
]
"""The part of ERC-20 (EIP-20) that the agent uses."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract at its address; makes encoded calls, speaks to nobody."""

    address: Address
    abi: ABI
    _functions: "dict[tuple[str, int], _Function]" = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Those that were called, by name and number of arguments: a selector is a hash."""

    def call(self, name: str, *args: Any) -> ContractCall:
        """A call of the function `name` that takes this many arguments."""
        known = name, len(args)
        function = self._functions.get(known)
        if function is None:
            function = self._functions[known] = _Function.of(self._entry(*known))
        return ContractCall(
            address=self.address,
            name=name,
            data=function.selector + encode(function.input_types, args),
            output_types=function.output_types,
        )

    def _entry(self, name: str, arity: int) -> ABIFunction:
        for function in filter_abi_by_type("function", self.abi):
            if function["name"] == name and len(function.get("inputs", ())) == arity:
                return function
        raise LookupError(f"no function {name} with {arity} arguments")


@dataclass(frozen=True, slots=True)
class _Function:
    """What a call takes from the ABI of its function."""

    selector: bytes
    input_types: tuple[str, ...]
    output_types: tuple[str, ...]

    @classmethod
    def of(cls, entry: ABIFunction) -> "_Function":
        return cls(
            function_abi_to_4byte_selector(entry),
            tuple(get_abi_input_types(entry)),
            tuple(get_abi_output_types(entry)),
        )


@dataclass(frozen=True, slots=True)
class ContractInterfaces:
    """The ABIs of `AGENT_CONTRACTS`."""

    request_manager: ABI
    fill_manager: ABI
    resolver: ABI


def load_interfaces(folder: Path | None) -> ContractInterfaces:
    """The interfaces from an operator's folder, each absent one from the package.

    Raises:
        ConfigurationError: a file there is no ABI file.
    """
    return ContractInterfaces(*(_load(folder, name) for name in AGENT_CONTRACTS))


def packaged_contract(name: str) -> dict[str, Any]:
    """The packaged file of a contract: `abi`, `bytecode`, compiler, hash of the sources."""
    data = resources.files("beamer_agent").joinpath("data", "contracts", f"{name}.json")
    return cast("dict[str, Any]", json.loads(data.read_text()))


@cache
def packaged_abi(name: str) -> ABI:
    """The packaged interface of a contract."""
    return cast("ABI", packaged_contract(name)["abi"])


def event_topic(abi: ABI, name: str) -> str:
    """The first topic of an event's logs, as `eth_getLogs` takes it.

    Raises:
        LookupError: the interface has no such event.
    """
    for event in filter_abi_by_type("event", abi):
        if event["name"] == name:
            return "0x" + event_abi_to_log_topic(event).hex()
    raise LookupError(f"no event {name}")


def _load(folder: Path | None, name: str) -> ABI:
    path = folder / f"{name}.json" if folder else None
    if path is None or not path.exists():
        return cast("ABI", packaged_contract(name)["abi"])
    try:
        abi = json.loads(path.read_text())["abi"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigurationError([f"{path} is not an ABI file: it needs the key `abi`"]) from None
    return cast("ABI", abi)


class RevertReasons:
    """Turns the data of a revert into words. For the log; nothing is decided on it.

    Any contract, a hostile token's too, chooses these bytes: nothing in them may raise, and the
    words are short and printable.
    """

    def __init__(self, abis: Iterable[ABI]) -> None:
        self._errors: dict[bytes, ABIElement] = {}
        for abi in abis:
            for error in filter_abi_by_type("error", abi):
                self._errors[function_abi_to_4byte_selector(cast("Any", error))] = error

    def describe(self, data: bytes) -> str:
        """The error's name and arguments, the string of a `require`, or an empty text."""
        words = self._words(data)
        if len(words) > _LONGEST_REASON:
            words = words[:_LONGEST_REASON] + "..."
        return "".join(c if c.isprintable() else "?" for c in words)

    def _words(self, data: bytes) -> str:
        selector, arguments = data[:4], data[4:]
        if selector == _STRING_SELECTOR:
            return self._describe("", ["string"], arguments)
        if selector == _PANIC_SELECTOR:
            return self._describe("Panic", ["uint256"], arguments)
        error = self._errors.get(selector)
        if error is None:
            return "0x" + data.hex() if data else ""
        name = abi_to_signature(error).partition("(")[0]
        return self._describe(name, get_abi_input_types(error), arguments)

    @staticmethod
    def _describe(name: str, types: Sequence[str], arguments: bytes) -> str:
        try:
            values = decode(list(types), arguments)
        except (DecodingError, UnicodeDecodeError, OverflowError):
            return name or "0x" + arguments.hex()
        if not name:
            return str(values[0])
        words = ("0x" + v.hex() if isinstance(v, bytes) else str(v) for v in values)
        return f"{name}({', '.join(words)})"
