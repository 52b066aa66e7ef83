"""The game: false claims with one claimer and fill id, of which none may be left (`stakes`)."""

from typing import Any

import pytest

from beamer_agent.actions.model import ChallengeClaim, Reason, Skip
from beamer_agent.state.claim import Claim
from beamer_agent.types import ClaimId, Wei
from tests.factories import (
    ALICE,
    BOB,
    FILL_ID,
    OTHER_FILL_ID,
    STAKE,
    US,
    make_fill_invalidated,
    make_request,
)
from tests.made_games import game_claim, our_request, plan_beside
from tests.made_views import make_game_policy

pytestmark = pytest.mark.unit

BID = STAKE + 1
"""The least against a claim that nobody has challenged."""
LIMIT = Skip(Reason.STAKE_LIMIT)
STRANGERS = make_request(
    invalidations={i: make_fill_invalidated(fill_id=i) for i in (FILL_ID, OTHER_FILL_ID)}
)


def siblings(count: int) -> list[Claim]:
    """False claims of one claimer with one fill id, unchallenged."""
    return [game_claim(id=ClaimId(10 + number)) for number in range(count)]


def bids(claims: list[Claim], **more: Any) -> list[int | None]:
    """What each of them is answered with, as if no other had been; None: `STAKE_LIMIT`."""
    plans = []
    for claim in claims:
        others = [other for other in claims if other is not claim]
        plans.append(plan_beside(claim, *others, **({"request": STRANGERS} | more)))
    assert all(isinstance(plan, ChallengeClaim) or plan == LIMIT for plan in plans), plans
    return [plan.bid if isinstance(plan, ChallengeClaim) else None for plan in plans]


def limits(claim: int = 10**20, total: int = 10**20) -> Any:
    """Both limits, far away unless given."""
    return make_game_policy(max_claim_stake=Wei(claim), max_total_stake=Wei(total))


def test_all_siblings_are_answered_or_none() -> None:
    """Whichever is left takes the deposit, and makes the others valid with all our bids."""
    game = limits(claim=3 * BID)
    assert bids(siblings(3), game=game) == [BID] * 3
    assert bids(siblings(4), game=game) == [None] * 4


def test_siblings_share_the_half_that_games_of_others_may_have() -> None:
    """What is staked elsewhere counts, too."""
    game = limits(total=2 * 4 * BID)
    assert bids(siblings(4), game=game) == [BID] * 4
    assert bids(siblings(5), game=game) == [None] * 5
    assert bids(siblings(3), game=game, staked=BID) == [BID] * 3
    assert bids(siblings(3), game=game, staked=BID + 1) == [None] * 3


def test_siblings_share_the_room_of_one_claim() -> None:
    """Where no deposit of ours is behind them, what is staked in one is gone for the others."""
    claim, answered = game_claim(), game_claim(STAKE, (US, BID), id=ClaimId(9))
    for limit, decision in ((2 * BID, BID), (2 * BID - 1, None)):
        planned = plan_beside(
            claim, answered, request=STRANGERS, staked=BID, game=limits(claim=limit)
        )
        assert planned == LIMIT if decision is None else isinstance(planned, ChallengeClaim)


def test_each_sibling_has_the_room_of_a_claim_where_a_deposit_of_ours_is_behind() -> None:
    """It is worth the limits, all of them, but not more than those of all games."""
    game = limits(claim=BID, total=4 * BID)
    assert bids(siblings(4), request=our_request(), game=game) == [BID] * 4
    assert bids(siblings(5), request=our_request(), game=game) == [None] * 5
    answered = game_claim(STAKE, (US, BID), id=ClaimId(9))
    planned = plan_beside(game_claim(), answered, request=our_request(), staked=3 * BID, game=game)
    assert isinstance(planned, ChallengeClaim)


def test_whole_limit_is_there_for_a_claim_beside_one_with_a_stake_of_ours() -> None:
    """That stake is lost with it."""
    game = limits(total=2 * BID)
    ours, others = (game_claim(STAKE, (who, BID), id=ClaimId(9)) for who in (US, BOB))
    planned = plan_beside(game_claim(), ours, request=STRANGERS, staked=BID, game=game)
    assert isinstance(planned, ChallengeClaim)
    left = plan_beside(game_claim(), others, request=STRANGERS, staked=BID, game=game)
    assert left == LIMIT


def test_game_beside_one_with_a_stake_of_ours_is_not_left_to_others() -> None:
    """Also when others have challenged it, and long before its end."""
    claim = game_claim(2 * STAKE + 1, (BOB, BID))
    ours, others = (game_claim(STAKE, (who, BID), id=ClaimId(9)) for who in (US, BOB))
    planned = plan_beside(claim, ours, request=STRANGERS)
    assert isinstance(planned, ChallengeClaim)
    assert plan_beside(claim, others, request=STRANGERS) == Skip(Reason.LEFT_TO_OTHERS)


@pytest.mark.parametrize(
    "other",
    [
        game_claim(id=ClaimId(9), claimer=BOB),
        game_claim(id=ClaimId(9), fill_id=OTHER_FILL_ID),
        game_claim(id=ClaimId(9), state="withdrawn"),
        game_claim(STAKE, (BOB, BID), id=ClaimId(9)),
    ],
)
def test_claim_that_needs_no_answer_with_this_one_keeps_nothing_free(other: Claim) -> None:
    """Of another claimer, of another fill, settled, or out-bid by now."""
    game = limits(claim=BID)
    planned = plan_beside(game_claim(), other, request=STRANGERS, game=game)
    assert isinstance(planned, ChallengeClaim)
    twice = plan_beside(game_claim(), *siblings(1), request=STRANGERS, game=game)
    assert twice == LIMIT


def test_stake_in_a_claim_of_another_name_does_not_make_a_game_ours() -> None:
    """Nothing of it hangs on this one."""
    claim = game_claim(2 * STAKE + 1, (BOB, BID))
    for changes in ({"claimer": ALICE, "fill_id": OTHER_FILL_ID}, {"claimer": BOB}):
        elsewhere = game_claim(STAKE, (US, BID), id=ClaimId(9), **changes)
        planned = plan_beside(claim, elsewhere, request=STRANGERS)
        assert planned == Skip(Reason.LEFT_TO_OTHERS)
