"""The rules: for each decision the smallest change of state or view that brings it about."""

from typing import Any

import pytest
from eth_abi.packed import encode_packed
from eth_utils.crypto import keccak

from beamer_agent.actions.model import (
    ClaimFill,
    Decision,
    FillRequest,
    Reason,
    Skip,
    WithdrawClaim,
)
from beamer_agent.actions.rules import compute_request_id, plan_claim_end, plan_request, plan_stop
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.types import BlockNumber, ClaimId, RequestId, Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    CLAIM_ID,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    RECEIVER,
    SOURCE,
    SOURCE_TOKEN,
    STAKE,
    TARGET,
    TARGET_TOKEN,
    TERMINATION,
    US,
    VALID_UNTIL,
    make_address,
    make_block,
    make_claim,
    make_fill_invalidated_resolved,
    make_request,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_views import (
    make_chain_view,
    make_direction_view,
    make_fill_policy,
    make_funds,
    make_token_pairs,
)

pytestmark = pytest.mark.unit

UNSAFE_FROM = VALID_UNTIL - 600
"""With the default policy's unsafe fill time."""
CLAIM_DEADLINE = VALID_UNTIL + 86_400


def claims_of(*claims: Claim) -> ClaimTracker:
    """A tracker with these claims."""
    tracker = ClaimTracker()
    for claim in claims:
        tracker.add(claim)
    return tracker


def decide(request: Request, *claims: Claim, **view: Any) -> Decision:
    """What `plan_request` says with a view whose fields can be changed."""
    return plan_request(request, claims_of(*claims), make_direction_view(**view))


def decide_end(claim: Claim, request: Request | None = None, **view: Any) -> Decision:
    """What `plan_claim_end` says of a claim on a filled request."""
    request = request or make_request(fill=make_request_filled(), state="claimed")
    return plan_claim_end(claim, request, claims_of(claim), make_direction_view(**view))


def source_at(timestamp: int, **changes: Any) -> Any:
    """The source chain with a head of this time."""
    return make_chain_view(SOURCE, head=make_block(timestamp=timestamp), **changes)


def test_request_id_is_the_packed_hash_of_what_is_asked() -> None:
    """As `abi.encodePacked` of the contract, nonce in 12 bytes."""
    created = make_request_created(nonce=2**90 + 7, amount=2**130)
    packed = encode_packed(
        ["uint256", "uint256", "address", "address", "uint256", "uint96"],
        [SOURCE, TARGET, TARGET_TOKEN, RECEIVER, 2**130, 2**90 + 7],
    )
    assert compute_request_id(created) == keccak(packed)


def test_pending_request_is_filled() -> None:
    """With everything in order, the action repeats what was asked."""
    created = make_request_created(nonce=5)
    assert decide(make_request(nonce=5)) == FillRequest(
        request_id=created.request_id,
        source_chain_id=SOURCE,
        target_token=TARGET_TOKEN,
        receiver=RECEIVER,
        amount=AMOUNT,
        nonce=5,
        approval=AMOUNT,
    )


@pytest.mark.parametrize(("allowance", "approval"), [(None, AMOUNT), (-1, 2**256 - 1)])
def test_approval_follows_the_configured_allowance(allowance: int | None, approval: int) -> None:
    """Exactly the amount, or without limit."""
    policy = make_fill_policy(pairs=make_token_pairs(allowance))
    action = decide(make_request(), policy=policy)
    assert isinstance(action, FillRequest)
    assert action.approval == approval


@pytest.mark.parametrize(
    ("created", "reason"),
    [
        ({"request_id": RequestId(bytes(32))}, Reason.WRONG_REQUEST_ID),
        ({"source_token_address": make_address(99)}, Reason.UNKNOWN_TOKEN_PAIR),
        ({"target_token_address": make_address(99)}, Reason.UNKNOWN_TOKEN_PAIR),
        ({"target_token_address": SOURCE_TOKEN}, Reason.UNKNOWN_TOKEN_PAIR),
    ],
)
def test_request_that_does_not_fit_is_never_filled(
    created: dict[str, Any], reason: Reason
) -> None:
    """A wrong id or a token that is none of the pair will not become right."""
    assert decide(make_request(**created)) == Skip(reason, is_final=True)


@pytest.mark.parametrize(("amount", "is_filled"), [(AMOUNT, True), (AMOUNT + 1, False)])
def test_amount_above_the_allowance_is_never_filled(amount: int, is_filled: bool) -> None:
    """A configured allowance is the most that one fill may take."""
    policy = make_fill_policy(pairs=make_token_pairs(AMOUNT))
    decision = decide(make_request(amount=amount), policy=policy)
    assert isinstance(decision, FillRequest) is is_filled
    assert is_filled or decision == Skip(Reason.ALLOWANCE_LIMIT, is_final=True)


@pytest.mark.parametrize("clock", ["wall", "source"])
@pytest.mark.parametrize(("seconds", "is_safe"), [(-1, True), (0, False)])
def test_unsafe_fill_time_begins_with_the_later_clock(
    clock: str, seconds: int, is_safe: bool
) -> None:
    """From `validUntil` - unsafe fill time on, by wall clock or by the source chain's head."""
    time = UNSAFE_FROM + seconds
    view = {"now": time} if clock == "wall" else {"source": source_at(time)}
    decision = decide(make_request(), **view)
    assert isinstance(decision, FillRequest) is is_safe
    assert is_safe or decision == Skip(Reason.UNSAFE_FILL_TIME, is_final=True)


@pytest.mark.parametrize("chain", ["source", "target"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [("is_reachable", Reason.CHAIN_UNREACHABLE), ("is_synced", Reason.NOT_SYNCED)],
)
def test_nothing_is_filled_on_a_stale_view(chain: str, change: str, reason: Reason) -> None:
    """Either chain may hold what forbids the fill."""
    chain_id = SOURCE if chain == "source" else TARGET
    view = {chain: make_chain_view(chain_id, **{change: False})}
    assert decide(make_request(), **view) == Skip(reason)


def test_nothing_is_final_before_both_chains_are_read() -> None:
    """An old request may have been filled by us; its fill is only not read yet."""
    view = {"now": VALID_UNTIL, "target": make_chain_view(TARGET, is_synced=False)}
    assert decide(make_request(), **view) == Skip(Reason.NOT_SYNCED)


@pytest.mark.parametrize("state", ["claimed", "l1_resolved"])
def test_request_with_an_unseen_fill_is_not_filled(state: str) -> None:
    """What is claimed by us or proven by L1 was filled, whatever the target chain shows."""
    assert decide(make_request(state=state)) == Skip(Reason.FILL_UNSEEN)


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        ({"source_funds": None}, Reason.FUNDS_UNKNOWN),
        ({"target_funds": None}, Reason.FUNDS_UNKNOWN),
        ({"source_funds": make_funds(native_free=STAKE - 1)}, Reason.INSUFFICIENT_NATIVE),
        ({"source_funds": make_funds(native_balance=10**17 - 1)}, Reason.INSUFFICIENT_NATIVE),
        (
            {"target_funds": make_funds(tokens_free={TARGET_TOKEN: AMOUNT - 1})},
            Reason.INSUFFICIENT_TOKENS,
        ),
        ({"target_funds": make_funds(tokens_free={})}, Reason.INSUFFICIENT_TOKENS),
    ],
)
def test_what_cannot_be_paid_is_not_filled_now(view: dict[str, Any], reason: Reason) -> None:
    """Free tokens for the fill, free native currency for the stake, and the reserve."""
    assert decide(make_request(), **view) == Skip(reason)


def test_the_last_token_and_the_last_stake_suffice() -> None:
    """The bounds themselves are allowed."""
    source = make_funds(native_free=STAKE, native_balance=Wei(10**17))
    target = make_funds(tokens_free={TARGET_TOKEN: AMOUNT})
    view = {"source_funds": source, "target_funds": target}
    assert isinstance(decide(make_request(), **view), FillRequest)


def test_request_without_a_deposit_is_not_filled() -> None:
    """Nobody would pay for it."""
    request = make_request(withdrawal=DepositWithdrawal(ALICE, None), state="withdrawn")
    assert decide(request) == Skip(Reason.DEPOSIT_GONE, is_final=True)


@pytest.mark.parametrize(
    ("filler", "receiver", "reason"),
    [
        (US, US, Reason.DEPOSIT_GONE),
        (US, ALICE, Reason.DEPOSIT_LOST),
        (ALICE, ALICE, Reason.DEPOSIT_GONE),
    ],
)
def test_deposit_that_went_to_another_is_lost(filler: Any, receiver: Any, reason: Reason) -> None:
    """But only where we had filled."""
    request = make_request(
        fill=make_request_filled(filler=filler),
        withdrawal=DepositWithdrawal(receiver, CLAIM_ID),
        state="withdrawn",
    )
    assert decide(request) == Skip(reason, is_final=True)


@pytest.mark.parametrize("field", ["now", "source"])
def test_fill_on_its_way_is_stopped_in_the_unsafe_time(field: str) -> None:
    """By the later clock, and not a second before."""
    request = make_request(state="filled")

    def view(time: int) -> Any:
        change = {"now": time} if field == "now" else {"source": source_at(time, is_synced=False)}
        return make_direction_view(**change)

    assert plan_stop(request, view(UNSAFE_FROM - 1)) is None
    assert plan_stop(request, view(UNSAFE_FROM)) == Skip(Reason.UNSAFE_FILL_TIME, is_final=True)


def test_fill_on_its_way_is_stopped_when_the_deposit_is_gone() -> None:
    """Whoever took it, it cannot pay us any more."""
    request = make_request(withdrawal=DepositWithdrawal(ALICE, CLAIM_ID), state="withdrawn")
    stop = plan_stop(request, make_direction_view())
    assert stop == Skip(Reason.DEPOSIT_GONE, is_final=True)


def test_our_fill_is_claimed_with_its_own_id() -> None:
    """And says up to which block claims were considered."""
    request = make_request(fill=make_request_filled(), state="filled")
    source = make_chain_view(SOURCE, events_until=77)
    assert decide(request, source=source) == ClaimFill(request.id, FILL_ID, STAKE, BlockNumber(77))


def test_fill_of_another_is_not_claimed() -> None:
    """A claim on it would be false."""
    request = make_request(fill=make_request_filled(filler=ALICE), state="filled")
    assert decide(request) == Skip(Reason.FILLED_BY_OTHER)


def test_fill_is_claimed_once() -> None:
    """The contract would take a second claim, and its stake."""
    request = make_request(fill=make_request_filled(), state="filled")
    assert decide(request, make_claim()) == Skip(Reason.CLAIM_EXISTS)


@pytest.mark.parametrize("changes", [{"claimer": ALICE}, {"fill_id": OTHER_FILL_ID}])
def test_claims_of_others_and_of_other_fills_do_not_count(changes: dict[str, Any]) -> None:
    """A rival's claim, or ours of a fill that a reorg has moved, does not pay for this fill."""
    request = make_request(fill=make_request_filled(), state="filled")
    assert isinstance(decide(request, make_claim(**changes)), ClaimFill)


@pytest.mark.parametrize(("seconds", "is_claimed"), [(-1, True), (0, False)])
def test_claim_deadline_is_the_source_chains(seconds: int, is_claimed: bool) -> None:
    """Its head's time counts, no clock of ours: while it says yes, we claim."""
    request = make_request(fill=make_request_filled(), state="filled")
    source, now = source_at(CLAIM_DEADLINE + seconds), CLAIM_DEADLINE + 10**6
    decision = decide(request, source=source, now=now)
    assert isinstance(decision, ClaimFill) is is_claimed
    assert is_claimed or decision == Skip(Reason.CLAIM_DEADLINE_PASSED)


def test_nothing_is_claimed_before_the_source_chain_is_read() -> None:
    """Our claim may stand in the part that is not read yet."""
    request = make_request(fill=make_request_filled(), state="filled")
    source = make_chain_view(SOURCE, is_synced=False)
    assert decide(request, source=source) == Skip(Reason.NOT_SYNCED)


def test_claiming_does_not_wait_for_the_target_chain() -> None:
    """What was filled is known; nothing on the target chain changes that."""
    request = make_request(fill=make_request_filled(), state="filled")
    target = make_chain_view(TARGET, is_synced=False, is_reachable=False)
    view = {"target": target, "source_funds": None, "target_funds": None, "now": VALID_UNTIL}
    assert isinstance(decide(request, **view), ClaimFill)


@pytest.mark.parametrize(("seconds", "is_withdrawn"), [(-1, False), (0, True)])
def test_claim_is_withdrawn_at_its_termination(seconds: int, is_withdrawn: bool) -> None:
    """By the source chain's head alone."""
    source = source_at(TERMINATION + seconds)
    decision = decide_end(make_claim(), source=source, now=TERMINATION + 10**6)
    wanted = WithdrawClaim(make_request().id, CLAIM_ID)
    assert decision == (wanted if is_withdrawn else Skip(Reason.NOT_TERMINATED))


def test_claim_is_withdrawn_as_soon_as_l1_says_so() -> None:
    """Long before its termination."""
    request = make_request(fill=make_request_filled(), resolution=make_request_resolved())
    assert isinstance(decide_end(make_claim(), request), WithdrawClaim)


def test_claim_is_withdrawn_when_the_deposit_went_through_its_twin() -> None:
    """A second claim of the same fill is worth its stake at once."""
    twin = make_claim(id=ClaimId(9), state="withdrawn")
    claim = make_claim()
    request = make_request(
        fill=make_request_filled(), withdrawal=DepositWithdrawal(US, ClaimId(9))
    )
    claims, view = claims_of(claim, twin), make_direction_view()
    assert plan_claim_end(claim, request, claims, view) == WithdrawClaim(request.id, CLAIM_ID)


@pytest.mark.parametrize(
    "lose",
    [
        {"invalidated_fill_ids": {make_fill_invalidated_resolved().fill_id}},
        {"resolution": make_request_resolved(filler=ALICE)},
        {"withdrawal": DepositWithdrawal(ALICE, None)},
    ],
)
def test_lost_claim_is_left_alone(lose: dict[str, Any]) -> None:
    """There is nothing in it for us."""
    request = make_request(fill=make_request_filled(), **lose)
    assert decide_end(make_claim(), request) == Skip(Reason.CLAIM_LOST)


def test_claim_that_was_outbid_is_lost_at_its_termination() -> None:
    """The challengers were ahead."""
    claim = make_claim(challenger_stake_total=STAKE)
    assert decide_end(claim, source=source_at(TERMINATION)) == Skip(Reason.CLAIM_LOST)


def test_claim_of_another_is_not_withdrawn() -> None:
    """Its claimer does that."""
    claim = make_claim(claimer=ALICE)
    assert decide_end(claim, source=source_at(TERMINATION)) == Skip(Reason.NOT_OUR_CLAIM)


def test_claim_that_is_paid_out_is_over() -> None:
    """Nothing follows."""
    claim = make_claim(state="withdrawn")
    decision = decide_end(claim, source=source_at(TERMINATION))
    assert decision == Skip(Reason.CLAIM_SETTLED, is_final=True)


def test_nothing_is_withdrawn_before_the_source_chain_is_read() -> None:
    """The withdrawal, or a bid, may stand in the part that is not read yet."""
    source = source_at(TERMINATION, is_synced=False)
    assert decide_end(make_claim(), source=source) == Skip(Reason.NOT_SYNCED)


def test_latest_time_is_the_later_clock() -> None:
    """Of wall clock and the source chain's head."""
    assert make_direction_view(now=NOW + 5).latest_time == NOW + 5
    assert make_direction_view(source=source_at(NOW + 9)).latest_time == NOW + 9
