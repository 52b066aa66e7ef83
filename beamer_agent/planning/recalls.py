"""Recalls: what is undone when a reorganisation has taken the ground from it.

    request gone ---------------> its fill, while it is not mined; the deposit is lost otherwise
    fill gone, or another one ---> the claim that it was to prove, while it is not mined; one that
                                   is sent already, when the new blocks do not have the fill again

What comes back is decided on anew, as if it had just been seen. What a former generation of the
direction has sent is known from the senders.
"""

from collections.abc import Collection, Container, Iterable

from beamer_agent.actions.model import ClaimFill, FillRequest, Reason, fill_key
from beamer_agent.actions.view import CLOCK_DIFFERENCE, DirectionView
from beamer_agent.planning.request_log import RequestLog
from beamer_agent.state.fold import Fold
from beamer_agent.state.request import Request
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.types import RequestId


class Recalls:
    """Undoes fills and claims of one direction. For one thread."""

    def __init__(
        self, fold: Fold, source: TransactionSender, target: TransactionSender, log: RequestLog
    ) -> None:
        self._fold = fold
        self._source = source
        self._target = target
        self._log = log
        self._filled: set[RequestId] = set()
        """Requests that are known and have a fill of ours."""
        self._gone: dict[RequestId, bool] = {}
        """Requests that were filled by us, or were about to be; True: their fill was seen."""
        self._claims: dict[RequestId, dict[str, ClaimFill]] = {}
        """Claims of this life that may be on their way, by request and key."""
        self._former_fills = {
            action.request_id: action
            for action in target.underway()
            if isinstance(action, FillRequest) and action.source_chain_id == fold.direction.source
        }
        """Fills of a former generation, whose requests are still to be read."""
        self._former_claims = [a for a in source.underway() if isinstance(a, ClaimFill)]
        """The same with claims, be they of another direction."""

    def note_claim(self, action: ClaimFill) -> None:
        """A claim has been submitted."""
        self._claims.setdefault(action.request_id, {})[action.key] = action

    def is_undoing(self, request: Request) -> bool:
        """Whether a claim on the request is on its way that its fill does not prove."""
        claims = self._claims.get(request.id, {})
        return any(not _is_proven(action, request) for action in claims.values())

    def look(
        self,
        changed: Collection[RequestId],
        requests: Iterable[Request],
        asleep: Container[RequestId],
        view: DirectionView,
    ) -> None:
        """Undo what must not go on.

        Something has happened to the changed requests since the last look, perhaps their end.
        `requests` are all that are open and not asleep; nothing of the others is to be undone.
        """
        self._look_at_former(view)
        for request_id in changed:
            if self._fold.requests.get(request_id) is None and self._is_ours(request_id):
                self._gone[request_id] = request_id in self._filled
        for request_id in list(self._gone):
            self._recall_fill(request_id, view)
        for request_id in [i for i in self._claims if i not in asleep]:
            self._recall_claims(request_id, view)
        self._filled = {i for i in self._filled if self._fold.requests.get(i) is not None}
        self._filled.update(
            request.id
            for request in requests
            if request.fill is not None and request.fill.filler == view.account
        )

    def _look_at_former(self, view: DirectionView) -> None:
        for request_id, fill in list(self._former_fills.items()):
            is_known = self._fold.requests.get(request_id) is not None
            if not is_known and _would_be_known(fill, view):
                self._gone[request_id] = False
            if is_known or request_id in self._gone:
                del self._former_fills[request_id]
        for claim in list(self._former_claims):
            if self._fold.requests.get(claim.request_id) is not None:
                self.note_claim(claim)
                self._former_claims.remove(claim)

    def _is_ours(self, request_id: RequestId) -> bool:
        return request_id in self._filled or self._target.is_working_on(fill_key(request_id))

    def _recall_fill(self, request_id: RequestId, view: DirectionView) -> None:
        key = fill_key(request_id)
        if self._fold.requests.get(request_id) is not None:
            self._forget(request_id)
            return
        self._target.cancel(key)
        is_filled = self._gone[request_id] or self._target.done_at(key) is not None
        # The same transaction is often in one of the new blocks, which may not be read yet; after
        # a reorganisation that was too deep, the old ones are read again as well.
        is_read = view.source.is_synced and view.source.is_whole
        if is_filled and is_read:
            self._log.explain(request_id, Reason.REQUEST_VANISHED)
        if not self._target.is_working_on(key) and (is_read or not is_filled):
            self._forget(request_id)

    def _forget(self, request_id: RequestId) -> None:
        del self._gone[request_id]
        self._log.forget(request_id)

    def _recall_claims(self, request_id: RequestId, view: DirectionView) -> None:
        request, claims = self._fold.requests.get(request_id), self._claims[request_id]
        for action in list(claims.values()):
            if not _is_proven(action, request):
                # What has a nonce is paid for either way; most fills are in the new blocks too.
                undo = self._source.cancel if _is_read(request, view) else self._source.drop
                undo(action.key)
            if not self._source.is_working_on(action.key):
                del claims[action.key]
        if not claims:
            del self._claims[request_id]


def _would_be_known(fill: FillRequest, view: DirectionView) -> bool:
    """Whether its request, had it been made, has been read."""
    earliest = fill.deadline - view.terms.max_validity - CLOCK_DIFFERENCE
    source = view.source
    return source.is_synced and (source.is_whole or source.events_since <= earliest)


def _is_proven(action: ClaimFill, request: Request | None) -> bool:
    fill = None if request is None else request.fill
    return fill is not None and fill.fill_id == action.fill_id


def _is_read(request: Request | None, view: DirectionView) -> bool:
    """Whether a fill that is not known, or not that of the claim, is not just read again."""
    if request is None:
        return view.source.is_synced and view.source.is_whole
    return view.target.is_synced and (
        request.fill is not None or view.target_covers(request.created)
    )
