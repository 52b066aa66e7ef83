"""A processor of `DIRECTION` with its inbox, and a planner that only looks."""

import threading
from collections.abc import Iterable
from typing import Any, cast

from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import Event
from beamer_agent.inbox import Inbox
from beamer_agent.periods.desk import RemainderDesk
from beamer_agent.planning.chronicle import Chronicle
from beamer_agent.planning.ledger import Ledger
from beamer_agent.planning.obligations import report_on
from beamer_agent.planning.planner import Planner
from beamer_agent.planning.report import DirectionReport
from beamer_agent.processor import EventProcessor
from beamer_agent.state.fold import Fold
from beamer_agent.types import RequestId
from tests.doubles import RecordingLogger
from tests.factories import DIRECTION, NOW, SOURCE, TARGET, US
from tests.made_views import make_batch, make_direction_view
from tests.tallying import RecordingTallies


class RecordingPlanner:
    """Remembers what it was asked to decide on."""

    def __init__(self, fold: Fold) -> None:
        self.reopened: list[RequestId] = []
        self.forgotten: list[RequestId] = []
        self.views: list[DirectionView] = []
        self.known: list[set[RequestId]] = []
        """The requests there were, turn by turn."""
        self._fold = fold

    def reopen(self, request_id: RequestId) -> None:
        """Something has happened to a request."""
        self.reopened.append(request_id)

    def forget(self, request_ids: Iterable[RequestId]) -> None:
        """They are settled."""
        self.forgotten.extend(request_ids)

    def turn(self, view: DirectionView) -> None:
        """Decide."""
        self.views.append(view)
        self.known.append({request.id for request in self._fold.requests})

    def report(self, view: DirectionView) -> DirectionReport:
        """Of all that is known."""
        return report_on(self._fold.requests, self._fold.claims, view, lambda _: False)


class Office:
    """A processor with its inbox.

    Args:
        ledger: of the one that it replaces.
    """

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.fold = Fold(DIRECTION, US)
        self.planner = RecordingPlanner(self.fold)
        self.log = RecordingLogger()
        self.tallies = RecordingTallies(ledger)
        self.now = NOW
        self.wake = threading.Event()
        self.inbox = Inbox(self.wake)
        self.desk = RemainderDesk(self.wake, threading.Event())
        self.processor = EventProcessor(
            DIRECTION,
            self.fold,
            self.inbox,
            cast("Planner", self.planner),
            lambda source, target: make_direction_view(source=source, target=target, now=self.now),
            self.log.logger,
            self.desk,
            Chronicle(self.fold, self.tallies),
        )

    def deliver(self, *events: Event, **changes: Any) -> None:
        """Leave a batch of one chain."""
        self.inbox.deliver(make_batch(*events, **changes))

    def step(self, *events: Event, **changes: Any) -> None:
        """Deliver a batch of one chain and let it be taken."""
        self.deliver(*events, **changes)
        self.processor.step()

    def meet_both_chains(self) -> None:
        """Both chains are read."""
        self.step(chain_id=SOURCE)
        self.step(chain_id=TARGET)
