"""The past of two chains, made up: complete lives of requests, as an endpoint would tell them.

Every request is created, filled, claimed by its filler and withdrawn; one in three by the agent
itself. As many go one way as the other, spread over the blocks, and the last one has ended an
hour before the present: nothing of it can be acted on.

    first                                        until
      |<-- created . filled . claimed . withdrawn ->|  the present, which a real chain serves
    --+---------------------------------------------+---------------------> block number
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.contracts.interface import event_topic, packaged_abi

EVENTS_OF_LIFE: Final = 5
"""Four on the source chain, the fill on the target chain."""
BLOCK_SECONDS: Final = 2
SECONDS_AGO: Final = 3600
"""How long before the present the newest block of the past was made."""
VALIDITY_SECONDS: Final = 1800
AMOUNT: Final = 10**18
STAKE: Final = 10**16

UNEVENNESS: Final = (5**0.5 - 1) / 2
"""Ranges of blocks shall not hold round numbers of events: that is how endpoints cut answers."""

REQUESTS_OF_USER: Final = 4

FILLED_AFTER, CLAIMED_AFTER, WITHDRAWN_AFTER = 1, 3, 20
"""In blocks."""

_TOPICS: Final = {
    name: event_topic(packaged_abi(contract), name)
    for contract, names in {
        "RequestManager": (
            "RequestCreated",
            "ClaimMade",
            "ClaimStakeWithdrawn",
            "DepositWithdrawn",
        ),
        "FillManager": ("RequestFilled",),
    }.items()
    for name in names
}
_LOG: Final = (
    '{{"address":"{address}","topics":[{topics}],"data":"0x{data}","blockHash":"{block_hash}",'
    '"blockNumber":"{number:#x}","blockTimestamp":"{time:#x}","transactionHash":"{transaction}",'
    '"transactionIndex":"0x0","logIndex":"{index:#x}","removed":false}}'
)

Entry = tuple[int, str, str, Sequence[str], Sequence[str]]
"""Block number, emitter, event, indexed words, other words."""


@dataclass(frozen=True, slots=True)
class End:
    """A chain of transfers: its id, and addresses on it."""

    chain_id: int
    request_manager: str
    fill_manager: str
    token: str


@dataclass(frozen=True, slots=True)
class Tale:
    """What is to be told of a chain: how much has happened, and when.

    `requests` is their number in each of the two directions; `until_time` is the time of the
    first block of the present, in seconds.
    """

    here: End
    there: End
    agent: str
    requests: int
    first: int
    until: int
    until_time: int

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Tale":
        """The way back from `asdict`."""
        return cls(**{**raw, "here": End(**raw["here"]), "there": End(**raw["there"])})

    def time_of(self, number: int) -> int:
        """When a block of the past was made."""
        return self.until_time - SECONDS_AGO - (self.until - number) * BLOCK_SECONDS

    def created_in(self, place: int) -> int:
        """The block of the n-th request, on either chain."""
        blocks = self.until - self.first - WITHDRAWN_AFTER
        uneven = place + place * UNEVENNESS % 1
        return self.first + int(uneven * blocks / self.requests)

    def filler(self, place: int) -> str:
        """Who fills and claims the n-th request."""
        return (self.agent, _address("Alice"), _address("Bob"))[place % 3]


class Past:
    """What one chain tells of its past; the logs are encoded once and for all."""

    def __init__(self, tale: Tale) -> None:
        self._tale = tale
        entries = sorted(_entries(tale), key=lambda entry: entry[0])
        self._numbers = [number for number, *_ in entries]
        self._ends = [0]
        pieces = []
        for index, entry in enumerate(entries):
            pieces.append(self._log(index, entry))
            self._ends.append(self._ends[-1] + len(pieces[-1]))
        self._text = b"".join(pieces)

    def __len__(self) -> int:
        """How many events it has."""
        return len(self._numbers)

    def logs(self, first: int, last: int) -> bytes:
        """The result of `eth_getLogs` for a range of blocks, both included: JSON."""
        start = self._ends[bisect_left(self._numbers, first)]
        end = self._ends[bisect_left(self._numbers, last + 1)]
        return b"[" + self._text[start : max(start, end - 1)] + b"]"

    def block(self, number: int) -> dict[str, Any]:
        """The result of `eth_getBlockByNumber`: a header."""
        return {
            "number": hex(number),
            "hash": _hash("block", self._tale.here.chain_id, number),
            "parentHash": _hash("block", self._tale.here.chain_id, number - 1),
            "timestamp": hex(self._tale.time_of(number)),
            "baseFeePerGas": hex(10**9),
        }

    def _log(self, index: int, entry: Entry) -> bytes:
        number, emitter, event, indexed, others = entry
        words = (_TOPICS[event], *("0x" + word for word in indexed))
        text = _LOG.format(
            address=emitter.lower(),
            topics=",".join(f'"{word}"' for word in words),
            data="".join(others),
            block_hash=_hash("block", self._tale.here.chain_id, number),
            number=number,
            time=self._tale.time_of(number),
            transaction=_hash("transaction", number, (*indexed, *others)[0]),
            index=index,
        )
        return text.encode() + b","


def _entries(tale: Tale) -> Iterator[Entry]:
    yield from _source_entries(tale, tale.here, tale.there)
    yield from _target_entries(tale, tale.there, tale.here)


def _source_entries(tale: Tale, source: End, target: End) -> Iterator[Entry]:
    manager, nobody = source.request_manager, "0x" + "00" * 20
    for place in range(tale.requests):
        request, fill = _ids(source, place)
        user = _address(f"user {place // REQUESTS_OF_USER}")
        filler, claim_id = tale.filler(place), _word(place + 1)
        created = tale.created_in(place)
        end = tale.time_of(created) + VALIDITY_SECONDS
        asked = (target.chain_id, source.token, target.token, user, AMOUNT, place + 1)
        words = _words(*asked, end, AMOUNT // 1000, AMOUNT // 2000)
        yield created, manager, "RequestCreated", (request, _word(user)), words
        stakes = _words(filler, STAKE, nobody, 0, end)
        yield created + CLAIMED_AFTER, manager, "ClaimMade", (request,), (claim_id, *stakes, fill)
        withdrawn = created + WITHDRAWN_AFTER
        yield withdrawn, manager, "ClaimStakeWithdrawn", (request,), (claim_id, _word(filler))
        yield withdrawn, manager, "DepositWithdrawn", (), (request, _word(filler))


def _target_entries(tale: Tale, source: End, target: End) -> Iterator[Entry]:
    for place in range(tale.requests):
        request, fill = _ids(source, place)
        indexed = (request, _word(source.chain_id), _word(target.token))
        words = (fill, _word(tale.filler(place)), _word(AMOUNT))
        number = tale.created_in(place) + FILLED_AFTER
        yield number, target.fill_manager, "RequestFilled", indexed, words


def _ids(source: End, place: int) -> tuple[str, str]:
    # No real hashes: nobody looks into what made them, once a request is settled.
    return _hash("request", source.chain_id, place)[2:], _hash("fill", source.chain_id, place)[2:]


def _words(*values: int | str) -> tuple[str, ...]:
    return tuple(_word(value) for value in values)


def _word(value: int | str) -> str:
    number = int(value, 16) if isinstance(value, str) else value
    return f"{number:064x}"


def _hash(*parts: object) -> str:
    return "0x" + hashlib.sha256(repr(parts).encode()).hexdigest()


def _address(name: str) -> str:
    return _hash(name)[:42]
