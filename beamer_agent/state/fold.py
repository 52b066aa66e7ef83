"""The fold: what a direction's events amount to, whatever order they arrive in.

For each request the events are kept in one canonical order:

    RequestCreated | target chain's, by (block, log) | source chain's, by (block, log)

An event that comes last in it is applied on top; one that comes earlier makes the request and its
claims be folded anew. Events of a request nobody has heard of yet are kept until its
`RequestCreated` arrives.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from beamer_agent.events.model import (
    Event,
    FillInvalidated,
    RequestCreated,
    RequestEvent,
    RequestFilled,
)
from beamer_agent.state.handlers import HANDLERS, HandlerContext
from beamer_agent.state.machine import IllegalTransitionError
from beamer_agent.state.trackers import ClaimTracker, RequestTracker
from beamer_agent.types import Address, ChainId, RequestId

Order = tuple[int, int, int]
"""Rank, block number, log index."""

_RANKS: Mapping[type[Event], int] = {RequestCreated: 0, RequestFilled: 1, FillInvalidated: 1}
_LAST_RANK = 2


@dataclass(frozen=True, slots=True)
class Direction:
    """Transfers from one chain to another, or to itself."""

    source: ChainId
    target: ChainId

    def __str__(self) -> str:
        return f"{self.source}->{self.target}"


class Outcome(Enum):
    """What became of an event."""

    APPLIED = auto()
    KEPT = auto()
    """It cannot be applied yet; a later event will make it possible."""
    PASSED_OVER = auto()
    """A duplicate, or no event of this direction."""


class Fold:
    """The state of one direction. Owned by one thread.

    Args:
        direction: which requests belong here.
        account: the agent's own account.
    """

    def __init__(self, direction: Direction, account: Address) -> None:
        self.requests = RequestTracker()
        self.claims = ClaimTracker()
        self._direction = direction
        self._context = HandlerContext(account, self.requests, self.claims)
        self._histories: dict[RequestId, list[tuple[Order, RequestEvent]]] = {}
        self._incomplete: set[RequestId] = set()
        """Requests with events that could not be applied yet."""
        self._foreign: set[RequestId] = set()
        """Requests of the same source chain to other targets: their events are not kept."""

    def apply(self, event: Event) -> Outcome:
        """Fold one event in."""
        if not isinstance(event, RequestEvent) or not self._is_ours(event):
            return Outcome.PASSED_OVER
        history = self._histories.setdefault(event.request_id, [])
        order = self._order(event)
        place = bisect_left(history, order, key=lambda entry: entry[0])
        if place < len(history) and history[place][0] == order:
            return Outcome.PASSED_OVER
        history.insert(place, (order, event))
        if place == len(history) - 1:
            self._try(event)
        else:
            self._fold_again(event.request_id)
        return Outcome.KEPT if event.request_id in self._incomplete else Outcome.APPLIED

    @property
    def incomplete(self) -> int:
        """How many requests have events that could not be applied yet."""
        return len(self._incomplete)

    def _is_ours(self, event: RequestEvent) -> bool:
        if type(event) not in HANDLERS or event.request_id in self._foreign:
            return False
        direction = self._direction
        match event:
            case RequestCreated() if event.target_chain_id != direction.target:
                self._forget_foreign(event.request_id)
                return False
            case RequestFilled():
                return (event.source_chain_id, event.chain_id) == (
                    direction.source,
                    direction.target,
                )
            case FillInvalidated():
                # It does not name its source chain; without a request here it is never applied.
                return event.chain_id == direction.target
        return event.chain_id == direction.source

    def _forget_foreign(self, request_id: RequestId) -> None:
        self._foreign.add(request_id)
        self._histories.pop(request_id, None)
        self._incomplete.discard(request_id)

    @staticmethod
    def _order(event: RequestEvent) -> Order:
        rank = _RANKS.get(type(event), _LAST_RANK)
        return rank, event.block_number, event.log_index

    def _try(self, event: RequestEvent) -> None:
        try:
            HANDLERS[type(event)](event, self._context)
        except IllegalTransitionError:
            self._incomplete.add(event.request_id)

    def _fold_again(self, request_id: RequestId) -> None:
        self.requests.remove(request_id)
        self.claims.remove_of_request(request_id)
        self._incomplete.discard(request_id)
        for _, event in self._histories[request_id]:
            self._try(event)
