r"""Doubts: what endpoints, asked one by one, leave of the ground on which a claim is judged.

    judged by L1's word ------------------------------> act
    judged by what one endpoint has shown --asked--> UPHELD   act
                                              \----> UNKNOWN  not now
                                               \---> DENIED   not at all

In doubt nothing is bid, also when the claim is about to end: who can keep our endpoints from
agreeing must not be able to make us bid. The one exception is at `_about_fill`.
"""

from typing import Final

from beamer_agent.actions.game import is_ending
from beamer_agent.actions.judgement import Ground, judge_claim
from beamer_agent.actions.model import Reason, Skip
from beamer_agent.actions.testimony import Testimony, Witnesses
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import RequestFilled
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.types import BlockNumber

ABSENCE_STEP: Final = 32
"""Blocks for which the question about an absence stays the same while the chain moves on: each new
one has to be answered before anything can rest on it."""

_UNSEEN: Final = (Ground.FILL_AWAITED, Ground.FILL_UNSEEN)
"""The absence is to be proven, now or soon, whoever is ahead."""
_SHOWN: Final = (Ground.OTHER_FILL_SEEN, Ground.ABSENCE_PROVEN)
"""Nothing is done but bidding, when the claimer is ahead."""


class Doubts:
    """Asks a direction's witness about claims. For one thread."""

    def __init__(self, witness: Witnesses) -> None:
        self._witness = witness

    def about(self, claim: Claim, request: Request, view: DirectionView) -> Skip | None:
        """Why neither a bid nor a proof may rest on what a claim is judged by; None: they may.

        To be asked from a claim's first turn on: the answer is there when a rule wants to act.
        """
        if view.source.head.timestamp >= claim.termination:
            return None  # no rule acts any more
        ground = judge_claim(claim, request, view).ground
        if claim.claimer == view.account:
            is_outbid = ground is Ground.FILL_SEEN and not claim.is_claimer_ahead
            fill = request.fill if is_outbid else None
            return None if fill is None else self._about_fill(claim, fill, view)
        if ground in _UNSEEN or (ground in _SHOWN and claim.is_claimer_ahead):
            return self._about_falsehood(claim, request.fill, view)
        return None

    def _about_falsehood(
        self, claim: Claim, fill: RequestFilled | None, view: DirectionView
    ) -> Skip | None:
        until = view.target.events_until
        if fill is not None and fill.fill_id == claim.fill_id:
            # The fill is there, and another's: who made it may be a lie as well.
            testimony = self._witness.attests_fill(fill, 0)
        else:
            testimony = self._witness.attests_absence(
                claim.request_id, claim.fill_id, BlockNumber(until - until % ABSENCE_STEP)
            )
        if testimony is Testimony.DENIED:
            return Skip(Reason.CLAIM_UPHELD)
        return None if testimony is Testimony.UPHELD else _not_now(claim, view)

    def _about_fill(self, claim: Claim, fill: RequestFilled, view: DirectionView) -> Skip | None:
        testimony = self._witness.attests_fill(fill, 0)
        if testimony is Testimony.DENIED:
            return Skip(Reason.FILL_DENIED)
        # With nobody to ask, what was seen has to do: the deposit is paid out for, and lost
        # together with the stake, if the answer does not come in time (invariant I3).
        is_last_moment = is_ending(claim, view) and not view.target.is_reachable
        if testimony is Testimony.UPHELD or is_last_moment:
            return None
        return _not_now(claim, view)


def _not_now(claim: Claim, view: DirectionView) -> Skip:
    """What is about to be lost for want of an answer is told, what is asked just now is not."""
    return Skip(Reason.ENDPOINTS_SPLIT if is_ending(claim, view) else Reason.UNATTESTED)
