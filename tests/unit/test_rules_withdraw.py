"""The rules of withdrawing: for each decision the smallest change that brings it about."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, Skip, WithdrawClaim
from beamer_agent.actions.rules import plan_claim_end
from beamer_agent.state.request import DepositWithdrawal
from beamer_agent.types import ClaimId
from tests.decisions import claims_of, decide_end, source_at
from tests.factories import (
    ALICE,
    CLAIM_ID,
    STAKE,
    TERMINATION,
    US,
    make_claim,
    make_fill_invalidated_resolved,
    make_request,
    make_request_filled,
    make_request_resolved,
)
from tests.made_views import make_direction_view

pytestmark = pytest.mark.unit


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
