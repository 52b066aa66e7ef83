"""EventProcessor: one direction's thread.

Inbox --batches--> apply:  Fold (RequestTracker, ClaimTracker), rewound where blocks were replaced
                     |
                     v
                   plan:   Planner, with the newest view of both chains
                     |
                     v
                   settle: Chronicle, what was earned
                     |
                     v
                   forget: what is settled for good
                   report: what is open, for whoever asks
"""

import threading
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import (
    ClaimMade,
    FillInvalidatedResolved,
    RequestCreated,
    RequestEvent,
    RequestFilled,
    RequestResolved,
)
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.inbox import Inbox
from beamer_agent.periods.desk import RemainderDesk
from beamer_agent.periods.remainder import take_remainder
from beamer_agent.planning.chronicle import Chronicle
from beamer_agent.planning.planner import Planner
from beamer_agent.planning.report import DirectionReport
from beamer_agent.planning.tallies import NoTallies
from beamer_agent.state.fold import Direction, Fold, Outcome
from beamer_agent.types import BlockNumber, ChainId, ClaimId

TURN_SECONDS: Final = 0.5
"""The longest time between two turns: funds, clock and refusals change without any batch."""
FORGET_SECONDS: Final = 5
"""How often settled requests are looked for among all while nothing happens to any."""
REPORT_SECONDS: Final = 1
"""Between two reports, at least: a turn of a busy direction comes many times a second."""
OPEN_PER_SECOND: Final = 500
"""For so many open obligations, a second more: a report looks at each of them."""
EVENTS_PER_TURN: Final = 2_000
"""After so many a turn decides, though more have arrived: a long history must not keep it from it.

A batch is never cut: between a request and what came of it nothing may be decided.
"""

ViewMaker = Callable[[ChainView, ChainView], DirectionView]
"""Adds funds, policy and clock to the views of source and target."""


class EventProcessor:
    """Applies a direction's events, then plans. `step` runs in a thread of its own.

    Args:
        fold: the direction's state, owned by this thread.
        make_view: what the planner sees, beside the chains.
        chronicle: takes down what happens; None: nobody wants to know.
        desk: where a copy of what is known is left when a period is over; None: nobody asks.
    """

    def __init__(
        self,
        direction: Direction,
        fold: Fold,
        inbox: Inbox,
        planner: Planner,
        make_view: ViewMaker,
        logger: FilteringBoundLogger,
        desk: RemainderDesk | None = None,
        chronicle: Chronicle | None = None,
    ) -> None:
        self._desk = desk or RemainderDesk(threading.Event(), threading.Event())
        self._direction = direction
        self._fold = fold
        self._inbox = inbox
        self._planner = planner
        self._make_view = make_view
        self._chronicle = chronicle or Chronicle(fold, NoTallies())
        self._logger = logger
        self._views: dict[ChainId, ChainView] = {}
        self._has_begun = False
        self._forget_at = 0
        """The wall clock's time from which on settled requests are looked for again."""
        self._report: DirectionReport | None = None
        self._once_synced: set[ChainId] = set()
        """Chains that have been read up to now: what they tell of later blocks is news."""

    @property
    def report(self) -> DirectionReport | None:
        """The newest report, a second old or so; None before the first turn. For any thread.

        With thousands of open obligations, some seconds old.
        """
        return self._report

    def step(self) -> float:
        """Apply everything that has arrived, then decide anew on everything open.

        Returns:
            the seconds until the next turn, for chains that make no blocks by themselves.
        """
        applied = 0
        while applied < EVENTS_PER_TURN and (batch := self._inbox.take()) is not None:
            self._apply_batch(batch)
            applied += len(batch.events)
        source = self._views.get(self._direction.source)
        target = self._views.get(self._direction.target)
        # While the source chain's newest part is read for the first time, nothing can be decided.
        self._has_begun = self._has_begun or (source is not None and source.is_synced)
        if self._has_begun and source is not None and target is not None:
            view = self._make_view(source, target)
            self._planner.turn(view)
            self._chronicle.settle(view)
            if applied > 0 or view.now >= self._forget_at or self._desk.is_asked:
                self._forget(view)  # after the planner has seen how they ended
            if self._desk.is_asked:
                self._desk.leave(take_remainder(self._fold, source, target))
            if self._is_report_due(view):
                self._report = self._planner.report(view)
        return TURN_SECONDS if applied < EVENTS_PER_TURN else 0.0

    def _is_report_due(self, view: DirectionView) -> bool:
        last = self._report
        if last is None or (last.is_deciding, last.halt) != (view.is_live, view.halt):
            return True
        age = abs(view.now - last.made_at)
        return age >= REPORT_SECONDS + last.open_count // OPEN_PER_SECOND

    def _apply_batch(self, batch: Batch) -> None:
        if batch.dead_above is not None:
            self._rewind(batch.view, batch.dead_above)
        self._views[batch.view.chain_id] = batch.view
        self._chronicle.see(batch.view)
        if batch.is_history:
            self._apply_history(batch)
        else:
            for event in batch.events:
                if isinstance(event, RequestEvent):
                    self._apply(event)
        if batch.view.is_synced:
            # Only now: the range that a start reads first is history too.
            self._once_synced.add(batch.view.chain_id)

    def _forget(self, view: DirectionView) -> None:
        extension = view.terms.request_extension
        settled = self._fold.forget_settled(view.source, view.target, extension)
        self._planner.forget(settled)
        self._chronicle.forget(settled)
        self._forget_at = view.now + FORGET_SECONDS

    def _rewind(self, view: ChainView, above: BlockNumber) -> None:
        known = self._views.get(view.chain_id)
        changed = self._fold.rewind(view.chain_id, above)
        for request_id in changed:
            self._planner.reopen(request_id)
        self._logger.info(
            "Blocks were replaced",
            chain_id=view.chain_id,
            block_number=above + 1,
            depth=0 if known is None else known.head.number - above,
            requests=len(changed),
        )

    def _apply_history(self, batch: Batch) -> None:
        """A long past is told in few words: one line per batch."""
        for event in batch.events:
            if isinstance(event, RequestEvent) and (
                self._fold.apply(event) is not Outcome.PASSED_OVER
            ):
                self._planner.reopen(event.request_id)
                self._chronicle.note(event, is_news=False)
        self._logger.debug(
            "Older events were read",
            chain_id=batch.view.chain_id,
            block_number=batch.view.events_from,
            events=len(batch.events),
        )

    def _apply(self, event: RequestEvent) -> None:
        before = self._states(event)
        if self._fold.apply(event) is Outcome.PASSED_OVER:
            return
        self._planner.reopen(event.request_id)
        self._chronicle.note(event, is_news=event.chain_id in self._once_synced)
        for subject, state in self._states(event).items():
            if before.get(subject) != state:
                self._log_change(event, subject, before.get(subject), state)

    def _states(self, event: RequestEvent) -> dict[ClaimId | None, str]:
        """The state of the event's request, under None, and of each claim on it, by id."""
        request = self._fold.requests.get(event.request_id)
        states: dict[ClaimId | None, str] = {} if request is None else {None: request.state}
        for claim in self._fold.claims.of_request(event.request_id):
            states[claim.id] = claim.state
        return states

    def _log_change(
        self, event: RequestEvent, claim_id: ClaimId | None, previous: str | None, state: str
    ) -> None:
        """One line per change; at level debug while a start reads what has happened."""
        is_news = event.chain_id in self._once_synced
        log = self._logger.info if is_news else self._logger.debug
        ids = _ids(event)
        if claim_id is not None:
            log("Claim changed state", claim_id=claim_id, previous=previous, state=state, **ids)
        elif previous is None:
            log("Request created", state=state, **ids, **_facts(event))
        else:
            log("Request changed state", previous=previous, state=state, **ids)


def _ids(event: RequestEvent) -> dict[str, object]:
    ids: dict[str, object] = {
        "request_id": event.request_id,
        "block_number": event.block_number,
        "tx_hash": event.transaction_hash,
    }
    if isinstance(event, RequestFilled | ClaimMade | RequestResolved | FillInvalidatedResolved):
        ids["fill_id"] = event.fill_id
    return ids


def _facts(event: RequestEvent) -> dict[str, object]:
    if not isinstance(event, RequestCreated):
        return {}
    return {
        "nonce": event.nonce,
        "amount": event.amount,
        "target_token": event.target_token_address,
        "valid_until": event.valid_until,
    }
