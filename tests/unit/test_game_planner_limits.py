"""GamePlanner: what games may cost, over all directions, and what is kept back for them."""

from typing import Any

import pytest

from beamer_agent.actions.model import FillRequest, Reason, challenge_key
from beamer_agent.events.model import Event
from beamer_agent.state.fold import Direction
from beamer_agent.types import ChainId, ClaimId, Wei
from tests.factories import (
    ALICE,
    BOB,
    FILL_ID,
    SOURCE,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
)
from tests.made_games import FALSE_FROM, make_progress
from tests.made_views import make_chain_view, make_fill_policy, make_game_policy
from tests.planner_desk import Desk, created

pytestmark = pytest.mark.unit

ELSEWHERE = ChainId(1_003)
WATCHING = make_fill_policy(is_filling=False)
BID = STAKE + 1


def false_claims(*nonces: int, **changes: Any) -> list[Event]:
    """A request and a false claim on it, known to be false, for each nonce."""
    events: list[Event] = []
    for nonce in nonces:
        asked = created(nonce, **changes)
        own: dict[str, Any] = {"request_id": asked.request_id, "fill_id": FILL_ID}
        absent = make_fill_invalidated(
            chain_id=asked.target_chain_id, block_number=20 + nonce, **own
        )
        claim = make_claim_made(
            claimer=ALICE, claim_id=ClaimId(nonce), block_number=30 + nonce, **own
        )
        events += [asked, absent, claim]
    return events


def watching(desk: Desk, *events: Event, limit: int, **more: Any) -> None:
    """A turn in which nothing is filled; half of the limit is for games of others."""
    desk.proofs.others = make_progress()
    policy = make_game_policy(max_total_stake=Wei(limit))
    desk.turn(*events, policy=WATCHING, game=policy, **more)


def test_bids_of_one_turn_count_against_each_other(desk: Desk) -> None:
    """As do those on their way, and those that have landed."""
    watching(desk, *false_claims(1, 2, 3), limit=5 * BID)
    assert desk.bids() == [BID, BID]
    watching(desk, limit=5 * BID)
    assert len(desk.bids()) == 2
    assert desk.told("Not bidding") == [("info", Reason.STAKE_LIMIT.value)]
    desk.land()
    watching(desk, limit=6 * BID)
    assert len(desk.bids()) == 3


def test_directions_of_a_source_chain_share_the_limit(desk: Desk) -> None:
    """The later one gets what the earlier one has left."""
    other = Desk(direction=Direction(SOURCE, ELSEWHERE), beside=desk)
    watching(desk, *false_claims(1, 2), limit=6 * BID)
    watching(other, *false_claims(3, 4, target_chain_id=ELSEWHERE), limit=6 * BID)
    assert len(desk.bids()) == 3  # of one sender
    assert desk.staked() == 3 * BID
    assert other.told("Not bidding") == [("info", Reason.STAKE_LIMIT.value)]


def test_bid_that_another_direction_made_impossible_is_not_made() -> None:
    """Between our look at the book and our bid."""
    desk = Desk(limit=BID)
    desk.book.state("another", Wei(1))
    watching(desk, *false_claims(1), limit=100 * BID)
    assert desk.bids() == []
    assert desk.told("Not bidding") == [("info", Reason.STAKE_LIMIT.value)]


def test_bid_that_fails_gives_its_room_back(desk: Desk) -> None:
    """Another claim may have it."""
    watching(desk, *false_claims(1, 2), limit=2 * BID)
    assert len(desk.bids()) == 1
    desk.source.refuse(desk.source.keys()[0], "no")
    watching(desk, limit=2 * BID)
    assert desk.source.keys() == [challenge_key(ClaimId(n), STAKE, Wei(0)) for n in (1, 2)]
    assert desk.staked() == BID


def test_stake_counts_until_it_is_paid_out(desk: Desk) -> None:
    """Also while its claim cannot be judged, and no longer when a twin is still open."""
    watching(desk, *false_claims(1), limit=9 * BID)
    landed = make_claim_made(
        request_id=created(1).request_id,
        claimer=ALICE,
        claim_id=ClaimId(1),
        block_number=50,
        last_challenger=US,
        challenger_stake_total=BID,
    )
    unread = make_chain_view(TARGET, is_reachable=False)
    watching(desk, limit=9 * BID, target=unread)
    assert (desk.staked(), len(desk.proofs.interest)) == (BID, 1)
    desk.land(landed)
    watching(desk, limit=9 * BID, target=unread)
    assert (desk.staked(), len(desk.proofs.interest)) == (BID, 1)


def test_stake_that_was_paid_out_does_not_count(desk: Desk) -> None:
    """Though its request is open for a twin."""
    twins = [
        make_claim_made(
            claim_id=ClaimId(n),
            block_number=30 + n + 10 * step,
            last_challenger=ALICE,
            challenger_stake_total=Wei(step * BID),
        )
        for n in (2, 3)
        for step in (0, 1)
    ]
    desk.turn(make_request_created(), make_request_filled(), *twins)
    assert desk.staked() == 2 * STAKE
    desk.turn(make_claim_stake_withdrawn())
    assert desk.staked() == STAKE


def test_claims_in_our_name_that_are_false_use_up_nothing(desk: Desk) -> None:
    """Anybody may make and challenge them, and gets it all back."""
    alien = [
        make_claim_made(
            claim_id=ClaimId(n),
            block_number=40 + n,
            log_index=step,
            last_challenger=BOB,
            challenger_stake_total=Wei(step * BID),
            fill_id=bytes([n]) * 32,
        )
        for n in range(8)
        for step in (0, 1)
    ]
    desk.turn(make_request_created(), policy=WATCHING)
    free = desk.native_free()
    desk.turn(*alien, policy=WATCHING, now=FALSE_FROM)
    assert desk.staked() == 0
    assert desk.native_free() == free
    assert desk.base_free() == 10**19
    assert (desk.source.keys(), desk.target.keys()) == ([], [])


def test_games_keep_funds_back_before_requests_are_filled() -> None:
    """A fill whose stake a game may need is not made."""
    desk = Desk(native=2 * STAKE)
    desk.proofs.others = make_progress(is_resolvable=False)
    ours = make_claim_made(last_challenger=ALICE, challenger_stake_total=BID)
    desk.turn(make_request_created(), make_request_filled(), ours, created(2))
    assert desk.bids() == [BID]
    assert not any(isinstance(action, FillRequest) for action in desk.target.submitted)
    assert desk.told("Not acting on request") == [("info", Reason.INSUFFICIENT_NATIVE.value)]


def test_what_is_kept_back_is_what_the_game_may_need(desk: Desk) -> None:
    """With a proof in time little, without one up to the limit, for others' games nothing."""
    ours = make_claim_made(last_challenger=ALICE, challenger_stake_total=BID)
    desk.proofs.others = make_progress(cost=STAKE)
    desk.turn(make_request_created(), make_request_filled(), ours)
    assert desk.native_free() == 10**19 - 2 * STAKE
    desk.proofs.others = make_progress(is_resolvable=False)
    desk.turn()
    assert desk.native_free() == 10**19 - (10**18 - STAKE)
    others = Desk()
    others.proofs.others = make_progress()
    claims = false_claims(1)
    challenged = make_claim_made(
        request_id=created(1).request_id,
        claimer=ALICE,
        claim_id=ClaimId(1),
        block_number=50,
        claimer_stake=5 * STAKE,
        last_challenger=BOB,
        challenger_stake_total=BID,
    )
    others.turn(*claims, challenged, policy=WATCHING)
    assert others.native_free() == 10**19
    assert others.base_free() == 10**19


def test_what_is_kept_back_for_all_games_stays_within_the_limit(desk: Desk) -> None:
    """Of all of them together, less what is staked already."""
    desk.proofs.others = make_progress(is_resolvable=False)
    events: list[Event] = []
    for nonce in (1, 2, 3):
        asked = created(nonce)
        own: dict[str, Any] = {"request_id": asked.request_id}
        outbid = make_claim_made(
            claim_id=ClaimId(nonce), last_challenger=ALICE, challenger_stake_total=BID, **own
        )
        events += [asked, make_request_filled(**own), outbid]
    policy = make_game_policy(max_total_stake=Wei(10 * STAKE))
    desk.turn(*events, game=policy)
    assert desk.native_free() == 10**19 - 7 * STAKE


def test_proofs_of_our_games_keep_their_price_back_on_l1(desk: Desk) -> None:
    """So that no new fill is made that it could not defend."""
    desk.proofs.others = make_progress(cost=3 * 10**18)
    ours = make_claim_made(last_challenger=ALICE, challenger_stake_total=BID)
    desk.turn(make_request_created(), make_request_filled(), ours)
    assert desk.base_free() == 7 * 10**18
    desk.proofs.others = make_progress(cost=11 * 10**18)
    desk.turn()
    desk.turn(created(2))
    assert not any(isinstance(action, FillRequest) for action in desk.target.submitted)
    assert desk.told("Not acting on request") == [("info", Reason.GAME_RESERVE.value)]


def test_agent_without_l1_plays_its_games(desk: Desk) -> None:
    """By patience."""
    desk.base = None
    desk.proofs.others = make_progress(is_resolvable=False)
    ours = make_claim_made(last_challenger=ALICE, challenger_stake_total=BID)
    desk.turn(make_request_created(), make_request_filled(), ours)
    assert desk.bids() == [BID]


def test_last_of_the_limit_is_kept_for_our_deposits(desk: Desk) -> None:
    """Whatever is tried elsewhere before."""
    events = false_claims(2, 3, 4)
    ours = (make_request_created(), make_request_filled(), make_claim_made(claim_id=99))
    thief = make_claim_made(claim_id=98, claimer=BOB, block_number=70, termination=TERMINATION)
    watching(desk, *events, *ours, thief, limit=5 * BID)
    assert challenge_key(ClaimId(98), STAKE, Wei(0)) in set(desk.source.keys())
    assert len(desk.bids()) == 3
