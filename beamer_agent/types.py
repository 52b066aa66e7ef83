"""The names of plain values: ids, heights, times and amounts.

Bytes and ints inside, hex only at the edges. Addresses are the one exception: they are checksummed
strings everywhere, because that is what keystores, ABIs and operators use.
"""

from typing import NewType

from eth_typing import ChecksumAddress

__all__ = [
    "Address",
    "BlockHash",
    "BlockNumber",
    "ChainId",
    "ClaimId",
    "FillId",
    "RequestId",
    "Seconds",
    "Timestamp",
    "TokenAmount",
    "TransactionHash",
    "Wei",
]

Address = ChecksumAddress
"""A checksummed account or contract address (EIP-55)."""

ChainId = NewType("ChainId", int)
"""EIP-155 chain id."""

BlockNumber = NewType("BlockNumber", int)
"""Height of a block on its chain."""

BlockHash = NewType("BlockHash", bytes)
"""32 bytes."""

TransactionHash = NewType("TransactionHash", bytes)
"""32 bytes, known before the transaction is sent."""

RequestId = NewType("RequestId", bytes)
"""32 bytes, `protocol.md` section 2."""

FillId = NewType("FillId", bytes)
"""32 bytes, always taken from `RequestFilled`, never computed (`protocol.md` section 2)."""

ClaimId = NewType("ClaimId", int)
"""Number of a claim at its RequestManager; requests and claims share one counter."""

Timestamp = NewType("Timestamp", int)
"""Seconds since the Unix epoch, as block headers carry them."""

Seconds = NewType("Seconds", int)
"""A span of time."""

TokenAmount = NewType("TokenAmount", int)
"""Base units of the token it stands beside."""

Wei = NewType("Wei", int)
"""Base units of a chain's native currency."""
