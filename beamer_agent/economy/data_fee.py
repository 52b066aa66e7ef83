"""Data fee: what a rollup takes for publishing a transaction on L1, by the family it is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from eth_utils.address import to_checksum_address

from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import Contract
from beamer_agent.economy.words import words_of
from beamer_agent.errors import RpcError
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import COUNT_BITS, octets
from beamer_agent.types import Wei

GAS_PRICE_ORACLE: Final = to_checksum_address("0x420000000000000000000000000000000000000F")
"""Predeploy of all OP Stack chains."""
ARB_GAS_INFO: Final = to_checksum_address("0x000000000000000000000000000000000000006C")
"""Precompile of all Arbitrum chains; its code is a single byte that nobody runs."""
NODE_INTERFACE: Final = to_checksum_address("0x00000000000000000000000000000000000000C8")
"""What an Arbitrum node answers by itself; there is no code at it."""

NOTHING: Final = Wei(0)
_ENVELOPE: Final = bytes(range(1, 51))
"""Stands for what is around the call in a transaction: nonce, prices, receiver. As little of it
can be compressed."""


def _view(name: str, *inputs: str, outputs: Sequence[str] = ("uint256",)) -> Any:
    return {
        "type": "function",
        "name": name,
        "stateMutability": "view",
        "inputs": [{"name": "", "type": type_} for type_ in inputs],
        "outputs": [{"name": "", "type": type_} for type_ in outputs],
    }


_ORACLE: Final = Contract(
    GAS_PRICE_ORACLE, [_view("getL1Fee", "bytes"), _view("getOperatorFee", "uint256")]
)
_NODE: Final = Contract(
    NODE_INTERFACE,
    [
        _view(
            "gasEstimateL1Component",
            *("address", "bool", "bytes"),
            outputs=("uint64", "uint256", "uint256"),
        )
    ],
)


class FeeFamily(Enum):
    """How a chain charges for data."""

    PLAIN = auto()
    """It does not, or nobody knows how: receipts may tell."""
    OP_STACK = auto()
    """A fee beside gas, which the GasPriceOracle predeploy tells."""
    ARBITRUM = auto()
    """More gas: estimates and receipts include it, plain simulations do not."""

    @property
    def simulation_tells_gas(self) -> bool:
        """Whether the gas that `eth_simulateV1` tells is what a transaction needs here."""
        return self is not FeeFamily.ARBITRUM


@dataclass(frozen=True, slots=True)
class Surcharge:
    """What a transaction costs for its data, beside the gas of carrying it out."""

    gas: int = 0
    wei: Wei = NOTHING


def find_family(client: ChainClient) -> FeeFamily:
    """The family of a chain, by what stands at the addresses that its family reserves.

    Raises:
        RpcError: the chain does not answer.
    """
    places = (GAS_PRICE_ORACLE, ARB_GAS_INFO)
    results = client.batch([("eth_getCode", (place, LATEST)) for place in places])
    for result in results:
        if isinstance(result, RpcError):
            raise result
    is_op_stack, is_arbitrum = (bool(octets(result)) for result in results)
    if is_op_stack:
        return FeeFamily.OP_STACK
    return FeeFamily.ARBITRUM if is_arbitrum else FeeFamily.PLAIN


def surcharge_questions(family: FeeFamily, call: ContractCall, gas: int) -> list[Request]:
    """What to ask for the surcharge on a transaction that makes this call and uses this gas."""
    asked: list[ContractCall] = []
    if family is FeeFamily.OP_STACK:
        # All versions know the first; the second is there since Isthmus.
        asked.append(_ORACLE.call("getL1Fee", _ENVELOPE + call.data))
        asked.append(_ORACLE.call("getOperatorFee", gas))
    elif family is FeeFamily.ARBITRUM:
        asked.append(_NODE.call("gasEstimateL1Component", call.address, False, call.data))
    return [question.request(LATEST) for question in asked]


def read_surcharge(family: FeeFamily, results: Sequence[Any]) -> Surcharge | None:
    """The surcharge, out of the results of the questions; None: they do not tell."""
    match family:
        case FeeFamily.PLAIN:
            return None
        case FeeFamily.OP_STACK:
            data_fee, operator_fee = (_first_word(result) for result in results)
            return None if data_fee is None else Surcharge(wei=Wei(data_fee + (operator_fee or 0)))
        case FeeFamily.ARBITRUM:
            gas = _first_word(results[0])
            return None if gas is None else Surcharge(gas=gas)


def _first_word(result: Any) -> int | None:
    """The number that a contract returned first; None: it refused, or returned something else."""
    words = words_of(result, 1)
    # A fee that does not fit here is more than anybody has: no answer to believe.
    return words[0] if words and words[0].bit_length() <= COUNT_BITS else None
