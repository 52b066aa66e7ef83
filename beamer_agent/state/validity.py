"""Whether a claim is valid by now: the rules of `protocol.md` section 3, withdraw."""

from enum import Enum, auto

from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.types import Timestamp


class Validity(Enum):
    """What the contract would say of a claim."""

    OPEN = auto()
    """No rule applies yet: the claim has not terminated."""
    VALID = auto()
    INVALID = auto()


def claim_validity(
    claim: Claim, request: Request, claims: ClaimTracker, head_timestamp: Timestamp
) -> Validity:
    """The first rule that applies decides; `head_timestamp` is the source chain's."""
    if request.resolution is not None:
        proven = (request.resolution.filler, request.resolution.fill_id)
        return _said((claim.claimer, claim.fill_id) == proven)
    if claim.fill_id in request.invalidated_fill_ids:
        return Validity.INVALID
    if request.withdrawal is not None:
        return _said(_is_same_obligation(claim, request, claims))
    if head_timestamp < claim.termination:
        return Validity.OPEN
    return _said(claim.is_claimer_ahead)


def _is_same_obligation(claim: Claim, request: Request, claims: ClaimTracker) -> bool:
    claim_id = request.withdrawal.claim_id if request.withdrawal else None
    paid = None if claim_id is None else claims.get(claim_id)
    return paid is not None and (paid.claimer, paid.fill_id) == (claim.claimer, claim.fill_id)


def _said(is_valid: bool) -> Validity:
    return Validity.VALID if is_valid else Validity.INVALID
