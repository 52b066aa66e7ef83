"""Misses: requests that nobody has filled, though we could have.

A request is missed when it came while this process ran, its time is over, nobody has filled it,
and what kept us from it last was not the operator's will, nor a danger, but some trouble of ours.
"""

from typing import Final

from beamer_agent.actions.model import Reason, Skip
from beamer_agent.actions.view import DirectionView
from beamer_agent.planning.tallies import Tallies
from beamer_agent.state.request import Request
from beamer_agent.types import BlockNumber, RequestId

TROUBLES: Final = frozenset(
    {
        Reason.CHAIN_UNREACHABLE,
        Reason.NOT_SYNCED,
        Reason.UNCONFIRMED,
        Reason.UNATTESTED,
        Reason.UNPRICED,
        Reason.PAYOUTS_UNKNOWN,
        Reason.FUNDS_UNKNOWN,
        Reason.INSUFFICIENT_TOKENS,
        Reason.INSUFFICIENT_NATIVE,
        Reason.GAME_RESERVE,
    }
)
"""What keeps us from a request that we would fill otherwise; other reasons are good ones."""
BLINDNESS: Final = frozenset({Reason.CHAIN_UNREACHABLE, Reason.NOT_SYNCED})
"""Says nothing of a request: a good reason against it, known before, holds."""
ENDS: Final = frozenset({Reason.UNSAFE_FILL_TIME, Reason.DEPOSIT_GONE})
"""It is too late."""
TRANSACTION: Final = "transaction"
"""As a trouble: the fill was decided, and no block has it."""


class Misses:
    """The misses of one direction. For one thread."""

    def __init__(self, tallies: Tallies) -> None:
        self._tallies = tallies
        self._began_at: BlockNumber | None = None
        """The source chain's head in the first turn: earlier requests are an earlier life's."""
        self._reasons: dict[RequestId, Reason | None] = {}
        """The last one of each request; None: our own transaction has not come about."""

    def begin(self, view: DirectionView) -> None:
        """A turn begins."""
        if self._began_at is None:
            self._began_at = view.source.head.number

    def want(self, request: Request) -> None:
        """A fill is on its way."""
        self._reasons[request.id] = None

    def hinder(self, request: Request, skip: Skip) -> None:
        """Nothing is done about a request, now or for good."""
        if request.fill is not None:
            self.forget(request.id)
        elif skip.reason not in ENDS:
            known = self._reasons.get(request.id)
            is_refused = known is not None and known not in TROUBLES
            if not (is_refused and skip.reason in BLINDNESS):
                self._reasons[request.id] = skip.reason
        elif skip.is_final:
            self._end(request)

    def forget(self, request_id: RequestId) -> None:
        """Somebody has filled it, or it needs nothing any more."""
        self._reasons.pop(request_id, None)

    def _end(self, request: Request) -> None:
        if request.id not in self._reasons or self._began_at is None:
            return
        reason = self._reasons.pop(request.id)
        if request.created.block_number <= self._began_at:
            return
        if reason is None:
            self._tallies.count_missed(TRANSACTION)
        elif reason in TROUBLES:
            self._tallies.count_missed(reason.name.lower())
