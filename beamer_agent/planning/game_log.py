"""GameLog: what an operator is told of games; each thing once."""

from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.judgement import Verdict, judge_claim
from beamer_agent.actions.model import Reason
from beamer_agent.actions.proof import Proof, ProofProgress, Stage
from beamer_agent.actions.stakes import is_at_stake, own_stake
from beamer_agent.actions.view import DirectionView, KnownFill
from beamer_agent.planning.request_log import LossCounter
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.types import ClaimId, RequestId

LOSSES: Final = (Reason.CLAIM_LOST, Reason.OWN_CLAIM_FALSE, Reason.FILL_MOVED)
"""Logged as warnings: something of ours is lost."""
HINDRANCES: Final = (
    Reason.STAKE_LIMIT,
    Reason.STAKE_FUNDS,
    Reason.PROOF_TOO_LATE,
    Reason.ENDPOINTS_SPLIT,
)
"""Logged, as warnings when something of ours is at stake: we cannot bid as we should."""
SUSPICIOUS: Final = (Reason.CLAIM_UPHELD, Reason.FILL_DENIED)
"""Logged as warnings: somebody has lied to us, or has not noticed a reorganisation."""
TOLD: Final = (
    *LOSSES,
    *HINDRANCES,
    *SUSPICIOUS,
    Reason.L1_DECIDES,
    Reason.FILL_EXISTS,
    Reason.TWIN_MAY_PAY,
    Reason.PAUSED,
    Reason.DRAINING,
)
"""Logged, once per turn of the game: why nothing is done where one could expect it."""


class GameLog:
    """Tells of the games of one direction. For one thread."""

    def __init__(self, logger: FilteringBoundLogger, count_loss: LossCounter) -> None:
        self._logger = logger
        self._count_loss = count_loss
        self._told: dict[RequestId, set[tuple[ClaimId, object]]] = {}
        self._prices_told: dict[RequestId, set[tuple[str, Stage]]] = {}

    def judged(self, claim: Claim, request: Request, view: DirectionView) -> None:
        """What a claim is; a warning when another's is false."""
        judgement = judge_claim(claim, request, view)
        if not self._is_new(claim, judgement):
            return
        is_theft = judgement.verdict is Verdict.FALSE and claim.claimer != view.account
        log = self._logger.warning if is_theft else self._logger.debug
        log(
            "Judged a claim",
            claim_id=claim.id,
            request_id=request.id,
            verdict=judgement.verdict.name.lower(),
            reason=judgement.ground.value,
        )

    def skipped(self, claim: Claim, request: Request, view: DirectionView, reason: Reason) -> None:
        """Why nothing is done about a claim; once per turn of its game."""
        if reason in LOSSES:
            self._lost(claim, request, view, reason)
            return
        fact = (claim.claimer_stake, claim.challenger_stake_total, reason)
        if reason not in TOLD or not self._is_new(claim, fact):
            return
        is_loss = reason in HINDRANCES and is_at_stake(claim, request, view.account)
        log = self._logger.warning if is_loss or reason in SUSPICIOUS else self._logger.info
        log("Not bidding", claim_id=claim.id, request_id=claim.request_id, reason=reason.value)

    def _lost(self, claim: Claim, request: Request, view: DirectionView, reason: Reason) -> None:
        """What of ours is lost with a claim; once per reason."""
        fill, facts = request.fill, {}
        is_ours = fill is not None and fill.filler == claim.claimer == view.account
        if fill is not None and is_ours and fill.fill_id != claim.fill_id:
            reason = Reason.FILL_MOVED
            facts = {"fill_id": claim.fill_id, "new_fill_id": fill.fill_id}
        elif KnownFill(claim.request_id, claim.claimer, claim.fill_id) in view.missed_fills:
            return  # it may come back, or be made again
        if not self._is_new(claim, reason):
            return
        self._logger.warning(
            "Lost a claim",
            claim_id=claim.id,
            request_id=claim.request_id,
            reason=reason.value,
            stake=own_stake(claim, view.account),
            **facts,
        )
        self._count_loss(claim.id, reason)

    def not_worth_it(self, proof: Proof, progress: ProofProgress) -> None:
        """Stakes are about to be lost for a price; once per stage of the proof."""
        told = self._prices_told.setdefault(proof.request_id, set())
        fact = (proof.key, progress.stage)
        if fact in told:
            return
        told.add(fact)
        self._logger.warning(
            "Not carrying a proof",
            request_id=proof.request_id,
            fill_id=proof.fill_id,
            reason=Reason.NOT_WORTH_IT.value,
            cost=progress.cost,
            arithmetic=progress.arithmetic,
        )

    def forget(self, request_id: RequestId) -> None:
        """Nothing more will be told of its claims."""
        self._prices_told.pop(request_id, None)
        self._told.pop(request_id, None)

    def _is_new(self, claim: Claim, fact: object) -> bool:
        """Whether a fact about a claim was not told before."""
        told = self._told.setdefault(claim.request_id, set())
        is_new = (claim.id, fact) not in told
        told.add((claim.id, fact))
        return is_new
