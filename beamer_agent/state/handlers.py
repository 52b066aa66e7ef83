"""What each event does to requests and claims: one function per event, the table at the foot.

A handler checks that its transition is legal before it changes anything, so that an event that
cannot be applied yet leaves no trace.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.events.model import (
    ClaimMade,
    ClaimStakeWithdrawn,
    DepositWithdrawn,
    FillInvalidated,
    FillInvalidatedResolved,
    RequestCreated,
    RequestEvent,
    RequestFilled,
    RequestResolved,
)
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.machine import IllegalTransitionError
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.state.trackers import ClaimTracker, RequestTracker
from beamer_agent.types import Address, ClaimId, Wei


@dataclass(frozen=True, slots=True)
class HandlerContext:
    """What handlers work on."""

    account: Address
    """The agent's own account."""
    requests: RequestTracker
    claims: ClaimTracker


def handle_request_created(event: RequestCreated, context: HandlerContext) -> None:
    """A request begins."""
    context.requests.add(Request(event))


def handle_request_filled(event: RequestFilled, context: HandlerContext) -> None:
    """Somebody paid the request out; after a reorg, again with another fill id."""
    request = _request(event, context)
    request.advance("fill")
    request.fill = event


def handle_fill_invalidated(event: FillInvalidated, context: HandlerContext) -> None:
    """The target chain said that a fill is not there, and will never be.

    Anybody may have it said again; the first message matures first.
    """
    _request(event, context).invalidations.setdefault(event.fill_id, event)


def handle_deposit_withdrawn(event: DepositWithdrawn, context: HandlerContext) -> None:
    """The deposit went through a claim, whose stakes moved just before, or back to its sender."""
    request = _request(event, context)
    request.advance("withdraw")
    claim_id = _paying_claim(event, request, context)
    request.withdrawal = DepositWithdrawal(event.receiver, claim_id)


def handle_claim_made(event: ClaimMade, context: HandlerContext) -> None:
    """A claim begins, or somebody bids in its game."""
    request = _request(event, context)
    claim = _known_claim(event, context)
    if claim is None:
        _start_claim(event, request, context)
    else:
        _bid(event, claim)


def handle_claim_stake_withdrawn(event: ClaimStakeWithdrawn, context: HandlerContext) -> None:
    """A participant took its part; the claim ends with the last part."""
    request, claim = _request(event, context), _claim(event, context)
    others = {a: s for a, s in claim.challenger_stakes.items() if a != event.stake_recipient}
    is_over = event.stake_recipient not in claim.challenger_stakes or not others
    if is_over:
        claim.advance("withdraw")
    claim.challenger_stakes = {} if is_over else others
    request.last_stake_withdrawal = event


def handle_request_resolved(event: RequestResolved, context: HandlerContext) -> None:
    """L1 said who filled the request; its word heals an earlier invalidation of that fill."""
    request = _request(event, context)
    request.advance("l1_resolve")
    request.resolution = event
    request.invalidated_fill_ids.discard(event.fill_id)
    for claim in context.claims.of_request(request.id):
        _apply_proofs(claim, request)


def handle_fill_invalidated_resolved(
    event: FillInvalidatedResolved, context: HandlerContext
) -> None:
    """L1 said that a fill never happened."""
    request = _request(event, context)
    request.invalidated_fill_ids.add(event.fill_id)
    for claim in context.claims.of_request(request.id):
        _apply_proofs(claim, request)


def _paying_claim(
    event: DepositWithdrawn, request: Request, context: HandlerContext
) -> ClaimId | None:
    stake = request.last_stake_withdrawal
    if stake is None or stake.transaction_hash != event.transaction_hash:
        return None
    # One transaction may also pay a lost claim's challenger and then refund an expired request;
    # only a claim that pays the deposit pays both to its claimer.
    claim = context.claims.get(stake.claim_id)
    is_paid = claim is not None and claim.claimer == stake.stake_recipient == event.receiver
    return stake.claim_id if is_paid else None


def _start_claim(event: ClaimMade, request: Request, context: HandlerContext) -> None:
    claim = Claim.from_event(event)
    if event.claimer == context.account:
        request.advance("claim")
        claim.advance("start_challenge")
    _apply_proofs(claim, request)
    context.claims.add(claim)


def _bid(event: ClaimMade, claim: Claim) -> None:
    was_claimer_ahead = claim.is_claimer_ahead
    if was_claimer_ahead != (event.claimer_stake > event.challenger_stake_total):
        claim.advance("challenge")
    if was_claimer_ahead:
        # A single challenger's stake is nowhere to be read: it is the difference of totals.
        bid = event.challenger_stake_total - claim.challenger_stake_total
        challenger = event.last_challenger
        claim.challenger_stakes[challenger] = Wei(claim.challenger_stakes.get(challenger, 0) + bid)
    claim.claimer_stake = event.claimer_stake
    claim.last_challenger = event.last_challenger
    claim.challenger_stake_total = event.challenger_stake_total
    claim.termination = event.termination


def _apply_proofs(claim: Claim, request: Request) -> None:
    resolution = request.resolution
    if resolution is not None:
        is_right = (claim.claimer, claim.fill_id) == (resolution.filler, resolution.fill_id)
        claim.advance("l1_confirm" if is_right else "resolution")
    elif claim.fill_id in request.invalidated_fill_ids:
        claim.advance("l1_invalidate")


def _request(event: RequestEvent, context: HandlerContext) -> Request:
    request = context.requests.get(event.request_id)
    if request is None:
        raise IllegalTransitionError("unknown request", type(event).__name__)
    return request


def _known_claim(event: ClaimMade | ClaimStakeWithdrawn, context: HandlerContext) -> Claim | None:
    claim = context.claims.get(event.claim_id)
    if claim is not None and claim.request_id != event.request_id:
        # Requests never touch each other: after a reorganisation each is folded again by itself.
        raise IllegalTransitionError("claim of another request", type(event).__name__)
    return claim


def _claim(event: ClaimStakeWithdrawn, context: HandlerContext) -> Claim:
    claim = _known_claim(event, context)
    if claim is None or claim.state == ClaimMachine.withdrawn.value:
        raise IllegalTransitionError("unknown or settled claim", type(event).__name__)
    return claim


Handler = Callable[[Any, HandlerContext], None]

HANDLERS: Final[Mapping[type[RequestEvent], Handler]] = {
    RequestCreated: handle_request_created,
    RequestFilled: handle_request_filled,
    FillInvalidated: handle_fill_invalidated,
    DepositWithdrawn: handle_deposit_withdrawn,
    ClaimMade: handle_claim_made,
    ClaimStakeWithdrawn: handle_claim_stake_withdrawn,
    RequestResolved: handle_request_resolved,
    FillInvalidatedResolved: handle_fill_invalidated_resolved,
}
"""Every event that changes a request or a claim."""
