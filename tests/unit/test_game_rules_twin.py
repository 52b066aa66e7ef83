"""The game: our out-bid claim, beside another in our name that could take the deposit."""

import pytest

from beamer_agent.actions.game import GameView
from beamer_agent.actions.model import ChallengeClaim, Reason, Skip
from beamer_agent.state.claim import Claim
from beamer_agent.types import ClaimId, Wei
from tests.decisions import claims_of
from tests.factories import ALICE, BOB, OTHER_FILL_ID, STAKE, TERMINATION
from tests.made_games import (
    ENDING,
    bid_of,
    game_claim,
    make_game,
    make_progress,
    our_claim,
    our_request,
    plan,
    plan_beside,
)
from tests.made_views import make_direction_view

pytestmark = pytest.mark.unit

OUTBID = our_claim(STAKE, (ALICE, STAKE + 1))
TWIN = our_claim(id=ClaimId(9), fill_id=OTHER_FILL_ID)


DEAR = make_progress(cost=90 * STAKE)
"""L1's word costs more than it wins: only bids defend the claim."""
BESIDE_TWIN = make_game(progress=DEAR, has_twin=True)


def has_twin(other: Claim) -> bool:
    """What a bid for our claim knows of another on the request."""
    claims, view = claims_of(OUTBID, other), make_direction_view()
    return GameView.of(OUTBID, claims, view, DEAR, Wei(0), is_contradicted=False).has_twin


def test_counter_waits_while_a_twin_may_be_paid_first() -> None:
    """Then our true claim is invalid, and every bid for it is the challenger's."""
    again = our_claim(2 * STAKE + 1, (ALICE, STAKE + 1), (BOB, 6 * STAKE))
    for claim in (OUTBID, again):
        waiting = plan(claim, our_request(), BESIDE_TWIN, now=ENDING - 1)
        assert waiting == Skip(Reason.TWIN_MAY_PAY)


def test_counter_beside_a_twin_is_made_when_the_claim_is_ending() -> None:
    """Without it the claim is lost for certain."""
    assert bid_of(OUTBID, our_request(), BESIDE_TWIN, now=ENDING) == STAKE + 1


def test_claim_in_our_name_of_another_fill_is_a_twin() -> None:
    """While it is ahead: nobody has to bid for it."""
    assert has_twin(TWIN)
    assert has_twin(our_claim(3 * STAKE, (BOB, STAKE), id=ClaimId(9), fill_id=OTHER_FILL_ID))


@pytest.mark.parametrize(
    "other",
    [
        our_claim(STAKE, (BOB, STAKE), id=ClaimId(9), fill_id=OTHER_FILL_ID),
        our_claim(id=ClaimId(9), fill_id=OTHER_FILL_ID, state="withdrawn"),
        our_claim(id=ClaimId(9)),
        game_claim(id=ClaimId(9), fill_id=OTHER_FILL_ID),
    ],
)
def test_claim_that_cannot_take_the_deposit_from_ours_is_no_twin(other: Claim) -> None:
    """It is behind, settled, of the same fill, or of another: the counter comes at once."""
    assert not has_twin(other)
    action = plan_beside(OUTBID, other, request=our_request())
    assert isinstance(action, ChallengeClaim)
    assert action.bid == STAKE + 1


def outbid_by(stakes: int) -> Claim:
    """Our claim, for which the least counter is so many wei."""
    return our_claim(STAKE, (ALICE, stakes))


def test_first_counter_that_is_not_small_is_left_to_l1() -> None:
    """Whoever bids much pays for the proof: our bid would only be exposed."""
    assert bid_of(outbid_by(2 * STAKE), our_request()) == 2 * STAKE
    assert plan(outbid_by(3 * STAKE + 1), our_request()) == Skip(Reason.L1_DECIDES)


def test_first_counter_that_is_not_small_is_made_when_l1_does_not_help() -> None:
    """Because its word costs more than it wins, comes too late, or is not to be had."""
    large = 3 * STAKE + 1
    for progress in (
        make_progress(cost=large),
        make_progress(matures_at=TERMINATION, cost=0),
        make_progress(is_resolvable=False),
    ):
        assert bid_of(outbid_by(large), our_request(), make_game(progress=progress)) == large
