"""Whether a request is settled: whatever may still happen to it, nothing of it can be ours."""

from typing import Final

from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import Address, Seconds, Timestamp

SETTLING_SECONDS: Final = 3_600
"""How long after its deadline a claim, or a bid, may turn up that was made in time.

Its block may not be confirmed yet, or replace another one after a reorganisation.
"""
LOSS_SECONDS: Final = 30 * 86_400
"""How long after its end a claim that we have lost may be turned yet, by a proof on its way over
L1. Nobody may ever withdraw it: without a challenger its stake goes to the contract's owner."""


def is_settled(
    request: Request,
    claims: ClaimTracker,
    now: Timestamp | None,
    request_extension: Seconds,
    account: Address,
) -> bool:
    """Whether a request needs nothing of us any more, by the rules of `protocol.md` section 3.

    `now` is the time of a final block of the source chain, None while none is known;
    `request_extension` is how long after `validUntil` it may be claimed.
    """
    of_request = claims.of_request(request.id)
    if not all(_is_over(claim, request, claims, now, account) for claim in of_request):
        return False
    deadline = request.created.valid_until + request_extension
    if request.withdrawal is not None:
        return True
    return now is not None and now >= deadline + SETTLING_SECONDS


def _is_over(
    claim: Claim,
    request: Request,
    claims: ClaimTracker,
    now: Timestamp | None,
    account: Address,
) -> bool:
    """Whether nothing can be bid on a claim, and nothing of it is ours to be had."""
    if claim.state == ClaimMachine.withdrawn.value:
        return True
    if now is None:
        return False
    is_claimer = claim.claimer == account
    if not is_claimer and account not in claim.challenger_stakes:
        # Its winner may leave it as it is for ever.
        return now >= claim.termination + SETTLING_SECONDS
    lost = Validity.INVALID if is_claimer else Validity.VALID
    is_lost = claim_validity(claim, request, claims, now) is lost
    return is_lost and now >= claim.termination + LOSS_SECONDS
