"""RequestLog: what an operator is told of requests; each thing once.

What an operator could change or has lost is told; that others were faster, or that something is
still to come, is not.
"""

from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Figures, Reason
from beamer_agent.types import ClaimId, RequestId

LossCounter = Callable[[RequestId | ClaimId, Reason], None]
"""Counts what is lost, by its id, and why. Never waits."""
ReasonCounter = Callable[[Reason], None]
"""Counts something that has a reason. Never waits."""

UNFILLED: Final = (
    Reason.UNKNOWN_TOKEN_PAIR,
    Reason.ALLOWANCE_LIMIT,
    Reason.WRONG_REQUEST_ID,
    Reason.UNSAFE_FILL_TIME,
    Reason.INSUFFICIENT_TOKENS,
    Reason.INSUFFICIENT_NATIVE,
    Reason.CLAIM_ENDING,
    Reason.UNDEFENDABLE,
    Reason.GAME_RESERVE,
    Reason.UNFINAL_LIMIT,
    Reason.DENIED_RECIPIENT,
    Reason.REQUEST_LIMIT,
    Reason.UNPROFITABLE,
    Reason.UNPRICED,
    Reason.HOUR_LIMIT,
    Reason.OPEN_LIMIT,
    Reason.EXPOSURE_LIMIT,
    Reason.PAYOUTS_UNKNOWN,
    Reason.PAUSED,
    Reason.DRAINING,
)
"""Told: nobody has filled the request, and we do not."""
SUSPICIOUS: Final = (Reason.DENIED,)
"""Told as warnings: somebody has lied to us, or has not noticed a reorganisation."""
LOSSES: Final = (Reason.CLAIM_DEADLINE_PASSED, Reason.DEPOSIT_LOST, Reason.REQUEST_VANISHED)
"""Told as warnings: something of ours is lost."""


class RequestLog:
    """Tells of the requests of one direction. For one thread."""

    def __init__(
        self,
        logger: FilteringBoundLogger,
        count_loss: LossCounter,
        count_unfilled: ReasonCounter = lambda _reason: None,
    ) -> None:
        self._logger = logger
        self._count_loss = count_loss
        self._count_unfilled = count_unfilled
        self._told: dict[RequestId, set[Reason]] = {}

    def explain(self, request_id: RequestId, reason: Reason, figures: Figures = ()) -> None:
        """Why nothing is done about a request, or what is lost with it, and what that rests on."""
        told = self._told.setdefault(request_id, set())
        if reason in told:
            return
        told.add(reason)
        facts = {"request_id": request_id, "reason": reason.value, **dict(figures)}
        if reason in LOSSES:
            self._logger.warning("Lost a deposit", **facts)
            self._count_loss(request_id, reason)
        elif reason in SUSPICIOUS:
            self._logger.warning("Not acting on request", **facts)
        elif reason in UNFILLED:
            self._logger.info("Not acting on request", **facts)
            self._count_unfilled(reason)

    def forget(self, request_id: RequestId) -> None:
        """Nothing more will be told of it."""
        self._told.pop(request_id, None)
