"""Chronicle: what a direction's events amount to in figures: courses and ledger."""

from collections.abc import Collection

from beamer_agent.actions.depth import symbol_of
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import RequestCreated, RequestEvent
from beamer_agent.events.view import ChainView
from beamer_agent.planning.courses import Courses
from beamer_agent.planning.earnings import MONEY_EVENTS, earnings_in
from beamer_agent.planning.report import OTHER
from beamer_agent.planning.tallies import Tallies
from beamer_agent.state.fold import Fold
from beamer_agent.types import BlockNumber, RequestId


class Chronicle:
    """Takes down what happens in one direction. For one thread.

    Args:
        fold: has applied what it is told of.
    """

    def __init__(self, fold: Fold, tallies: Tallies) -> None:
        self._fold = fold
        self._ledger = tallies.ledger
        self._courses = Courses(fold.account, tallies)
        self._due: set[RequestId] = set()
        """Requests with which something may have been earned or lost."""

    def see(self, view: ChainView) -> None:
        """A chain has a newer head, before its events are applied."""
        self._courses.times(view.chain_id).see(view.head.number, view.head.timestamp)

    def note(self, event: RequestEvent, *, is_news: bool) -> None:
        """An event was applied; it is news when it is not read in retrospect."""
        if isinstance(event, (RequestCreated, *MONEY_EVENTS)):
            self._due.add(event.request_id)
        request = self._fold.requests.get(event.request_id) if is_news else None
        if request is not None:
            self._courses.note(event, request)

    def settle(self, view: DirectionView) -> None:
        """Book what is new, before anything is forgotten; all batches up to the view are in."""
        source = view.source
        counted_until = self._ledger.begin(source.events_until)
        for request_id in self._due:
            self._book(request_id, counted_until, view)
        self._due.clear()
        if source.is_synced and source.is_whole:
            # Before, what was withdrawn just now may belong to a request that is not read yet.
            self._ledger.close(min(source.final_until, source.events_until))

    def forget(self, request_ids: Collection[RequestId]) -> None:
        """The fold has forgotten these."""
        for request_id in request_ids:
            self._courses.forget(request_id)

    def _book(self, request_id: RequestId, after: BlockNumber, view: DirectionView) -> None:
        request = self._fold.requests.get(request_id)
        if request is None:
            return
        history = tuple(self._fold.history(request_id))
        if any(isinstance(e, MONEY_EVENTS) and e.block_number > after for e in history):
            symbol = symbol_of(request.created, view) or OTHER
            self._ledger.book(earnings_in(history, self._fold.account), symbol)
