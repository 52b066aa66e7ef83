"""Quiet requests: those about which, for a time, no rule can say anything but what it has said.

    filled by another, all claims on it honest          until something happens to it
    filled by us, claimed, nobody bids against it       until its claim terminates

Only what is common and plain is counted among them: whatever else is open is decided on anew on
every turn.
"""

from collections.abc import Collection
from typing import Final

from beamer_agent.actions.judgement import Verdict, judge_claim
from beamer_agent.actions.stakes import own_stake
from beamer_agent.actions.view import DirectionView
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.types import Timestamp

FOREVER: Final = Timestamp(2**256)
"""No time of a chain changes anything."""


def quiet_until(
    request: Request, claims: Collection[Claim], view: DirectionView
) -> Timestamp | None:
    """Up to which time of the source chain deciding on a request again is pointless.

    `claims` are all of the request, which has been decided on with this view. An event of the
    request, or a reorganisation that touches it, ends the quiet at any time. None: there is none.
    """
    fill = request.fill
    if fill is None or request.withdrawal is not None or _has_proof(request):
        return None
    standing = [claim for claim in claims if claim.state != ClaimMachine.withdrawn.value]
    if any(judge_claim(claim, request, view).verdict is not Verdict.HONEST for claim in standing):
        return None
    if fill.filler == view.account:
        return _until_paid(standing)
    return FOREVER if all(_is_left_alone(claim, view) for claim in standing) else None


def _has_proof(request: Request) -> bool:
    return request.resolution is not None or bool(request.invalidated_fill_ids)


def _until_paid(claims: Collection[Claim]) -> Timestamp | None:
    """When the first of our claims can be withdrawn; None while one has been bid against."""
    is_disputed = any(claim.challenger_stake_total > 0 for claim in claims)
    return None if is_disputed else min((claim.termination for claim in claims), default=None)


def _is_left_alone(claim: Claim, view: DirectionView) -> bool:
    """Whether an honest claim of another was named so, and nothing in it is ours."""
    return claim.state != ClaimMachine.started.value and own_stake(claim, view.account) == 0
