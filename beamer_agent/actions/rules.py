"""The rules: pure functions from state and view to an action, or to a reason for none.

When a request may be filled and when it may be claimed, on the source chain's clock:

    created        validUntil - unsafe fill time     validUntil   validUntil + claim extension
      |------ fill --------|------- too late to fill -----|                |
      |------ claim: the deposit waits for us ---------|-- claim, if it --|
                                                         is not refunded
"""

from eth_utils.crypto import keccak

from beamer_agent.actions.depth import (
    claim_deadline,
    refund_time,
    unconfirmed_fill,
    unconfirmed_request,
)
from beamer_agent.actions.halts import halted
from beamer_agent.actions.limits import beyond_limits
from beamer_agent.actions.model import (
    ClaimFill,
    Decision,
    FillRequest,
    Reason,
    Skip,
    WithdrawClaim,
)
from beamer_agent.actions.profit import unprofitable
from beamer_agent.actions.stakes import minimum_bid, own_stake, payout
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import RequestCreated
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import RequestId, Timestamp, Wei


def compute_request_id(created: RequestCreated) -> RequestId:
    """What the request's id must be (`protocol.md` section 2, abi.encodePacked)."""
    packed = (
        created.chain_id.to_bytes(32, "big")
        + created.target_chain_id.to_bytes(32, "big")
        + bytes.fromhex(created.target_token_address[2:])
        + bytes.fromhex(created.target_address[2:])
        + created.amount.to_bytes(32, "big")
        + created.nonce.to_bytes(12, "big")
    )
    return RequestId(keccak(packed))


def plan_request(request: Request, claims: ClaimTracker, view: DirectionView) -> Decision:
    """What to do about a request now: fill it, claim it, or nothing."""
    if request.withdrawal is not None:
        return Skip(_reason_of_withdrawal(request, view), is_final=True)
    if request.fill is None:
        return plan_fill(request, claims, view)
    return plan_claim(request, claims, view)


def plan_fill(request: Request, claims: ClaimTracker, view: DirectionView) -> Decision:
    """Fill a request that nobody has filled yet (`protocol.md` section 7.1).

    Once enough endpoints vouch for it: see `depth.doubt`.
    """
    created = request.created
    refusal = (
        _not_known_now(request, view)
        or _never_fill(created, view)
        or halted(view)
        or _perhaps_filled(request, claims, view)
        or unconfirmed_request(created, view)
        or _about_to_be_paid(request, claims, view)
        or _late_to_prove(request, claims, view)
        or _not_defendable(request, claims, view)
        or _not_affordable(created, view)
        or unprofitable(created, view)
    )
    if refusal is not None:
        return refusal
    allowance = view.policy.pairs.allowance(created.target_chain_id, created.target_token_address)
    return FillRequest(
        request_id=created.request_id,
        source_chain_id=created.chain_id,
        target_token=created.target_token_address,
        receiver=created.target_address,
        amount=created.amount,
        nonce=created.nonce,
        approval=allowance.approval(created.amount),
        known_until=view.target.events_until,
        deadline=Timestamp(created.valid_until - view.policy.unsafe_fill_time),
    )


def plan_stop(request: Request, claims: ClaimTracker, view: DirectionView) -> Skip | None:
    """Why a fill of ours must not be mined any more, though it is on its way; None: it may."""
    if request.withdrawal is not None:
        return Skip(Reason.DEPOSIT_GONE, is_final=True)
    return _unsafe(request.created, view) or _about_to_be_paid(request, claims, view)


def plan_claim(request: Request, claims: ClaimTracker, view: DirectionView) -> Decision:
    """Claim what we filled, once per fill id (`protocol.md` section 7.2).

    Once the target chain confirms the fill, or without it when there is no more time to wait.
    """
    fill = request.fill
    if fill is None or fill.filler != view.account:
        return Skip(Reason.FILLED_BY_OTHER)
    if any(_is_for(claim, fill.filler, fill.fill_id) for claim in claims.of_request(request.id)):
        return Skip(Reason.CLAIM_EXISTS)
    # The contract's word on time is its head's; when it says no, no clock of ours can help.
    if view.source.head.timestamp >= claim_deadline(request, view):
        return Skip(Reason.CLAIM_DEADLINE_PASSED)
    if not view.source.is_synced:
        return Skip(Reason.NOT_SYNCED)
    refusal = unconfirmed_fill(request, fill, view)
    if refusal is not None:
        return refusal
    return ClaimFill(
        request.id,
        fill.fill_id,
        view.terms.stake,
        view.source.events_until,
        refund_time(request),
    )


def plan_claim_end(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView
) -> Decision:
    """Withdraw our part of a claim as soon as a rule pays it (`protocol.md` section 7.3)."""
    if claim.state == ClaimMachine.withdrawn.value:
        return Skip(Reason.CLAIM_SETTLED, is_final=True)
    if own_stake(claim, view.account) == 0:
        return Skip(Reason.NOT_OUR_CLAIM)
    if not view.source.is_synced:
        return Skip(Reason.NOT_SYNCED)
    validity = claim_validity(claim, request, claims, view.source.head.timestamp)
    if validity is Validity.OPEN:
        return Skip(Reason.NOT_TERMINATED)
    return _plan_withdrawal(claim, request, claims, view, is_valid=validity is Validity.VALID)


def _plan_withdrawal(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView, *, is_valid: bool
) -> Decision:
    if claim.claimer == view.account and _is_not_ours_to_take(claim, request, claims, view):
        return Skip(_reason_to_leave(request, view))
    if payout(claim, view.account, is_valid=is_valid) == 0:
        return Skip(Reason.CLAIM_LOST)
    return WithdrawClaim(request.id, claim.id)


def _reason_to_leave(request: Request, view: DirectionView) -> Reason:
    if not view.is_live:
        return Reason.CHAIN_UNREACHABLE
    # The fill may stand in the part of the target chain's history that is not read yet.
    is_known = request.fill is not None or view.target_covers(request.created)
    return Reason.OWN_CLAIM_FALSE if is_known else Reason.NOT_SYNCED


def _is_not_ours_to_take(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView
) -> bool:
    """Whether a claim in our name, whoever has paid for it, must not take the deposit.

    That of a request we did not fill belongs to another. Of one that we filled, the claim that
    fits the fill would be lost with all that was bid for it (`protocol.md` section 3, rule 3).
    """
    fill = request.fill
    if request.resolution is not None:
        return False
    if fill is None or fill.filler != view.account:
        return True
    if _is_for(claim, fill.filler, fill.fill_id):
        return False
    fitting = [c for c in claims.of_request(request.id) if _is_for(c, fill.filler, fill.fill_id)]
    if not fitting:
        return view.source.head.timestamp < claim_deadline(request, view)
    return any(c.state != ClaimMachine.withdrawn.value for c in fitting)


def _reason_of_withdrawal(request: Request, view: DirectionView) -> Reason:
    is_ours = request.fill is not None and request.fill.filler == view.account
    is_paid = request.withdrawal is not None and request.withdrawal.receiver == view.account
    return Reason.DEPOSIT_LOST if is_ours and not is_paid else Reason.DEPOSIT_GONE


def _not_known_now(request: Request, view: DirectionView) -> Skip | None:
    if not (view.source.is_reachable and view.target.is_reachable):
        return Skip(Reason.CHAIN_UNREACHABLE)
    if not (view.source.is_synced and view.target.is_synced):
        return Skip(Reason.NOT_SYNCED)
    # L1's word may be here before the fill. A claim in our name says nothing: anybody may make it.
    if request.resolution is not None:
        return Skip(Reason.FILL_UNSEEN)
    return None


def _perhaps_filled(request: Request, claims: ClaimTracker, view: DirectionView) -> Skip | None:
    """Whether a claim says so, and the blocks that could have the fill are not all read yet."""
    is_claimed = bool(claims.of_request(request.id))
    is_unread = is_claimed and not view.target_covers(request.created)
    return Skip(Reason.NOT_SYNCED) if is_unread else None


def _unsafe(created: RequestCreated, view: DirectionView) -> Skip | None:
    limit = created.valid_until - view.policy.unsafe_fill_time
    if view.latest_time < limit:
        return None
    # One head may tell any time; on its word alone nothing is given up for good.
    return Skip(Reason.UNSAFE_FILL_TIME, is_final=view.now >= limit)


def _never_fill(created: RequestCreated, view: DirectionView) -> Skip | None:
    pairs, token = view.policy.pairs, created.target_token_address
    if not view.policy.is_filling:
        return Skip(Reason.WATCH_ONLY, is_final=True)
    if not pairs.is_pair(
        created.chain_id, created.source_token_address, created.target_chain_id, token
    ):
        return Skip(Reason.UNKNOWN_TOKEN_PAIR, is_final=True)
    if not pairs.allowance(created.target_chain_id, token).permits(created.amount):
        return Skip(Reason.ALLOWANCE_LIMIT, is_final=True)
    if created.request_id != compute_request_id(created):
        return Skip(Reason.WRONG_REQUEST_ID, is_final=True)
    return beyond_limits(created, view) or _unsafe(created, view)


def _about_to_be_paid(request: Request, claims: ClaimTracker, view: DirectionView) -> Skip | None:
    """Whether a claim on the unfilled request could take the deposit before we answer it."""
    answered_in = 2 * view.terms.answer_margin
    for claim in claims.of_request(request.id):
        if claim.claimer == view.account:
            continue  # whoever made it, it can only pay us
        validity = claim_validity(claim, request, claims, view.source.head.timestamp)
        is_ending = view.latest_time >= claim.termination - answered_in
        is_lost = validity is Validity.OPEN and claim.is_claimer_ahead and is_ending
        if validity is Validity.VALID or is_lost:
            return Skip(Reason.CLAIM_ENDING)
    return None


def _late_to_prove(request: Request, claims: ClaimTracker, view: DirectionView) -> Skip | None:
    """Whether the proof of a fill made now would come too late against a claim.

    Only the first challenge gives it the time it needs; unless the absence of the claim's own fill
    is on its way since then.
    """
    is_late = any(
        claim.claimer != view.account
        and claim.challenger_stake_total > 0
        and claim.fill_id not in request.invalidations
        and claim_validity(claim, request, claims, view.source.head.timestamp) is Validity.OPEN
        for claim in claims.of_request(request.id)
    )
    return Skip(Reason.CLAIM_ENDING) if is_late else None


def _not_defendable(request: Request, claims: ClaimTracker, view: DirectionView) -> Skip | None:
    """Whether the claims that stand on a request, and one more, are beyond the stake limits."""
    bids = [Wei(view.terms.stake + 1)]
    for claim in claims.of_request(request.id):
        if claim.claimer != view.account and claim.is_claimer_ahead:
            bids.append(minimum_bid(claim, view.terms))
    room = view.game.max_total_stake - view.staked_in_games
    if max(bids) > view.game.max_claim_stake or sum(bids) > room:
        return Skip(Reason.UNDEFENDABLE)
    return None


def _not_affordable(created: RequestCreated, view: DirectionView) -> Skip | None:
    source, target = view.source_funds, view.target_funds
    if source is None or target is None:
        return Skip(Reason.FUNDS_UNKNOWN)
    enough_native = source.native_balance >= view.policy.min_source_balance
    if not enough_native or source.native_free < view.terms.stake:
        return Skip(Reason.INSUFFICIENT_NATIVE)
    if target.tokens_free.get(created.target_token_address, 0) < created.amount:
        return Skip(Reason.INSUFFICIENT_TOKENS)
    if view.base_funds is not None and view.base_funds.native_free < 0:
        return Skip(Reason.GAME_RESERVE)
    return None


def _is_for(claim: Claim, claimer: str, fill_id: bytes) -> bool:
    return (claim.claimer, claim.fill_id) == (claimer, fill_id)
