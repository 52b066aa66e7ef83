"""GamePlanner: games from their beginning to their end, with one bid for each turn."""

import pytest

from beamer_agent.actions.model import InvalidateFill, challenge_key, invalidation_key
from beamer_agent.types import ClaimId, Wei
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    FILL_ID,
    OTHER_FILL_ID,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TERMINATION,
    US,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_id,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
)
from tests.made_games import ENDING, FALSE_FROM, make_progress
from tests.made_views import make_chain_view, make_fill_policy
from tests.planner_desk import FILL, WITHDRAW, Desk

pytestmark = pytest.mark.unit

WATCHING = make_fill_policy(is_filling=False)
FALSE_CLAIM = make_claim_made(claimer=ALICE)
INVALIDATE = invalidation_key(REQUEST_ID, FILL_ID)
FIRST = challenge_key(CLAIM_ID, STAKE, Wei(0))
CHALLENGED = make_claim_made(
    claimer=ALICE,
    block_number=31,
    last_challenger=US,
    challenger_stake_total=STAKE + 1,
    termination=TERMINATION + 86_400,
)
ANSWERED = make_claim_made(
    claimer=ALICE,
    block_number=32,
    claimer_stake=2 * STAKE + 1,
    last_challenger=US,
    challenger_stake_total=STAKE + 1,
    termination=TERMINATION + 86_400,
)
LATE = make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION + 86_400))


def test_false_claim_without_a_fill_is_disproven_challenged_and_cashed(desk: Desk) -> None:
    """Each step once, however often it is decided."""
    desk.proofs.others = make_progress()
    view = {"policy": WATCHING, "now": FALSE_FROM}
    for _ in range(3):
        desk.turn(make_request_created(), FALSE_CLAIM, **view)
    assert (desk.target.keys(), desk.source.keys()) == ([INVALIDATE], [])
    for _ in range(3):
        desk.turn(make_fill_invalidated(), **view)
    assert (desk.target.keys(), desk.source.keys()) == ([INVALIDATE], [FIRST])
    desk.land(CHALLENGED)
    for _ in range(3):
        desk.turn(**view)
    assert desk.source.keys() == [FIRST]
    for _ in range(3):
        desk.turn(policy=WATCHING, source=LATE)
    assert desk.source.keys() == [FIRST, WITHDRAW]
    desk.turn(make_claim_stake_withdrawn(stake_recipient=US), policy=WATCHING, source=LATE)
    assert desk.planner._open == {}
    assert desk.staked() == 0


def test_claim_of_ours_is_countered_and_cashed(desk: Desk) -> None:
    """With the deposit."""
    desk.proofs.others = make_progress(cost=90 * STAKE)
    outbid = make_claim_made(
        block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE + 1
    )
    for _ in range(3):
        desk.turn(make_request_created(), make_request_filled(), make_claim_made(), outbid)
    assert desk.source.keys() == [challenge_key(CLAIM_ID, STAKE, Wei(STAKE + 1))]
    ahead = make_claim_made(
        block_number=32,
        claimer_stake=2 * STAKE + 1,
        last_challenger=ALICE,
        challenger_stake_total=STAKE + 1,
    )
    desk.land(ahead)
    for _ in range(3):
        desk.turn()
    assert desk.bids() == [STAKE + 1]
    desk.turn(source=make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION)))
    assert desk.source.keys()[1:] == [WITHDRAW]
    desk.turn(make_claim_stake_withdrawn(), make_deposit_withdrawn())
    assert desk.planner._open == {}


def test_each_turn_of_a_game_has_its_own_bid(desk: Desk) -> None:
    """After an answer there is a new one, never before."""
    desk.proofs.others = make_progress(cost=7 * STAKE)
    story = (make_request_created(), make_fill_invalidated(), FALSE_CLAIM)
    desk.turn(*story, policy=WATCHING)
    desk.land(CHALLENGED)
    desk.turn(policy=WATCHING)
    assert desk.bids() == [STAKE + 1]
    for _ in range(3):
        desk.turn(ANSWERED, policy=WATCHING)
    assert desk.bids() == [STAKE + 1, 5 * STAKE]


def test_bid_that_is_mined_and_not_folded_is_not_made_again(desk: Desk) -> None:
    """Its event may be as many blocks away as confirmations are asked for."""
    desk.proofs.others = make_progress()
    desk.turn(make_request_created(), make_fill_invalidated(), FALSE_CLAIM, policy=WATCHING)
    desk.land()
    for _ in range(3):
        desk.turn(policy=WATCHING)
    assert desk.bids() == [STAKE + 1]
    assert desk.staked() == STAKE + 1


def test_bid_that_was_refused_is_tried_again(desk: Desk) -> None:
    """After its pause, if it is still right."""
    desk.proofs.others = make_progress()
    desk.turn(make_request_created(), make_fill_invalidated(), FALSE_CLAIM, policy=WATCHING)
    desk.source.refuse(FIRST, "the game has moved on")
    desk.turn(policy=WATCHING)
    assert len(desk.bids()) == 1
    desk.clock.advance(60)
    desk.turn(policy=WATCHING)
    assert len(desk.bids()) == 2


def test_agent_never_bids_against_itself(desk: Desk) -> None:
    """Not for its own claim when it is ahead, not against it when it is behind."""
    desk.proofs.others = make_progress(cost=90 * STAKE)
    desk.turn(make_request_created(), make_request_filled(), make_claim_made(), now=ENDING)
    assert desk.bids() == []
    desk.turn(FALSE_CLAIM, policy=WATCHING)
    moved = make_request_filled(block_number=21, fill_id=OTHER_FILL_ID)
    desk.turn(moved, now=ENDING)
    assert desk.bids() == []
    assert desk.target.keys() == []


def test_claims_with_one_false_fill_id_share_one_proof(desk: Desk) -> None:
    """Each is challenged, each other id has its own."""
    claims = [
        make_claim_made(
            claimer=who, claim_id=ClaimId(n), block_number=30 + n, fill_id=make_fill_id(fill)
        )
        for n, (who, fill) in enumerate([(ALICE, 5), (BOB, 5), (ALICE, 5), (ALICE, 6)], 2)
    ]
    view = {"policy": WATCHING, "now": FALSE_FROM}
    for _ in range(2):
        desk.turn(make_request_created(), *claims, **view)
    wanted = [invalidation_key(REQUEST_ID, make_fill_id(n)) for n in (5, 6)]
    assert desk.target.keys() == wanted
    desk.proofs.others = make_progress()
    for _ in range(2):
        desk.turn(make_fill_invalidated(fill_id=make_fill_id(5)), **view)
    assert desk.source.keys() == [challenge_key(ClaimId(n), STAKE, Wei(0)) for n in (2, 3, 4)]
    assert desk.staked() == 3 * (STAKE + 1)


def test_false_claims_on_our_fill_are_challenged_without_absences(desk: Desk) -> None:
    """The fill itself speaks against all of them."""
    desk.proofs.others = make_progress()
    claims = [
        make_claim_made(claimer=who, claim_id=ClaimId(n), block_number=30 + n, fill_id=fill_id)
        for n, (who, fill_id) in enumerate([(ALICE, FILL_ID), (BOB, OTHER_FILL_ID)], 7)
    ]
    desk.turn(make_request_created(), make_request_filled(), make_claim_made(), *claims)
    assert desk.target.keys() == []
    assert desk.source.keys() == [challenge_key(ClaimId(n), STAKE, Wei(0)) for n in (7, 8)]


def test_nothing_is_disproven_while_our_own_fill_is_on_its_way(desk: Desk) -> None:
    """The claim becomes false by that fill as well, and the transaction is saved."""
    desk.turn(make_request_created())
    assert desk.target.keys() == [FILL]
    desk.send_fill()
    desk.turn(FALSE_CLAIM, now=FALSE_FROM)
    assert desk.target.keys() == [FILL]
    desk.target.refuse(FILL, "another was faster")
    desk.turn(now=FALSE_FROM, policy=WATCHING)
    assert isinstance(desk.target.submitted[-1], InvalidateFill)


def test_claim_whose_fill_the_target_chain_has_is_not_challenged(desk: Desk) -> None:
    """It says so when it is asked to prove the absence."""
    view = {"policy": WATCHING, "now": FALSE_FROM}
    desk.turn(make_request_created(), FALSE_CLAIM, **view)
    desk.target.refuse(INVALIDATE, "the fill exists", is_contradicted=True)
    desk.turn(policy=WATCHING, now=ENDING)
    assert desk.bids() == []
    desk.target.refuse(INVALIDATE, "no answer")
    desk.turn(policy=WATCHING, now=ENDING)
    assert desk.bids() == []


def test_parts_of_several_challengers_end_the_claim_one_by_one(desk: Desk) -> None:
    """Ours is withdrawn whether the others have theirs or not."""
    desk.proofs.others = make_progress()
    both = make_claim_made(
        claimer=ALICE,
        block_number=33,
        claimer_stake=2 * STAKE + 1,
        last_challenger=BOB,
        challenger_stake_total=3 * STAKE,
        termination=TERMINATION + 86_400,
    )
    story = (make_request_created(), make_fill_invalidated(), FALSE_CLAIM, CHALLENGED, ANSWERED)
    desk.turn(*story, both, policy=WATCHING, source=LATE)
    assert desk.source.keys() == [WITHDRAW]
    desk.turn(make_claim_stake_withdrawn(stake_recipient=BOB), policy=WATCHING, source=LATE)
    assert REQUEST_ID in desk.planner._open
    ours = make_claim_stake_withdrawn(stake_recipient=US, block_number=61)
    desk.turn(ours, policy=WATCHING, source=LATE)
    assert desk.planner._open == {}
    assert desk.source.keys() == [WITHDRAW]


def test_restarted_planner_bids_as_the_old_one_would_have(desk: Desk) -> None:
    """From the events alone, in one turn, with the same sums."""
    desk.proofs.others = make_progress(cost=7 * STAKE)
    story = (make_request_created(), make_fill_invalidated(), FALSE_CLAIM)
    desk.turn(*story, policy=WATCHING)
    desk.land(CHALLENGED, ANSWERED)
    desk.turn(policy=WATCHING)
    fresh = Desk()
    fresh.proofs.others = make_progress(cost=7 * STAKE)
    fresh.turn(*story, CHALLENGED, ANSWERED, policy=WATCHING)
    assert fresh.source.submitted == desk.source.submitted[-1:]
    assert fresh.staked() == desk.staked() == 6 * STAKE + 1
    fresh.turn(policy=WATCHING)
    desk.turn(policy=WATCHING)
    assert fresh.proofs.interest == desk.proofs.interest
    assert fresh.native_free() == desk.native_free()
