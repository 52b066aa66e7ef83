"""What endpoints tell us, as values."""

from dataclasses import dataclass
from typing import Any

from beamer_agent.types import BlockHash, BlockNumber, Timestamp, TransactionHash, Wei

RawLog = dict[str, Any]
"""One entry of an `eth_getLogs` result, hex strings as the endpoint sent them."""


@dataclass(frozen=True, slots=True)
class Block:
    """The part of a block header that the agent uses."""

    number: BlockNumber
    hash: BlockHash
    parent_hash: BlockHash
    timestamp: Timestamp
    base_fee: Wei | None
    """Wei per gas (EIP-1559); None on chains without a base fee."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a mined transaction."""

    transaction_hash: TransactionHash
    block_number: BlockNumber
    succeeded: bool
    gas_used: int
    effective_gas_price: Wei


def block_from_json(raw: dict[str, Any]) -> Block:
    """A header out of an `eth_getBlockBy*` result."""
    base_fee = raw.get("baseFeePerGas")
    return Block(
        number=BlockNumber(int(raw["number"], 16)),
        hash=BlockHash(bytes.fromhex(raw["hash"][2:])),
        parent_hash=BlockHash(bytes.fromhex(raw["parentHash"][2:])),
        timestamp=Timestamp(int(raw["timestamp"], 16)),
        base_fee=None if base_fee is None else Wei(int(base_fee, 16)),
    )


def receipt_from_json(raw: dict[str, Any]) -> Receipt:
    """A receipt out of an `eth_getTransactionReceipt` result."""
    return Receipt(
        transaction_hash=TransactionHash(bytes.fromhex(raw["transactionHash"][2:])),
        block_number=BlockNumber(int(raw["blockNumber"], 16)),
        succeeded=int(raw["status"], 16) == 1,
        gas_used=int(raw["gasUsed"], 16),
        effective_gas_price=Wei(int(raw.get("effectiveGasPrice", "0x0"), 16)),
    )
