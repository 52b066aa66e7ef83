"""Bids: the minimum, what makes one worthwhile, and the limits."""

from dataclasses import replace
from itertools import product

import pytest

from beamer_agent.actions.stakes import (
    Bid,
    challenge_bid,
    counter_bid,
    is_at_stake,
    own_stake,
    won_stake,
)
from beamer_agent.actions.view import DirectionView
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.types import Wei
from tests.factories import ALICE, BOB, STAKE, US, make_request, make_request_filled
from tests.made_games import game_claim, our_claim, our_request
from tests.made_views import TERMS, make_direction_view, make_game_policy

pytestmark = pytest.mark.unit

NOTHING = Wei(0)
STRANGERS = make_request()
"""Nobody has filled it: only a stake in a claim on it can make it ours."""
RICH = make_game_policy(max_claim_stake=Wei(10**24), max_total_stake=Wei(10**24))
COSTS = [Wei(cost) for cost in (0, 1, STAKE - 1, STAKE, STAKE + 1, 7 * STAKE)]


def rich_view() -> DirectionView:
    """Without limits."""
    return make_direction_view(game=RICH)


def answered(claim: Claim, bid: int) -> Claim:
    """The claim after a bid of ours and the smallest answer to it."""
    mine, total = own_stake(claim, US), claim.challenger_stake_total
    if claim.claimer == US:
        stake = claim.claimer_stake + bid
        return our_claim(stake, (BOB, total), (ALICE, stake - total + 1))
    others = [(BOB, total - mine)] if total > mine else []
    answer = total + bid - claim.claimer_stake + TERMS.stake
    return game_claim(claim.claimer_stake + answer, *others, (US, mine + bid))


def test_protocols_story_is_played_with_the_least_stakes() -> None:
    """Claim stake 10: 11 against it, 11 for it, 11 against it; Bob's 16 was more than needed."""
    view = replace(rich_view(), terms=replace(TERMS, stake=Wei(10)))
    first = challenge_bid(game_claim(10), STRANGERS, view, NOTHING, NOTHING)
    assert first.amount == 11
    counter = counter_bid(our_claim(10, (ALICE, 11)), view, NOTHING, NOTHING)
    assert counter.amount == 11
    again = game_claim(21, (ALICE, 11))
    assert challenge_bid(again, STRANGERS, view, NOTHING, NOTHING).amount == 11
    late = our_claim(21, (ALICE, 11), (BOB, 16))
    assert counter_bid(late, view, NOTHING, NOTHING).amount == 16


@pytest.mark.parametrize(
    ("cost", "claimer_stake", "others", "ours"),
    list(product(COSTS, (STAKE, 4 * STAKE), (0, 1, STAKE), (0, 1, STAKE // 2, STAKE))),
)
def test_answer_to_a_later_challenge_makes_l1_worthwhile(
    cost: Wei, claimer_stake: int, others: int, ours: int
) -> None:
    """Whatever the claimer answers, our winnings exceed the cost; a wei less would not do."""
    claimer_stake += others + ours
    bids = [(who, stake) for who, stake in ((BOB, others), (US, ours)) if stake]
    claim = game_claim(claimer_stake, *bids)
    bid = challenge_bid(claim, STRANGERS, rich_view(), cost, NOTHING)
    assert bid.amount == max(bid.minimum, bid.worthwhile)
    assert won_stake(answered(claim, bid.amount), US) > cost
    if bid.amount > bid.minimum:
        assert won_stake(answered(claim, bid.amount - 1), US) == cost


@pytest.mark.parametrize(
    ("cost", "claimer_stake", "lead"),
    list(product(COSTS, (STAKE, 2 * STAKE, 6 * STAKE), (0, 1, STAKE))),
)
def test_answer_to_a_later_counter_makes_l1_worthwhile(
    cost: Wei, claimer_stake: int, lead: int
) -> None:
    """Whatever the challengers answer, what they lose exceeds the cost."""
    claim = our_claim(claimer_stake, (ALICE, claimer_stake + lead))
    bid = counter_bid(claim, rich_view(), cost, NOTHING)
    assert bid.amount == max(bid.minimum, bid.worthwhile)
    assert won_stake(answered(claim, bid.amount), US) > cost
    if bid.amount > bid.minimum:
        assert won_stake(answered(claim, bid.amount - 1), US) == cost


@pytest.mark.parametrize(
    ("in_claim", "in_all", "wanted"),
    [
        (5 * STAKE, 9 * STAKE, 5 * STAKE - 2),
        (5 * STAKE, 4 * STAKE, 2 * STAKE),
        (STAKE + 3, 9 * STAKE, STAKE + 1),
        (STAKE + 2, 9 * STAKE, None),
        (5 * STAKE, 3 * STAKE, None),
        (1, 1, None),
    ],
)
def test_bid_stays_within_both_limits(in_claim: int, in_all: int, wanted: int | None) -> None:
    """Of one claim, with what we have in it, and of all games: less than wished, or nothing."""
    policy = make_game_policy(max_claim_stake=Wei(in_claim), max_total_stake=Wei(in_all))
    view = make_direction_view(game=policy)
    claim = game_claim(STAKE + 2, (US, 2))
    staked = Wei(2 * STAKE)
    bid = challenge_bid(claim, STRANGERS, view, Wei(50 * STAKE), staked)
    assert bid.amount == wanted


def test_half_of_the_limit_is_kept_for_what_is_ours() -> None:
    """Many cheap false claims elsewhere must not use up what defends our own deposits."""
    view = make_direction_view(game=make_game_policy(max_total_stake=Wei(4 * STAKE)))

    def amount(claim: Claim, request: Request, staked: int) -> int | None:
        return challenge_bid(claim, request, view, NOTHING, Wei(staked)).amount

    bid = STAKE + 1
    assert amount(game_claim(), STRANGERS, 2 * STAKE - bid) == bid
    assert amount(game_claim(), STRANGERS, 2 * STAKE - bid + 1) is None
    theirs = make_request(fill=make_request_filled(filler=ALICE))
    assert amount(game_claim(), theirs, 2 * STAKE) is None
    assert amount(game_claim(), our_request(), 4 * STAKE - bid) == bid
    assert amount(game_claim(), our_request(), 4 * STAKE - bid + 1) is None
    assert amount(game_claim(STAKE + 1, (US, 1)), STRANGERS, 2 * STAKE) == bid
    gone = our_request(withdrawal=DepositWithdrawal(US, None))
    assert amount(game_claim(), gone, 2 * STAKE) is None


def test_something_is_at_stake_by_a_bid_or_a_deposit() -> None:
    """Of ours."""
    assert is_at_stake(game_claim(), our_request(), US)
    assert is_at_stake(our_claim(), STRANGERS, US)
    assert is_at_stake(game_claim(STAKE, (US, 1)), STRANGERS, US)
    assert not is_at_stake(game_claim(STAKE, (BOB, 1)), STRANGERS, US)


def test_counter_counts_the_stake_of_the_claim() -> None:
    """The limit is of all our money in the game."""
    claim = our_claim(STAKE, (ALICE, STAKE + 1))
    policy = make_game_policy(max_claim_stake=Wei(2 * STAKE + 1))
    view = make_direction_view(game=policy)
    assert counter_bid(claim, view, NOTHING, NOTHING).amount == STAKE + 1
    claim = our_claim(STAKE, (ALICE, STAKE + 2))
    assert counter_bid(claim, view, NOTHING, NOTHING).amount is None


def test_counter_stays_within_the_limit_of_all_games() -> None:
    """All of it, for it is ours that is defended."""
    claim = our_claim(STAKE, (ALICE, STAKE + 1))
    view = make_direction_view(game=make_game_policy(max_total_stake=Wei(4 * STAKE)))
    for staked, amount in ((3 * STAKE - 1, STAKE + 1), (3 * STAKE, None)):
        assert counter_bid(claim, view, NOTHING, Wei(staked)).amount == amount


def test_limit_that_was_lowered_leaves_no_negative_room() -> None:
    """What is staked already stays."""
    view = make_direction_view(game=make_game_policy(max_claim_stake=Wei(1)))
    bid = challenge_bid(game_claim(5, (US, 4)), STRANGERS, view, NOTHING, NOTHING)
    assert bid.room == 0
    assert bid.amount is None


def test_bid_is_at_least_the_minimum() -> None:
    """The contract refuses less."""
    assert Bid(minimum=Wei(5), worthwhile=Wei(3), room=Wei(9)).amount == 5
    assert Bid(minimum=Wei(5), worthwhile=Wei(7), room=Wei(9)).amount == 7
    assert Bid(minimum=Wei(5), worthwhile=Wei(12), room=Wei(9)).amount == 9
    assert Bid(minimum=Wei(5), worthwhile=Wei(3), room=Wei(4)).amount is None
