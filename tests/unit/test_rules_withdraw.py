"""The rules of withdrawing: for each decision the smallest change that brings it about."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, Skip, WithdrawClaim
from beamer_agent.actions.rules import plan_claim_end
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import DepositWithdrawal
from beamer_agent.types import ClaimId
from tests.decisions import CLAIM_DEADLINE, claims_of, decide_end, source_at
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    make_claim,
    make_fill_invalidated_resolved,
    make_request,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import game_claim, our_claim
from tests.made_views import make_chain_view, make_direction_view

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


OURS_AHEAD = game_claim(STAKE, (BOB, STAKE // 2), (US, STAKE))
OURS_BEHIND = game_claim(2 * STAKE, (US, STAKE + 1))
WITHDRAW = WithdrawClaim(make_request().id, CLAIM_ID)


@pytest.mark.parametrize("claim", [OURS_AHEAD, OURS_BEHIND])
def test_challenger_is_paid_what_l1_gave_it(claim: Claim) -> None:
    """At once, whoever is ahead: rules 1 and 2 of the contract."""
    for request in (
        make_request(resolution=make_request_resolved(filler=BOB)),
        make_request(resolution=make_request_resolved(filler=ALICE, fill_id=OTHER_FILL_ID)),
        make_request(invalidated_fill_ids={FILL_ID}),
    ):
        assert decide_end(claim, request) == WITHDRAW
    right = make_request(resolution=make_request_resolved(filler=ALICE))
    assert decide_end(claim, right) == Skip(Reason.CLAIM_LOST)


def test_challenger_is_paid_when_the_deposit_went_elsewhere() -> None:
    """Rule 3: through a claim of another, or for another fill, or back to the user."""
    paid = make_claim(id=ClaimId(9), claimer=BOB, state="withdrawn")
    other = make_claim(id=ClaimId(9), claimer=ALICE, fill_id=OTHER_FILL_ID, state="withdrawn")
    for claim_id, elsewhere in ((ClaimId(9), paid), (ClaimId(9), other), (None, paid)):
        request = make_request(withdrawal=DepositWithdrawal(BOB, claim_id))
        claims = claims_of(OURS_BEHIND, elsewhere)
        assert plan_claim_end(OURS_BEHIND, request, claims, make_direction_view()) == WITHDRAW
    twin = make_claim(id=ClaimId(9), claimer=ALICE, state="withdrawn")
    request = make_request(withdrawal=DepositWithdrawal(ALICE, ClaimId(9)))
    claims = claims_of(OURS_BEHIND, twin)
    lost = plan_claim_end(OURS_BEHIND, request, claims, make_direction_view())
    assert lost == Skip(Reason.CLAIM_LOST)


def test_challenger_is_paid_at_the_termination_when_it_is_ahead() -> None:
    """Rule 4: not before, and not when the claimer is."""
    late = {"source": source_at(TERMINATION)}
    assert decide_end(OURS_AHEAD) == Skip(Reason.NOT_TERMINATED)
    assert decide_end(OURS_AHEAD, **late) == WITHDRAW
    assert decide_end(OURS_BEHIND, **late) == Skip(Reason.CLAIM_LOST)


def test_each_challenger_takes_its_own_part() -> None:
    """Ours is still there after the others' went, and theirs is theirs after ours."""
    late = {"source": source_at(TERMINATION)}
    claim = game_claim(STAKE, (BOB, STAKE // 2), (US, STAKE))
    del claim.challenger_stakes[BOB]
    assert decide_end(claim, **late) == WITHDRAW
    claim = game_claim(STAKE, (BOB, STAKE // 2), (US, STAKE))
    del claim.challenger_stakes[US]
    assert decide_end(claim, **late) == Skip(Reason.NOT_OUR_CLAIM)


@pytest.mark.parametrize("fill", [None, make_request_filled(filler=ALICE)])
def test_deposit_of_a_request_that_we_did_not_fill_is_not_taken(fill: Any) -> None:
    """Anybody may pay for a claim in our name; its deposit belongs to another."""
    view: dict[str, Any] = {"source": source_at(TERMINATION)}
    request = make_request(fill=fill)
    assert decide_end(our_claim(), request, **view) == Skip(Reason.OWN_CLAIM_FALSE)
    resolved = make_request(resolution=make_request_resolved())
    assert decide_end(our_claim(), resolved, **view) == WITHDRAW
    view["target"] = make_chain_view(TARGET, is_synced=False)
    unknown = decide_end(our_claim(), make_request(), **view)
    assert unknown == Skip(Reason.CHAIN_UNREACHABLE)


def test_claim_of_ours_is_not_called_false_while_its_fill_may_not_be_read_yet() -> None:
    """The target chain's history is read backwards; what we did in an earlier life comes late."""
    target = make_chain_view(TARGET, events_since=NOW)
    view: dict[str, Any] = {"source": source_at(TERMINATION), "target": target}
    assert decide_end(our_claim(), make_request(), **view) == Skip(Reason.NOT_SYNCED)
    other = make_request(fill=make_request_filled(filler=ALICE))
    assert decide_end(our_claim(), other, **view) == Skip(Reason.OWN_CLAIM_FALSE)


def test_old_claim_of_a_fill_that_a_reorg_moved_is_withdrawn() -> None:
    """Its id is wrong, and the deposit is ours all the same: when no true claim can be hurt."""
    moved = make_request(fill=make_request_filled(fill_id=OTHER_FILL_ID))
    assert decide_end(our_claim(), moved, source=source_at(CLAIM_DEADLINE)) == WITHDRAW
    soon = decide_end(our_claim(), moved, source=source_at(TERMINATION))
    assert soon == Skip(Reason.OWN_CLAIM_FALSE)


TRUE_CLAIM = our_claim()
TWIN_ID = ClaimId(9)


def end_of_twin(*others: Claim, at: int = TERMINATION, **request: Any) -> Any:
    """What is decided of a claim in our name that does not fit our fill."""
    twin = our_claim(id=TWIN_ID, fill_id=OTHER_FILL_ID)
    filled = make_request(**({"fill": make_request_filled(), "state": "claimed"} | request))
    view = make_direction_view(source=source_at(at))
    return plan_claim_end(twin, filled, claims_of(twin, *others), view)


def test_twin_is_not_withdrawn_while_the_claim_that_fits_is_unsettled() -> None:
    """It would take the deposit, and with it all that was bid for the true claim."""
    outbid = our_claim(2 * STAKE, (ALICE, 3 * STAKE), termination=CLAIM_DEADLINE + 1)
    for true_claim in (TRUE_CLAIM, outbid):
        for at in (TERMINATION, CLAIM_DEADLINE):
            assert end_of_twin(true_claim, at=at) == Skip(Reason.OWN_CLAIM_FALSE)
    assert decide_end(TRUE_CLAIM, source=source_at(TERMINATION)) == WITHDRAW


def test_twin_is_not_withdrawn_while_the_fill_can_still_be_claimed() -> None:
    """The true claim is about to be made."""
    theirs = game_claim(id=ClaimId(8))
    for others in ((), (theirs,)):
        assert end_of_twin(*others, at=CLAIM_DEADLINE - 1) == Skip(Reason.OWN_CLAIM_FALSE)
        taken = WithdrawClaim(make_request().id, TWIN_ID)
        assert end_of_twin(*others, at=CLAIM_DEADLINE) == taken


def test_twin_is_withdrawn_when_the_claim_that_fits_was_lost() -> None:
    """Nothing can be hurt any more, and the deposit is ours."""
    lost = our_claim(STAKE, (ALICE, STAKE), state="withdrawn")
    assert end_of_twin(lost) == WithdrawClaim(make_request().id, TWIN_ID)


def test_word_of_l1_about_a_twin_stands_above_what_was_seen() -> None:
    """It is paid by it, or lost."""
    right = make_request_resolved(fill_id=OTHER_FILL_ID)
    paid = end_of_twin(TRUE_CLAIM, at=TERMINATION - 1, resolution=right)
    assert paid == WithdrawClaim(make_request().id, TWIN_ID)
    lost = end_of_twin(TRUE_CLAIM, at=TERMINATION - 1, resolution=make_request_resolved())
    assert lost == Skip(Reason.CLAIM_LOST)
