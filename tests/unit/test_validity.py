"""claim_validity: the first of the four rules of `protocol.md`, withdraw, that applies."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.state.claim import Claim
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import Address, ClaimId, Timestamp
from tests.factories import (
    ALICE,
    CLAIM_ID,
    FILL_ID,
    OTHER_FILL_ID,
    STAKE,
    TERMINATION,
    US,
    USER,
    make_claim,
    make_request,
    make_request_resolved,
)

pytestmark = pytest.mark.unit

BEFORE = Timestamp(TERMINATION - 1)
OUT_BID = {"challenger_stake_total": STAKE}


def judged(request: Request, claim: Claim, *others: Claim, time: Timestamp = BEFORE) -> Validity:
    """What is said of a claim among others."""
    claims = ClaimTracker()
    for each in (claim, *others):
        claims.add(each)
    return claim_validity(claim, request, claims, time)


@pytest.mark.parametrize(
    ("time", "changes", "expected"),
    [
        (BEFORE, {}, Validity.OPEN),
        (BEFORE, OUT_BID, Validity.OPEN),
        (TERMINATION, {}, Validity.VALID),
        (TERMINATION, OUT_BID, Validity.INVALID),
    ],
)
def test_without_proof_or_withdrawal_the_game_decides_at_its_end(
    time: Timestamp, changes: dict[str, Any], expected: Validity
) -> None:
    """Rule 4: from the very second of termination on; a draw is the challengers'."""
    assert judged(make_request(), make_claim(**changes), time=time) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Validity.VALID),
        (OUT_BID, Validity.VALID),
        ({"claimer": ALICE}, Validity.INVALID),
        ({"fill_id": OTHER_FILL_ID}, Validity.INVALID),
    ],
)
def test_a_resolution_decides_before_all_else(changes: dict[str, Any], expected: Validity) -> None:
    """Rule 1: filler and fill id, whatever the game, an invalidation or a withdrawal say."""
    request = make_request(
        resolution=make_request_resolved(),
        invalidated_fill_ids={FILL_ID},
        withdrawal=DepositWithdrawal(USER, None),
    )
    for time in (BEFORE, TERMINATION):
        assert judged(request, make_claim(**changes), time=time) is expected


def test_an_invalidated_fill_makes_its_claims_invalid() -> None:
    """Rule 2: also a claim through which the deposit went; claims of other fills stay open."""
    request = make_request(
        invalidated_fill_ids={FILL_ID}, withdrawal=DepositWithdrawal(US, CLAIM_ID)
    )
    assert judged(request, make_claim(), time=TERMINATION) is Validity.INVALID
    assert (
        judged(make_request(invalidated_fill_ids={OTHER_FILL_ID}), make_claim()) is Validity.OPEN
    )


@pytest.mark.parametrize(
    ("claimer", "fill_id", "expected"),
    [
        (US, FILL_ID, Validity.VALID),
        (ALICE, FILL_ID, Validity.INVALID),
        (US, OTHER_FILL_ID, Validity.INVALID),
    ],
)
def test_a_deposit_that_went_through_a_claim_decides_of_the_others(
    claimer: Address, fill_id: Any, expected: Validity
) -> None:
    """Rule 3: those with the same claimer and fill id win, at once."""
    request = make_request(withdrawal=DepositWithdrawal(US, CLAIM_ID))
    claim = replace(make_claim(**OUT_BID), id=ClaimId(9), claimer=claimer, fill_id=fill_id)
    assert judged(request, claim, make_claim()) is expected


def test_a_deposit_that_went_back_to_its_sender_makes_every_claim_invalid() -> None:
    """Rule 3: expiry; so does a claim that is not known."""
    for claim_id in (None, ClaimId(77)):
        request = make_request(withdrawal=DepositWithdrawal(USER, claim_id))
        assert judged(request, make_claim(), time=TERMINATION) is Validity.INVALID
