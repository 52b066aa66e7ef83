"""Judging claims: honest, false, or not known yet, from the events of both chains.

When a claim whose fill is not there becomes known as false, on the source chain's clock:

    made            + fill wait time          termination - 2 margins     termination - margin
      |--- not known ------|------ false, to be proven -------|----- challenged anyway ----|
                           (whichever of the two comes first)

A fill that was there before a reorganisation is waited for in the same way, from then on.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from beamer_agent.actions.view import DirectionView, KnownFill
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.types import Timestamp


class Verdict(Enum):
    """What a claim is."""

    HONEST = auto()
    FALSE = auto()
    UNKNOWN = auto()


class Ground(StrEnum):
    """Why, in the words of the log."""

    L1_PROVED_FILL = "L1 proved this fill"
    L1_PROVED_OTHER = "L1 proved another fill"
    L1_PROVED_ABSENCE = "L1 proved that this fill is not there"
    FILL_SEEN = "this fill is on the target chain"
    OTHER_FILL_SEEN = "another fill is on the target chain"
    ABSENCE_PROVEN = "the target chain proved that this fill is not there"
    FILL_UNSEEN = "no fill is on the target chain"
    TARGET_UNREAD = "the target chain is not read from the request up to now"
    FILL_AWAITED = "the fill may still appear on the target chain"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its ground."""

    verdict: Verdict
    ground: Ground


def judge_claim(claim: Claim, request: Request, view: DirectionView) -> Judgement:
    """The first ground that applies decides; L1's word is above what we see ourselves."""
    return _proven(claim, request) or _seen(claim, request, view) or _unseen(claim, request, view)


def made_at(claim: Claim, view: DirectionView) -> Timestamp:
    """The source chain's time of the block in which a claim was made."""
    return Timestamp(claim.first_termination - view.terms.claim_period)


def _proven(claim: Claim, request: Request) -> Judgement | None:
    resolution = request.resolution
    if resolution is not None:
        if _is_by(claim, resolution.filler, resolution.fill_id):
            return Judgement(Verdict.HONEST, Ground.L1_PROVED_FILL)
        return Judgement(Verdict.FALSE, Ground.L1_PROVED_OTHER)
    if claim.fill_id in request.invalidated_fill_ids:
        return Judgement(Verdict.FALSE, Ground.L1_PROVED_ABSENCE)
    return None


def _seen(claim: Claim, request: Request, view: DirectionView) -> Judgement | None:
    fill, target = request.fill, view.target
    if fill is not None and _is_by(claim, fill.filler, fill.fill_id):
        return Judgement(Verdict.HONEST, Ground.FILL_SEEN)
    if not (target.is_reachable and target.is_synced):
        # Also for claims in our own name: anybody may have paid for them, to make us defend them.
        return Judgement(Verdict.UNKNOWN, Ground.TARGET_UNREAD)
    if _may_come_back(claim, view):
        return Judgement(Verdict.UNKNOWN, Ground.FILL_AWAITED)
    if fill is not None:
        return Judgement(Verdict.FALSE, Ground.OTHER_FILL_SEEN)
    if not view.target_covers(request.created):
        return Judgement(Verdict.UNKNOWN, Ground.TARGET_UNREAD)
    return None


def _may_come_back(claim: Claim, view: DirectionView) -> bool:
    """Whether another's fill has vanished just now, and there is still time to wait for it."""
    fill = KnownFill(claim.request_id, claim.claimer, claim.fill_id)
    is_in_time = view.latest_time < claim.termination - 2 * view.terms.answer_margin
    return claim.claimer != view.account and fill in view.missed_fills and is_in_time


def _unseen(claim: Claim, request: Request, view: DirectionView) -> Judgement:
    if claim.fill_id in request.invalidations:
        return Judgement(Verdict.FALSE, Ground.ABSENCE_PROVEN)
    # Of the first termination: bids move the later ones, and the claimer may bid against itself.
    waited_until = min(
        made_at(claim, view) + view.game.fill_wait_time,
        claim.first_termination - 2 * view.terms.answer_margin,
    )
    # Nor is a game waited for that has begun: its end does not move for a proof.
    if claim.challenger_stake_total == 0 and view.latest_time < waited_until:
        return Judgement(Verdict.UNKNOWN, Ground.FILL_AWAITED)
    return Judgement(Verdict.FALSE, Ground.FILL_UNSEEN)


def _is_by(claim: Claim, filler: str, fill_id: bytes) -> bool:
    return (claim.claimer, claim.fill_id) == (filler, fill_id)
