"""What a proof wins, when it arrives, and what must be kept back for a game until then."""

from itertools import product
from typing import Any

import pytest

from beamer_agent.actions.game import next_bid
from beamer_agent.actions.proof import Proof
from beamer_agent.actions.stakes import (
    arrival,
    deposit_value,
    gain_of_proof,
    reserve_for,
    worst_case,
)
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.types import ClaimId, Wei
from tests.decisions import claims_of, source_at
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
    CLAIM_ID,
    NOW,
    OTHER_FILL_ID,
    SOURCE_TOKEN,
    STAKE,
    TERMINATION,
    US,
    make_request,
)
from tests.made_games import (
    game_claim,
    make_game,
    make_progress,
    make_proof,
    our_claim,
    our_request,
)
from tests.made_views import make_direction_view, make_game_policy

pytestmark = pytest.mark.unit

ABSENCE = make_proof(filler=None)
PRICE = {SOURCE_TOKEN: 4 * 10**18}
"""Four tokens are worth one ether."""
VALUE = (AMOUNT + AMOUNT // 100) // 4
"""Of the deposit with its fee, at that price."""
THIEF = ClaimId(9)


def gain(
    proof: Proof,
    request: Request,
    *claims: Claim,
    answered: tuple[ClaimId, ...] = (),
    **view: Any,
) -> int:
    """With a price for the deposit."""
    view = {"eth_in_token": PRICE} | view
    return gain_of_proof(proof, request, claims_of(*claims), make_direction_view(**view), answered)


def test_deposit_is_worth_amount_and_fee_at_the_contracts_price() -> None:
    """Without a price nothing is: L1 is then paid from stakes alone."""
    assert deposit_value(make_request(), make_direction_view(eth_in_token=PRICE)) == VALUE
    for prices in ({}, {SOURCE_TOKEN: 0}):
        assert deposit_value(make_request(), make_direction_view(eth_in_token=prices)) == 0


def test_proof_turns_a_game_that_we_lose() -> None:
    """All that is in it, and the deposit, which nobody else holds."""
    claim = our_claim(STAKE, (ALICE, STAKE + 1))
    assert gain(make_proof(), our_request(), claim) == 2 * STAKE + 1 + VALUE


def test_proof_adds_nothing_to_a_game_that_we_win() -> None:
    """As claimer and as challenger."""
    ahead = our_claim(3 * STAKE, (ALICE, STAKE + 1))
    assert gain(make_proof(), our_request(), ahead) == 0
    assert gain(ABSENCE, make_request(), game_claim(STAKE, (US, STAKE + 1))) == 0


def test_challenger_wins_by_a_proof_what_it_had_lost() -> None:
    """Its own stake too: without the proof it is gone."""
    claim = game_claim(2 * STAKE + 1, (US, STAKE + 1))
    for proof in (ABSENCE, make_proof(fill_id=OTHER_FILL_ID), make_proof(filler=BOB)):
        assert gain(proof, make_request(), claim) == 3 * STAKE + 2
    shared = game_claim(4 * STAKE, (BOB, STAKE), (US, STAKE), (BOB, STAKE))
    assert gain(ABSENCE, make_request(), shared) == 2 * STAKE


def test_proof_that_speaks_for_the_other_side_costs() -> None:
    """We were wrong: what we are about to win would be lost."""
    claim = game_claim(STAKE, (US, STAKE + 1))
    assert gain(make_proof(filler=ALICE), make_request(), claim) == -(2 * STAKE + 1)


def test_absence_says_nothing_of_other_fills() -> None:
    """Their claims are counted as they should end anyway."""
    claim = game_claim(2 * STAKE + 1, (US, STAKE + 1), fill_id=OTHER_FILL_ID)
    assert gain(ABSENCE, make_request(), claim) == 0


def test_what_a_bid_is_about_to_turn_needs_no_proof() -> None:
    """Bids that are taken back by nobody are cheaper than L1."""
    claim = our_claim(STAKE, (ALICE, STAKE + 1))
    assert gain(make_proof(), our_request(), claim, answered=(CLAIM_ID,)) == 0
    theirs = game_claim(2 * STAKE + 1, (US, STAKE + 1))
    assert gain(ABSENCE, make_request(), theirs, answered=(CLAIM_ID,)) == 0


def test_thief_who_is_ahead_holds_our_deposit() -> None:
    """Also while we have no stake in that game, and our claim is unchallenged."""
    thief = game_claim(id=THIEF)
    ours = our_claim()
    assert gain(make_proof(), our_request(), ours, thief) == VALUE
    assert gain(make_proof(), our_request(), ours, thief, answered=(THIEF,)) == 0
    assert gain(make_proof(), our_request(), ours) == 0


def test_deposit_is_won_only_by_a_claim_of_ours_that_can_take_it() -> None:
    """Not without a claim, not after it is gone, not for another's fill."""
    thief = game_claim(id=THIEF)
    assert gain(make_proof(), our_request(), thief) == 0
    gone = our_request(withdrawal=DepositWithdrawal(ALICE, THIEF))
    assert gain(make_proof(), gone, our_claim(), thief) == STAKE
    paid = our_claim(state="withdrawn")
    assert gain(make_proof(), our_request(), paid, thief) == 0
    assert gain(make_proof(filler=BOB), our_request(), our_claim(), thief) == 0


def test_proof_gives_back_the_stake_of_a_claim_whose_deposit_was_stolen() -> None:
    """L1's word is above where the deposit went."""
    gone = our_request(withdrawal=DepositWithdrawal(ALICE, THIEF))
    thief = game_claim(id=THIEF, state="withdrawn")
    assert gain(make_proof(), gone, our_claim(), thief) == STAKE


def test_ended_game_counts_as_it_ended() -> None:
    """After its termination no bid changes it, a proof still does."""
    claim = our_claim(STAKE, (ALICE, STAKE + 1))
    late = {"source": source_at(TERMINATION)}
    assert gain(make_proof(), our_request(), claim, **late) == 2 * STAKE + 1 + VALUE


@pytest.mark.parametrize(("matures_in", "wanted"), [(-50, 600), (0, 600), (50, 650)])
def test_proof_arrives_when_it_is_mature_and_carried(matures_in: int, wanted: int) -> None:
    """Not before now, by the later clock."""
    progress = make_progress(matures_at=NOW + matures_in)
    assert arrival(progress, make_direction_view()) == NOW + wanted
    if matures_in <= 0:
        assert arrival(progress, make_direction_view(now=NOW + 9)) == NOW + wanted + 9


@pytest.mark.parametrize(("matures_in", "wanted"), [(-9, 651), (51, 651), (52, 652)])
def test_proof_that_has_to_ripen_arrives_later(matures_in: int, wanted: int) -> None:
    """From the later clock on; the finality of its chain passes meanwhile."""
    progress = make_progress(ripening=50, matures_at=NOW + matures_in)
    assert arrival(progress, make_direction_view(now=NOW + 1)) == NOW + wanted


COSTS = (0, 1, STAKE // 2, STAKE, 3 * STAKE)
LEADS = (0, 1, STAKE, 6 * STAKE)


def turns(cost: int, lead: int) -> list[tuple[Claim, Request]]:
    """Games in which it is our turn, against a lead."""
    return [
        (game_claim(STAKE), make_request()),
        (our_claim(STAKE, (ALICE, STAKE + lead)), our_request()),
        (our_claim(2 * STAKE, (ALICE, 2 * STAKE + lead)), our_request()),
        (game_claim(STAKE + 2 + lead, (BOB, STAKE)), our_request()),
        (game_claim(2 * STAKE + 2 + lead, (US, STAKE + 1)), make_request()),
        (game_claim(cost + 2 + lead, (US, cost + 1)), make_request()),
    ]


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("has_proof", [True, False])
def test_worst_case_covers_the_next_bid(cost: int, lead: int, has_proof: bool) -> None:
    """Whatever the turn, within the limits."""
    view = make_direction_view(game=make_game_policy(max_claim_stake=Wei(10 * STAKE)))
    progress = make_progress(cost=cost) if has_proof else None
    for claim, request in turns(cost, lead):
        bid = next_bid(claim, request, view, make_game(progress=progress)).amount
        assert worst_case(claim, view, progress) >= (bid or 0)


def test_worst_case_is_bounded_by_the_cost_when_a_proof_arrives_in_time() -> None:
    """And by the limit of a claim otherwise."""
    view = make_direction_view()
    claim = game_claim(3 * STAKE, (US, STAKE + 1))
    limit = view.game.max_claim_stake - (STAKE + 1)
    cheap = make_progress(cost=STAKE)
    assert worst_case(claim, view, cheap) == 2 * STAKE
    assert worst_case(claim, view, make_progress(cost=50 * STAKE)) == limit
    late = make_progress(matures_at=TERMINATION - 600, cost=STAKE)
    unresolvable = make_progress(is_resolvable=False, cost=STAKE)
    for progress in (None, late, unresolvable):
        assert worst_case(claim, view, progress) == limit


@pytest.mark.parametrize(("cost", "own"), list(product(COSTS, (STAKE + 1, 4 * STAKE))))
def test_worst_case_covers_every_turn_of_a_thief_who_bids_the_least(cost: int, own: int) -> None:
    """From where we stand until his stake pays for L1."""
    policy = make_game_policy(max_claim_stake=Wei(10**20), max_total_stake=Wei(10**20))
    view, progress = make_direction_view(game=policy), make_progress(cost=cost)
    kept = worst_case(game_claim(STAKE + own, (US, own)), view, progress)
    spent = 0
    while own + STAKE <= cost:  # he has answered, and his stake does not pay for L1 yet
        bid = next_bid(
            game_claim(STAKE + own, (US, own)), make_request(), view, make_game(progress=progress)
        ).amount
        assert bid is not None
        own, spent = own + bid, spent + bid
    assert spent <= kept


def test_nothing_is_kept_back_for_games_of_others() -> None:
    """Whoever plays both sides could stop our fills for a week, for nothing."""
    view = make_direction_view()
    others = game_claim(2 * STAKE + 1, (BOB, STAKE + 1))
    assert reserve_for(others, make_request(), view, None) == 0
    assert reserve_for(game_claim(), make_request(), view, None) == STAKE + 1
    for claim, request in (
        (others, our_request()),
        (game_claim(2 * STAKE + 1, (US, STAKE + 1)), make_request()),
        (our_claim(STAKE, (ALICE, STAKE)), our_request()),
    ):
        assert reserve_for(claim, request, view, None) == worst_case(claim, view, None) > 0


def test_claims_in_our_name_that_a_proof_contradicts_are_no_loss() -> None:
    """Anybody may make them, to make our true claim look not worth a proof."""
    ours = our_claim(2 * STAKE + 1, (ALICE, 3 * STAKE))
    alien = [our_claim(id=ClaimId(n), fill_id=OTHER_FILL_ID) for n in range(20, 40)]
    assert gain(make_proof(), our_request(), ours, *alien) == 5 * STAKE + 1 + VALUE
