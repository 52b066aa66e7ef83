"""The fold: what a direction's events amount to, whatever order they arrive in.

    event --> Histories --> the last of its request: applied on top
                        --> an earlier one: the request and its claims are folded anew
                        --> of an unknown request: kept until its `RequestCreated` arrives

Requests that are settled for good are forgotten, so that what is kept is bounded by what is open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from beamer_agent.events.model import (
    Event,
    FillInvalidated,
    RequestCreated,
    RequestEvent,
    RequestFilled,
)
from beamer_agent.events.view import BEFORE_ALL_BLOCKS, ChainView
from beamer_agent.state.final_time import FinalTime
from beamer_agent.state.handlers import HANDLERS, HandlerContext
from beamer_agent.state.histories import Histories, Place
from beamer_agent.state.machine import IllegalTransitionError
from beamer_agent.state.settled import is_settled
from beamer_agent.state.trackers import ClaimTracker, RequestTracker
from beamer_agent.types import Address, BlockNumber, ChainId, RequestId, Seconds


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
        self.direction = direction
        self._context = HandlerContext(account, self.requests, self.claims)
        self._histories = Histories()
        self._unapplied: set[RequestId] = set()
        """Known requests with events that could not be applied yet."""
        self._tombstones: set[RequestId] = set()
        """Requests that were forgotten, or have another target: their events are passed over."""
        self._final_until: dict[ChainId, BlockNumber] = {}
        """What was final when requests were forgotten last."""
        self._source_time = FinalTime()

    def apply(self, event: Event) -> Outcome:
        """Fold one event in."""
        if not isinstance(event, RequestEvent) or not self._is_ours(event):
            return Outcome.PASSED_OVER
        place = self._histories.add(event)
        if place is Place.TAKEN:
            return Outcome.PASSED_OVER
        if place is Place.WAITING:
            return Outcome.KEPT
        if place is Place.LAST:
            self._try(event)
        else:
            self._fold_again(event.request_id)
        return Outcome.KEPT if event.request_id in self._unapplied else Outcome.APPLIED

    def rewind(self, chain_id: ChainId, above: BlockNumber) -> frozenset[RequestId]:
        """Undo all events of a chain from blocks above one; the requests that changed."""
        changed = self._histories.rewind(chain_id, above)
        for request_id in changed:
            self._fold_again(request_id)
        if above < self._final_until.get(chain_id, BEFORE_ALL_BLOCKS):
            # Deeper than expected: what was forgotten may not be settled any more.
            self._tombstones.clear()
        return changed

    def forget_settled(
        self, source: ChainView, target: ChainView, request_extension: Seconds
    ) -> frozenset[RequestId]:
        """Forget the requests that need nothing any more and are beyond any reorganisation.

        All events up to the views must have been applied. `request_extension` is how long after
        `validUntil` a request may be claimed. Returns the requests that were forgotten.
        """
        if not source.is_synced:
            return frozenset()
        now = self._source_time.see(source.head, source.final_until)
        self._final_until = {view.chain_id: view.final_until for view in (source, target)}
        settled = frozenset(
            request.id
            for request in self.requests
            if is_settled(
                request,
                self.claims,
                now,
                request_extension,
                self._context.account,
            )
            and self._histories.is_final(request.id, self._final_until)
        )
        for request_id in settled:
            self._forget(request_id)
        if source.is_whole:
            self._histories.drop_orphans(now)
        if source.is_whole and target.is_whole:
            # No older event will arrive, and of a newer one there is no request.
            self._tombstones.clear()
        return settled

    @property
    def account(self) -> Address:
        """The agent's own."""
        return self._context.account

    def history(self, request_id: RequestId) -> Iterator[RequestEvent]:
        """The events of a request in their order; none before the first of them is known."""
        return self._histories.applicable(request_id)

    @property
    def incomplete(self) -> int:
        """How many requests have events that could not be applied yet."""
        return len(self._unapplied) + len(self._histories.awaited)

    @property
    def awaited(self) -> tuple[RequestId, ...]:
        """Requests of which only later events have arrived."""
        return self._histories.awaited

    @property
    def kept(self) -> int:
        """How many events and tombstones are kept: what memory depends on."""
        return len(self._histories) + len(self._tombstones)

    def _is_ours(self, event: RequestEvent) -> bool:
        if type(event) not in HANDLERS or event.request_id in self._tombstones:
            return False
        direction = self.direction
        match event:
            case RequestCreated() if event.target_chain_id != direction.target:
                if event.chain_id == direction.source:
                    self._forget(event.request_id)
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

    def _try(self, event: RequestEvent) -> None:
        try:
            HANDLERS[type(event)](event, self._context)
        except IllegalTransitionError:
            self._unapplied.add(event.request_id)

    def _fold_again(self, request_id: RequestId) -> None:
        self._clear(request_id)
        for event in self._histories.applicable(request_id):
            self._try(event)

    def _forget(self, request_id: RequestId) -> None:
        self._clear(request_id)
        self._histories.drop(request_id)
        self._tombstones.add(request_id)

    def _clear(self, request_id: RequestId) -> None:
        self.requests.remove(request_id)
        self.claims.remove_of_request(request_id)
        self._unapplied.discard(request_id)
