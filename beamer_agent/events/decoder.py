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

from beamer_agent.errors import UndecodableLogError
from beamer_agent.events.model import EVENT_TYPES, Event
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import Address, ChainId

Word = bytes
"""32 bytes, one ABI-encoded static value."""

_RENAMED = {("ChainUpdated", "chain_id"): "target_chain_id"}
"""Parameters whose own name already means something else in `Event`."""

_checksummed = lru_cache(maxsize=65_536)(to_checksum_address)


class EventDecoder:
    """Decodes the logs of one chain.

    Args:
        chain_id: the chain the logs come from.
        abis: interfaces of the contracts that are listened to.
    """

    def __init__(self, chain_id: ChainId, abis: Iterable[ABI]) -> None:
        self._chain_id = chain_id
        types = {type_.__name__: type_ for type_ in EVENT_TYPES}
        self._decoders: dict[str, Callable[[ChainId, RawLog], Event]] = {}
        for abi in abis:
            for entry in filter_abi_by_type("event", abi):
                if entry["name"] in types:
                    topic = "0x" + event_abi_to_log_topic(entry).hex()
                    self._decoders[topic] = _make_decoder(types[entry["name"]], entry)

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
                events.append(decoder(chain_id, log))
        return events

    def _decoder_of(self, log: RawLog) -> Callable[[ChainId, RawLog], Event] | None:
        try:
            topics = log["topics"]
            return self._decoders.get(topics[0]) if topics else None
        except (KeyError, TypeError, AttributeError):
            raise UndecodableLogError("an entry of the answer is no log") from None


def _make_decoder(event_type: type[Event], abi: ABIEvent) -> Callable[[ChainId, RawLog], Event]:
    indexed = [p for p in abi["inputs"] if p.get("indexed")]
    plain = [p for p in abi["inputs"] if not p.get("indexed")]
    order = [_field_name(event_type, p["name"]) for p in (*indexed, *plain)]
    arguments = [f.name for f in fields(event_type) if f.name not in _POSITION]
    if sorted(order) != sorted(arguments):
        raise TypeError(f"{event_type.__name__} does not have the parameters of its ABI entry")
    # Where each argument of the constructor stands among topics and words.
    picks = [
        (order.index(name), _converter((*indexed, *plain)[order.index(name)]["type"]))
        for name in arguments
    ]
    unpack = struct.Struct("32s" * len(plain)).unpack
    topic_count = len(indexed) + 1

    def decode(chain_id: ChainId, log: RawLog) -> Event:
        try:
            topics = log["topics"]
            if len(topics) != topic_count:
                raise ValueError("wrong number of topics")
            words = [bytes.fromhex(t[2:]) for t in topics[1:]]
            words.extend(unpack(bytes.fromhex(log["data"][2:])))
            return event_type(
                chain_id,
                _checksummed(log["address"]),
                int(log["blockNumber"], 16),  # type: ignore[arg-type]  # a NewType of int
                bytes.fromhex(log["blockHash"][2:]),  # type: ignore[arg-type]  # NewType of bytes
                int(log["logIndex"], 16),
                bytes.fromhex(log["transactionHash"][2:]),  # type: ignore[arg-type]  # as above
                *(convert(words[place]) for place, convert in picks),
            )
        except (KeyError, TypeError, ValueError, struct.error) as error:
            raise UndecodableLogError(f"{event_type.__name__}: {error}") from error

    return decode


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
        return _unsigned
    raise TypeError(f"no converter for {type_}: events of the protocol have no such type")


def _address(word: Word) -> Address:
    return _checksummed(word[12:])


def _unsigned(word: Word) -> int:
    return int.from_bytes(word, "big")
