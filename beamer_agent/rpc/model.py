"""What endpoints tell us, as values: out of JSON of any shape, or an RpcPayloadError."""

import re
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.errors import RpcPayloadError
from beamer_agent.types import BlockHash, BlockNumber, Timestamp, TransactionHash, Wei

COUNT_BITS: Final = 63
"""For heights, times, gas and prices of it. What is larger is no such number, and would not fit
into what it is handed on to: floats, transactions, the memory for a row of blocks."""
WORD_BITS: Final = 256
"""For amounts, as contracts hold them."""
HASH_BYTES: Final = 32
NO_FEE: Final = Wei(0)

_quantity_in = re.compile("0x[0-9a-fA-F]{1,64}", re.ASCII).fullmatch

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
    block_hash: BlockHash | None = None
    """None: the endpoint does not say."""
    data_fee: Wei = NO_FEE
    """Wei that a rollup took on top for publishing it on L1 (OP Stack); 0 elsewhere."""
    log_count: int = 0
    own_logs: tuple[RawLog, ...] = ()
    """Those of the sending account itself, whose code can only be a delegate's (EIP-7702)."""


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """What became of a call in a simulated block."""

    gas_used: int


def quantity(raw: Any, bits: int = COUNT_BITS) -> int:
    """A number as JSON-RPC writes it, of so many bits at most; never negative.

    Raises:
        RpcPayloadError: it is none.
    """
    if not isinstance(raw, str) or not _quantity_in(raw):
        raise RpcPayloadError("not a number")
    number = int(raw, 16)
    if number.bit_length() > bits:
        raise RpcPayloadError("a number that is too large")
    return number


def octets(raw: Any) -> bytes:
    """Bytes as JSON-RPC writes them.

    Raises:
        RpcPayloadError: they are none.
    """
    try:
        found = bytes.fromhex(raw[2:])
    except (TypeError, ValueError, KeyError):
        raise RpcPayloadError("not bytes") from None
    # White space is passed over by `fromhex`, so that the text would be longer.
    if raw[:2] != "0x" or len(raw) != 2 * len(found) + 2:
        raise RpcPayloadError("not bytes")
    return found


def hash_of(raw: Any) -> bytes:
    """The 32 bytes of a hash or a topic.

    Raises:
        RpcPayloadError: it is none.
    """
    found = octets(raw)
    if len(found) != HASH_BYTES:
        raise RpcPayloadError("not a hash")
    return found


def block_from_json(raw: Any) -> Block:
    """A header out of an `eth_getBlockBy*` result.

    Raises:
        RpcPayloadError: it is none.
    """
    header = _fields(raw)
    base_fee = header.get("baseFeePerGas")
    return Block(
        number=BlockNumber(quantity(header.get("number"))),
        hash=BlockHash(hash_of(header.get("hash"))),
        parent_hash=BlockHash(hash_of(header.get("parentHash"))),
        timestamp=Timestamp(quantity(header.get("timestamp"))),
        base_fee=None if base_fee is None else Wei(quantity(base_fee)),
    )


def receipt_from_json(raw: Any) -> Receipt:
    """A receipt out of an `eth_getTransactionReceipt` result.

    Raises:
        RpcPayloadError: it is none.
    """
    fields = _fields(raw)
    logs = [_fields(log) for log in _list(fields.get("logs") or [])]
    sender = _lower(fields.get("from"))
    block_hash = fields.get("blockHash")
    return Receipt(
        transaction_hash=TransactionHash(hash_of(fields.get("transactionHash"))),
        block_number=BlockNumber(quantity(fields.get("blockNumber"))),
        succeeded=quantity(fields.get("status")) == 1,
        gas_used=quantity(fields.get("gasUsed")),
        effective_gas_price=Wei(quantity(fields.get("effectiveGasPrice", "0x0"))),
        block_hash=None if block_hash is None else BlockHash(hash_of(block_hash)),
        data_fee=Wei(quantity(fields.get("l1Fee") or "0x0", WORD_BITS)),
        log_count=len(logs),
        own_logs=tuple(log for log in logs if sender and _lower(log.get("address")) == sender),
    )


def tips_from_json(raw: Any) -> tuple[tuple[Wei, ...], ...]:
    """The tips of blocks, oldest first, out of an `eth_feeHistory` result.

    Of each block, at the percentiles that were asked for, in wei per gas.

    Raises:
        RpcPayloadError: it is none.
    """
    blocks = _list(_fields(raw).get("reward") or [])
    return tuple(tuple(Wei(quantity(tip)) for tip in _list(block)) for block in blocks)


def _fields(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise RpcPayloadError("not an object")
    return raw


def _lower(raw: Any) -> str:
    return raw.lower() if isinstance(raw, str) else ""


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise RpcPayloadError("not a list")
    return raw
