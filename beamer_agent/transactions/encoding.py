"""Encoding: a transaction as bytes, to be signed and to be sent (RLP, EIP-155, EIP-1559).

Fees with a tip make a transaction of type 2, others one that is protected by its chain's id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from beamer_agent.transactions.fees import Fees
from beamer_agent.types import Address, ChainId, Wei

_TYPE: Final = b"\x02"
_SHORT: Final = 55
"""Bytes whose length fits into the prefix."""
_STRING, _LIST = 0x80, 0xC0


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A transaction without its signature."""

    chain_id: ChainId
    nonce: int
    to: Address
    data: bytes
    value: Wei
    gas: int
    fees: Fees

    def to_sign(self) -> bytes:
        """The bytes whose hash is signed."""
        if self.fees.priority is None:
            return _list([*self._legacy(), _number(self.chain_id), _number(0), _number(0)])
        return _TYPE + _list(self._fields(self.fees.priority))

    def signed(self, parity: int, r: int, s: int) -> bytes:
        """The bytes that nodes take; `parity` is that of the signature's point, 0 or 1."""
        if self.fees.priority is None:
            protected = 35 + 2 * self.chain_id + parity
            return _list([*self._legacy(), *map(_number, (protected, r, s))])
        return _TYPE + _list([*self._fields(self.fees.priority), *map(_number, (parity, r, s))])

    def _legacy(self) -> list[bytes]:
        return [
            _number(self.nonce),
            _number(self.fees.maximum),
            _number(self.gas),
            _string(bytes.fromhex(self.to[2:])),
            _number(self.value),
            _string(self.data),
        ]

    def _fields(self, priority: Wei) -> list[bytes]:
        access_list = _list([])
        return [
            _number(self.chain_id),
            _number(self.nonce),
            _number(priority),
            _number(self.fees.maximum),
            _number(self.gas),
            _string(bytes.fromhex(self.to[2:])),
            _number(self.value),
            _string(self.data),
            access_list,
        ]


def _number(number: int) -> bytes:
    return _string(number.to_bytes((number.bit_length() + 7) // 8))


def _string(data: bytes) -> bytes:
    if len(data) == 1 and data[0] < _STRING:
        return data
    return _prefix(len(data), _STRING) + data


def _list(items: Sequence[bytes]) -> bytes:
    body = b"".join(items)
    return _prefix(len(body), _LIST) + body


def _prefix(length: int, kind: int) -> bytes:
    if length <= _SHORT:
        return bytes([kind + length])
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([kind + _SHORT + len(size)]) + size
