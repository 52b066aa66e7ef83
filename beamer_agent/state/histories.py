"""Histories: the events of each request, in one canonical order, whatever order they arrive in.

    RequestCreated | target chain's, by (block, log) | source chain's, by (block, log)

Events of a request whose `RequestCreated` has not arrived wait for it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from operator import itemgetter
from typing import Final, TypeAlias

from beamer_agent.events.model import (
    ClaimMade,
    ClaimStakeWithdrawn,
    DepositWithdrawn,
    Event,
    FillInvalidated,
    RequestCreated,
    RequestEvent,
    RequestFilled,
)
from beamer_agent.types import BlockNumber, ChainId, RequestId, Timestamp

ORPHAN_SECONDS: Final = 3_600
"""How long an event waits for its request, once the source chain is known from its beginning."""

MOST_ABSENCES: Final = 10_000
"""Of so many unknown requests it is kept that a fill is absent: whoever pays the gas may say so of
requests that nobody has made."""

Order: TypeAlias = tuple[int, int, int]
"""Rank, block number, log index."""
Entry: TypeAlias = tuple[Order, RequestEvent]

_RANKS: Final[Mapping[type[Event], int]] = {
    RequestCreated: 0,
    RequestFilled: 1,
    FillInvalidated: 1,
}
_LAST_RANK: Final = 2
_FOLLOWERS: Final = (ClaimMade, ClaimStakeWithdrawn, DepositWithdrawn)
"""Events that the source chain never emits before their request's `RequestCreated`."""
_order_of = itemgetter(0)


class Place(Enum):
    """Where an event went."""

    LAST = auto()
    EARLIER = auto()
    """Others of its request come after it."""
    WAITING = auto()
    """Its request is not known yet."""
    TAKEN = auto()
    """It is there already."""


class Histories:
    """The events of one direction, by request. Owned by one thread."""

    def __init__(self) -> None:
        self._entries: dict[RequestId, list[Entry]] = {}
        self._waiting: dict[RequestId, Timestamp | None] = {}
        """Requests without `RequestCreated`; since when it is known that none precedes."""
        self._absences: dict[RequestId, None] = {}
        """Those of which nothing else was told than that a fill is absent, oldest first."""

    def add(self, event: RequestEvent) -> Place:
        """Keep an event, once."""
        request_id = event.request_id
        entries = self._entries.setdefault(request_id, [])
        order = _RANKS.get(type(event), _LAST_RANK), event.block_number, event.log_index
        index = bisect_left(entries, order, key=_order_of)
        if index < len(entries) and entries[index][0] == order:
            return Place.TAKEN
        entries.insert(index, (order, event))
        if not _has_begun(entries):
            self._wait(event, entries)
            return Place.WAITING
        if type(event) is RequestCreated:
            self._waiting.pop(request_id, None)
            self._absences.pop(request_id, None)
        return Place.LAST if index == len(entries) - 1 else Place.EARLIER

    def applicable(self, request_id: RequestId) -> Iterator[RequestEvent]:
        """The events of a request in their order; none while they wait for the first one."""
        entries = self._entries.get(request_id, ())
        return (event for _, event in (entries if _has_begun(entries) else ()))

    def is_final(self, request_id: RequestId, final_until: Mapping[ChainId, BlockNumber]) -> bool:
        """Whether no reorganisation is expected to touch the events of a request.

        `final_until`: for each chain the newest block of which that is said.
        """
        return all(
            event.block_number <= final_until[event.chain_id]
            for _, event in self._entries.get(request_id, ())
        )

    def rewind(self, chain_id: ChainId, above: BlockNumber) -> frozenset[RequestId]:
        """Drop what a chain told of blocks above one; the requests that lost something."""
        changed: set[RequestId] = set()
        for request_id, entries in list(self._entries.items()):
            left = [
                (order, event)
                for order, event in entries
                if event.chain_id != chain_id or event.block_number <= above
            ]
            if len(left) < len(entries):
                changed.add(request_id)
                self._replace(request_id, left)
        return frozenset(changed)

    def drop(self, request_id: RequestId) -> None:
        """Forget the events of a request."""
        self._entries.pop(request_id, None)
        self._waiting.pop(request_id, None)
        self._absences.pop(request_id, None)

    def drop_orphans(self, now: Timestamp | None) -> None:
        """Forget what waits for a request in vain.

        To be called when every event of the source chain has been kept: of most events the request
        would have come before them, and others do not wait for ever. `now` is the time of a block
        of that chain that is final, None while there is none.
        """
        for request_id, since in list(self._waiting.items()):
            if since is not None:
                is_orphan = now is not None and now >= since + ORPHAN_SECONDS
            else:
                entries = self._entries[request_id]
                is_orphan = all(isinstance(event, _FOLLOWERS) for _, event in entries)
            if is_orphan:
                self.drop(request_id)
            elif since is None and now is not None:
                self._waiting[request_id] = now

    @property
    def awaited(self) -> tuple[RequestId, ...]:
        """Requests that have events, but no `RequestCreated`."""
        return tuple(self._waiting)

    def __len__(self) -> int:
        """How many events are kept."""
        return sum(len(entries) for entries in self._entries.values())

    def _wait(self, event: RequestEvent, entries: Sequence[Entry]) -> None:
        request_id = event.request_id
        self._waiting.setdefault(request_id, None)
        if type(event) is not FillInvalidated:
            self._absences.pop(request_id, None)
        elif len(entries) == 1:
            self._absences[request_id] = None
            if len(self._absences) > MOST_ABSENCES:
                self.drop(next(iter(self._absences)))

    def _replace(self, request_id: RequestId, entries: list[Entry]) -> None:
        if not entries:
            self.drop(request_id)
            return
        self._entries[request_id] = entries
        if not _has_begun(entries):
            self._waiting.setdefault(request_id, None)


def _has_begun(entries: Sequence[Entry]) -> bool:
    return bool(entries) and entries[0][0][0] == _RANKS[RequestCreated]
