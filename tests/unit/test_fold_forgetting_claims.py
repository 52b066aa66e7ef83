"""Fold: claims that nobody withdraws do not keep their requests for ever."""

import pytest

from beamer_agent.events.model import RequestEvent
from beamer_agent.types import ClaimId, Wei
from tests.factories import (
    ALICE,
    BOB,
    NOW,
    REQUEST_ID,
    STAKE,
    US,
    USER,
    make_claim_made,
    make_deposit_withdrawn,
    make_request_created,
    make_request_resolved,
)
from tests.forgetting import NOTHING, at, forget, told

pytestmark = pytest.mark.unit

CREATED = make_request_created()
THEIRS = make_claim_made(claimer=ALICE, claim_id=ClaimId(7), block_number=31)
REFUNDED = make_deposit_withdrawn(receiver=USER, block_number=61)
CLAIM_END = THEIRS.termination - NOW


@pytest.mark.parametrize(
    "bids",
    [
        (),
        (
            make_claim_made(
                claimer=ALICE,
                claim_id=ClaimId(7),
                block_number=32,
                last_challenger=BOB,
                challenger_stake_total=Wei(STAKE + 1),
            ),
        ),
    ],
)
def test_claim_of_others_that_nobody_withdraws_is_forgotten_after_its_end(
    bids: tuple[RequestEvent, ...],
) -> None:
    """An hour after it; nobody has a reason to withdraw one that was false and not challenged."""
    fold = told(CREATED, THEIRS, *bids, REFUNDED)
    assert forget(fold, at(CLAIM_END + 3_599)) == NOTHING
    assert forget(fold, at(CLAIM_END + 3_600)) == {REQUEST_ID}
    assert fold.kept == 0


@pytest.mark.parametrize(
    ("claim", "end"),
    [
        pytest.param(make_claim_made(), make_request_resolved(filler=ALICE), id="our claim"),
        pytest.param(
            make_claim_made(
                claimer=ALICE, last_challenger=US, challenger_stake_total=Wei(STAKE // 2)
            ),
            make_request_resolved(filler=ALICE),
            id="our challenge",
        ),
    ],
)
def test_what_we_have_lost_is_forgotten_after_a_month(
    claim: RequestEvent, end: RequestEvent
) -> None:
    """No proof is on its way any more that could turn it."""
    first = make_claim_made(claimer=ALICE, block_number=29)
    begun = () if claim == make_claim_made() else (first,)
    fold = told(CREATED, *begun, claim, end, REFUNDED)
    month = 30 * 86_400
    assert forget(fold, at(CLAIM_END + month - 1)) == NOTHING
    assert forget(fold, at(CLAIM_END + month)) == {REQUEST_ID}


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param((make_claim_made(),), id="our claim"),
        pytest.param(
            (
                make_claim_made(claimer=ALICE, block_number=29),
                make_claim_made(
                    claimer=ALICE, last_challenger=US, challenger_stake_total=Wei(2 * STAKE)
                ),
            ),
            id="our challenge",
        ),
    ],
)
def test_what_is_ours_to_be_had_is_never_forgotten(claim: tuple[RequestEvent, ...]) -> None:
    """However long it cannot be withdrawn."""
    fold = told(CREATED, *claim)
    assert forget(fold, at(10 * 365 * 86_400)) == NOTHING
