"""The rules of L1 resolution (`protocol.md` section 7.6): which proof, and whether to carry it."""

from collections.abc import Collection

from beamer_agent.actions.model import Reason, RelayMessage, Skip
from beamer_agent.actions.proof import Proof, ProofProgress, Stage
from beamer_agent.actions.stakes import (
    deposit_value,
    gain_of_proof,
    is_deposit_at_stake,
    payout,
    says_of,
)
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import FillInvalidated, RequestFilled
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import ClaimId, Wei


def proof_about(claim: Claim, request: Request) -> Proof | None:
    """The proof on the target chain that decides a claim first; None: there is none yet."""
    event = _first_evidence(claim, request)
    if event is None:
        return None
    return Proof(
        request_id=request.id,
        fill_id=event.fill_id,
        filler=event.filler if isinstance(event, RequestFilled) else None,
        source_chain_id=request.created.chain_id,
        fill_chain_id=request.created.target_chain_id,
        block_number=event.block_number,
        transaction_hash=event.transaction_hash,
    )


def _first_evidence(claim: Claim, request: Request) -> RequestFilled | FillInvalidated | None:
    fill, absence = request.fill, request.invalidations.get(claim.fill_id)
    if fill is None or absence is None or fill.fill_id == claim.fill_id:
        return fill if fill is not None else absence
    # Both speak against the claim. A late fill, by the claimer for one, must not begin the way
    # over L1 anew.
    is_fill_first = (fill.block_number, fill.log_index) < (absence.block_number, absence.log_index)
    return fill if is_fill_first else absence


def plan_resolution(
    proof: Proof,
    progress: ProofProgress | None,
    request: Request,
    claims: ClaimTracker,
    view: DirectionView,
    answered: Collection[ClaimId],
) -> RelayMessage | Skip:
    """Carry a proof over L1 when it wins more than it costs from here on.

    `answered` are the claims that a bid of ours, planned or on its way, is about to put right.
    """
    if progress is None:
        return Skip(Reason.PROOF_UNKNOWN)
    gain = max(
        gain_of_proof(proof, request, claims, view, answered),
        _gain_if_turned(proof, progress, request, claims, view),
    )
    if gain <= 0:
        return Skip(Reason.NOTHING_TO_WIN)
    if not progress.is_resolvable or progress.step is None:
        return Skip(Reason.STEP_AWAITED)
    if gain <= progress.cost:
        return Skip(Reason.NOT_WORTH_IT)
    return RelayMessage(proof.key, progress.step)


def _gain_if_turned(
    proof: Proof,
    progress: ProofProgress,
    request: Request,
    claims: ClaimTracker,
    view: DirectionView,
) -> Wei:
    """What is lost to a last bid of the other side, unless the proof begins to ripen now.

                     last moment to prove        termination   + extension
    ----- ahead ------------|-------------------------|-------------|
                            |------ ripening, and the rest of the way ---|
    """
    if progress.stage is not Stage.PROVABLE or progress.ripening == 0:
        return Wei(0)
    way = progress.ripening + progress.margin + view.terms.answer_margin
    gain = 0
    for claim in claims.of_request(request.id):
        is_valid = says_of(proof, claim)
        validity = claim_validity(claim, request, claims, view.source.head.timestamp)
        is_settled = claim.state == ClaimMachine.withdrawn.value
        is_open = validity is Validity.OPEN and not is_settled
        can_turn = is_open and claim.challenger_stake_total > 0
        last_moment = claim.termination + view.terms.challenge_extension - way
        if can_turn and is_valid is not None and view.latest_time >= last_moment:
            gain += payout(claim, view.account, is_valid=is_valid)
    is_ours = proof.filler == view.account and is_deposit_at_stake(request, view.account)
    return Wei(gain + deposit_value(request, view) if gain > 0 and is_ours else gain)
