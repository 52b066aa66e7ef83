r"""Absences: fills that were there and are not any more, for as long as they may come back.

    seen --reorganisation--> missed --seen again--> seen
                                \--fill-wait-time--> as if it had never been there

The branch without them may lose in the end, or belong to one endpoint alone: whoever challenges
their claims at once challenges honest ones.
"""

from collections.abc import Iterable
from dataclasses import replace

from beamer_agent.actions.view import DirectionView, KnownFill
from beamer_agent.state.fold import Fold
from beamer_agent.state.request import Request
from beamer_agent.types import RequestId, Timestamp


class Absences:
    """Remembers the fills of one direction. For one thread."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._seen: dict[RequestId, KnownFill] = {}
        self._missed: dict[KnownFill, Timestamp] = {}
        """Since when."""

    def look(self, requests: Iterable[Request], view: DirectionView) -> None:
        """Compare the fills of requests with what was seen before."""
        for request in requests:
            self._compare(request, view.latest_time)
        waited = view.latest_time - view.game.fill_wait_time
        self._missed = {fill: since for fill, since in self._missed.items() if since > waited}
        self._seen = {
            i: f for i, f in self._seen.items() if self._fold.requests.get(i) is not None
        }

    def add_to(self, view: DirectionView) -> DirectionView:
        """The view, with what is missed."""
        return replace(view, missed_fills=frozenset(self._missed)) if self._missed else view

    def _compare(self, request: Request, now: Timestamp) -> None:
        before = self._seen.pop(request.id, None)
        known = None
        if request.fill is not None:
            known = KnownFill(request.id, request.fill.filler, request.fill.fill_id)
            self._seen[request.id] = known
            self._missed.pop(known, None)
        if before is not None and before != known:
            self._missed[before] = now
