"""The rules of filling: for each decision the smallest change that brings it about."""

from typing import Any

import pytest
from eth_abi.packed import encode_packed
from eth_utils.crypto import keccak

from beamer_agent.actions.model import ClaimFill, FillRequest, Reason, Skip
from beamer_agent.actions.rules import compute_request_id
from beamer_agent.state.request import DepositWithdrawal
from beamer_agent.types import ClaimId, RequestId, Timestamp, Wei
from tests.decisions import UNSAFE_FROM, decide, source_at
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
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
    VALID_UNTIL,
    make_address,
    make_claim,
    make_fill_invalidated,
    make_request,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import game_claim
from tests.made_views import (
    TERMS,
    make_chain_view,
    make_fill_policy,
    make_funds,
    make_token_pairs,
)

pytestmark = pytest.mark.unit


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
        known_until=make_chain_view(TARGET).events_until,
        deadline=Timestamp(UNSAFE_FROM),
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
    """From `validUntil` - unsafe fill time on; for good by the wall clock only.

    The source chain's head may be a mistake of one endpoint.
    """
    time = UNSAFE_FROM + seconds
    view = {"now": time} if clock == "wall" else {"source": source_at(time)}
    decision = decide(make_request(), **view)
    assert isinstance(decision, FillRequest) is is_safe
    assert is_safe or decision == Skip(Reason.UNSAFE_FILL_TIME, is_final=clock == "wall")


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


def test_request_with_an_unseen_fill_is_not_filled() -> None:
    """What L1 has proven was filled, whatever the target chain shows."""
    proven = make_request(state="l1_resolved", resolution=make_request_resolved())
    assert decide(proven) == Skip(Reason.FILL_UNSEEN)


@pytest.mark.parametrize("challengers", [0, 10 * STAKE])
def test_claim_in_our_name_does_not_keep_us_from_filling(challengers: int) -> None:
    """Anybody may pay for one; it can only pay us, and a fill is never made twice."""
    claim = make_claim(challenger_stake_total=Wei(challengers))
    assert isinstance(decide(make_request(state="claimed"), claim), FillRequest)


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


def test_direction_that_is_only_watched_fills_nothing() -> None:
    """For good; what it has filled before is claimed all the same."""
    policy = make_fill_policy(is_filling=False)
    assert decide(make_request(), policy=policy) == Skip(Reason.WATCH_ONLY, is_final=True)
    filled = make_request(fill=make_request_filled(), state="filled")
    assert isinstance(decide(filled, policy=policy), ClaimFill)


def test_fill_waits_while_l1_cannot_pay_for_the_open_games() -> None:
    """Each new fill may become one."""
    short = make_funds(native_free=Wei(-1))
    assert decide(make_request(), base_funds=short) == Skip(Reason.GAME_RESERVE)
    for funds in (make_funds(native_free=Wei(0)), None):
        assert isinstance(decide(make_request(), base_funds=funds), FillRequest)


@pytest.mark.parametrize(("seconds", "is_filled"), [(-1, True), (0, False)])
def test_request_whose_deposit_a_claim_could_take_first_is_not_filled(
    seconds: int, is_filled: bool
) -> None:
    """Two margins are kept: one for the fill, one for the challenge after it."""
    time = TERMINATION - 2 * TERMS.answer_margin + seconds
    request = make_request(valid_until=TERMINATION + 3_600)
    for view in ({"now": time}, {"source": source_at(time)}):
        decision = decide(request, game_claim(), **view)
        assert isinstance(decision, FillRequest) is is_filled
        assert is_filled or decision == Skip(Reason.CLAIM_ENDING)


def test_request_whose_claim_has_ended_is_filled_only_when_it_was_lost() -> None:
    """A valid one takes the deposit at any time."""
    view = {"source": source_at(TERMINATION)}
    request = make_request(valid_until=TERMINATION + 3_600)
    assert decide(request, game_claim(), **view) == Skip(Reason.CLAIM_ENDING)
    lost = game_claim(STAKE, (BOB, STAKE + 1))
    assert isinstance(decide(request, lost, **view), FillRequest)


@pytest.mark.parametrize("claimer_stake", [STAKE, 3 * STAKE])
def test_request_whose_claim_was_challenged_needs_a_proof_on_its_way(claimer_stake: int) -> None:
    """The claimer may have spent the long extension, which our fill's proof would need."""
    claim = game_claim(claimer_stake, (BOB, STAKE + 1))
    assert decide(make_request(), claim) == Skip(Reason.CLAIM_ENDING)
    for fill_id, is_filled in ((FILL_ID, True), (OTHER_FILL_ID, False)):
        known = make_request(invalidations={fill_id: make_fill_invalidated(fill_id=fill_id)})
        assert isinstance(decide(known, claim), FillRequest) is is_filled


def test_fresh_claim_of_another_does_not_keep_us_from_filling() -> None:
    """It is false, and is challenged after our fill; every claim is looked at."""
    assert isinstance(decide(make_request(), game_claim()), FillRequest)
    ending = game_claim(id=ClaimId(9), termination=NOW + 60)
    assert decide(make_request(), game_claim(), ending) == Skip(Reason.CLAIM_ENDING)
