"""Logs to events: one decoder per event, made once from the ABI.

All events of the protocol have static types only, so a log's data is a row of 32-byte words and no
general ABI decoder is needed: that is what makes a start from 100 000 logs take seconds.
"""

import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import lru_cache
from typing import Any

from eth_typing import ABI, ABIEvent
from eth_utils.abi import event_abi_to_log_topic, filter_abi_by_type
from eth_utils.address import to_checksum_address

from beamer_agent.errors import RpcPayloadError, UndecodableLogError
from beamer_agent.events.model import EVENT_TYPES, Event
from beamer_agent.rpc.model import RawLog, hash_of, quantity
from beamer_agent.types import Address, BlockHash, BlockNumber, ChainId, TransactionHash

Word = bytes
"""32 bytes, one ABI-encoded static value."""

_RENAMED = {("ChainUpdated", "chain_id"): "target_chain_id"}
"""Parameters whose own name already means something else in `Event`."""

_checksummed = lru_cache(maxsize=65_536)(to_checksum_address)
_shared = lru_cache(maxsize=256)(bytes)
"""One object for equal hashes: of busy blocks there are hundreds of events."""


class EventDecoder:
    """Decodes the logs of one chain.

    Args:
        chain_id: the chain the logs come from.
        abis: interfaces of the contracts that are listened to.
    """

    def __init__(self, chain_id: ChainId, abis: Iterable[ABI]) -> None:
        self._chain_id = chain_id
        types = {type_.__name__: type_ for type_ in EVENT_TYPES}
        self._decoders: dict[str, _Decoder] = {}
        for abi in abis:
            for entry in filter_abi_by_type("event", abi):
                if entry["name"] in types:
                    topic = "0x" + event_abi_to_log_topic(entry).hex()
                    self._decoders[topic] = _Decoder(types[entry["name"]], entry)

    def decode(self, logs: Iterable[RawLog]) -> list[Event]:
        """The events among the logs, in their order; logs of other events are passed over.

        Raises:
            UndecodableLogError: a log names one of our events but does not have its shape.
        """
        chain_id = self._chain_id
        events = []
        for log in logs:
            decoder = self._decoder_of(log)
            if decoder is not None:
                events.append(decoder.decode(chain_id, log))
        return events

    def check(self, log: RawLog) -> None:
        """Whether a log holds what its event has; takes a fraction of the time of decoding.

        Raises:
            UndecodableLogError: it names one of our events but does not have its shape.
        """
        decoder = self._decoder_of(log)
        if decoder is not None:
            decoder.check(log)

    def _decoder_of(self, log: RawLog) -> "_Decoder | None":
        try:
            topics = log["topics"]
            # Hex digits may be written in either case; hardly anybody writes capitals.
            return self._decoders.get(topics[0].lower()) if topics else None
        except (KeyError, TypeError, AttributeError):
            raise UndecodableLogError("an entry of the answer is no log") from None


class _Decoder:
    """Of the logs of one event: made of its parameters, those with an index first."""

    def __init__(self, event_type: type[Event], abi: ABIEvent) -> None:
        self._event_type = event_type
        indexed = [p for p in abi["inputs"] if p.get("indexed")]
        parameters = [*indexed, *(p for p in abi["inputs"] if not p.get("indexed"))]
        order = [_field_name(event_type, p["name"]) for p in parameters]
        arguments = [f.name for f in fields(event_type) if f.name not in _POSITION]
        if sorted(order) != sorted(arguments):
            raise TypeError(f"{event_type.__name__} does not have the parameters of its ABI")
        # Where each argument of the constructor stands among topics and words.
        self._picks = [
            (order.index(name), _converter(parameters[order.index(name)]["type"]))
            for name in arguments
        ]
        self._topic_count = len(indexed) + 1
        self._words = struct.Struct("32s" * len(parameters))
        self._unused = int.from_bytes(b"".join(_unused(p["type"]) for p in parameters), "big")

    def decode(self, chain_id: ChainId, log: RawLog) -> Event:
        """The event. Raises UndecodableLogError."""
        try:
            words = self._words.unpack(self._row(log))
            return self._event_type(
                chain_id,
                _checksummed(log["address"]),
                BlockNumber(quantity(log["blockNumber"])),
                BlockHash(_shared(hash_of(log["blockHash"]))),
                quantity(log["logIndex"]),
                TransactionHash(hash_of(log["transactionHash"])),
                *(convert(words[place]) for place, convert in self._picks),
            )
        except (KeyError, TypeError, ValueError, RpcPayloadError) as error:
            raise self._refusal(error) from error

    def check(self, log: RawLog) -> None:
        """See `EventDecoder.check`."""
        try:
            self._row(log)
        except (KeyError, TypeError, ValueError) as error:
            raise self._refusal(error) from error

    def _row(self, log: RawLog) -> bytes:
        """The words of topics and data, none of them wider than its type.

        A forged one would pass for a number that no contract takes: there it would be a defect.
        """
        topics = log["topics"]
        if len(topics) != self._topic_count:
            raise ValueError("wrong number of topics")
        row = bytes.fromhex("".join([t[2:] for t in topics[1:]]) + log["data"][2:])
        if len(row) != self._words.size:
            raise ValueError("wrong number of words")
        if int.from_bytes(row, "big") & self._unused:
            raise ValueError("a word is wider than its type")
        return row

    def _refusal(self, error: Exception) -> UndecodableLogError:
        return UndecodableLogError(f"{self._event_type.__name__}: {error}")


_POSITION = frozenset(f.name for f in fields(Event))


def _field_name(event_type: type[Event], parameter: str) -> str:
    # "minFeePPM" -> "min_fee_ppm", "requestId" -> "request_id"
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", parameter).lower()
    return _RENAMED.get((event_type.__name__, snake), snake)


def _converter(type_: str) -> Callable[[Word], Any]:
    if type_ == "address":
        return _address
    if type_ == "bytes32":
        return bytes
    if type_.startswith("uint"):
        return int.from_bytes  # big-endian unless told otherwise
    raise TypeError(f"no converter for {type_}: events of the protocol have no such type")


def _unused(type_: str) -> Word:
    """Ones where a word of a type has zeros, whatever its value."""
    bits = {"address": 160, "bytes32": 256}.get(type_) or int(type_.removeprefix("uint"))
    return ((1 << 256) - (1 << bits)).to_bytes(32, "big")


def _address(word: Word) -> Address:
    return _checksummed(word[12:])
