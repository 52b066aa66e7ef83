"""The game: bids for claims of ours that are out-bid (`protocol.md` section 7.5)."""

from typing import Any

import pytest

from beamer_agent.actions.model import ChallengeClaim, Reason, Skip
from beamer_agent.state.request import DepositWithdrawal
from beamer_agent.types import ClaimId, Wei
from tests.decisions import source_at
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TARGET,
    TERMINATION,
    make_fill_invalidated,
    make_request,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import (
    ENDING,
    FALSE_FROM,
    bid_of,
    make_game,
    make_progress,
    our_claim,
    our_request,
    plan,
)
from tests.made_views import make_chain_view, make_direction_view, make_funds

pytestmark = pytest.mark.unit

OUTBID = our_claim(STAKE, (ALICE, STAKE + 1))
OUTBID_AGAIN = our_claim(2 * STAKE + 1, (ALICE, STAKE + 1), (BOB, STAKE + 1))


def test_first_counter_is_the_minimum() -> None:
    """Whatever L1 costs, and though it could decide."""
    for cost in (0, 90 * STAKE):
        game = make_game(progress=make_progress(cost=cost))
        assert plan(OUTBID, our_request(), game) == ChallengeClaim(
            REQUEST_ID, CLAIM_ID, Wei(STAKE), Wei(STAKE + 1), Wei(STAKE + 1), OUTBID.termination
        )


def test_claim_that_is_level_is_behind() -> None:
    """The contract says so: C > S or nothing."""
    assert bid_of(our_claim(STAKE, (ALICE, STAKE)), our_request()) == STAKE


def test_claim_that_is_ahead_needs_nothing() -> None:
    """Challenged or not."""
    for claim in (our_claim(), our_claim(3 * STAKE, (ALICE, STAKE + 1))):
        assert plan(claim, our_request()) == Skip(Reason.AHEAD)


def test_later_counters_stop_when_the_challengers_loss_pays_for_l1() -> None:
    """If the proof is in time; else the game must go on."""
    total = 2 * STAKE + 2
    stakes, bid = (Wei(total - 1), Wei(total)), Wei(STAKE + 1)
    counter = ChallengeClaim(REQUEST_ID, CLAIM_ID, *stakes, bid, OUTBID_AGAIN.termination)
    for cost, decision in ((total - 1, Skip(Reason.L1_DECIDES)), (total, counter)):
        progress = make_progress(cost=cost)
        assert plan(OUTBID_AGAIN, our_request(), make_game(progress=progress)) == decision
    late = make_progress(matures_at=TERMINATION - 600, cost=0)
    assert bid_of(OUTBID_AGAIN, our_request(), make_game(progress=late)) == STAKE + 1
    early = make_progress(matures_at=TERMINATION - 601, cost=0)
    decision = plan(OUTBID_AGAIN, our_request(), make_game(progress=early))
    assert decision == Skip(Reason.L1_DECIDES)


def test_later_counter_is_made_worthwhile_at_once() -> None:
    """The next challenge then pays for L1."""
    game = make_game(progress=make_progress(cost=7 * STAKE))
    assert bid_of(OUTBID_AGAIN, our_request(), game) == 5 * STAKE - 1


def test_claim_of_ours_is_defended_also_where_no_proof_of_ours_can_end_the_game() -> None:
    """By the least, for as long as the limits allow: the principal is in it."""
    for cost in (0, 90 * STAKE):
        never = make_progress(is_resolvable=False, cost=cost)
        assert bid_of(OUTBID_AGAIN, our_request(), make_game(progress=never)) == STAKE + 1
    unseen = make_game(progress=None)
    assert bid_of(OUTBID_AGAIN, our_request(), unseen, now=ENDING) == STAKE + 1
    late = make_progress(matures_at=TERMINATION * 2, cost=0)
    assert bid_of(OUTBID_AGAIN, our_request(), make_game(progress=late)) == STAKE + 1


def test_counter_waits_for_a_look_at_the_fill_and_not_for_ever() -> None:
    """It may have moved; but the claim must not be lost to a look that never comes."""
    no_look = make_game(progress=None)
    early = plan(OUTBID, our_request(), no_look, now=ENDING - 1)
    assert early == Skip(Reason.PROOF_UNKNOWN)
    assert bid_of(OUTBID, our_request(), no_look, now=ENDING) == STAKE + 1


@pytest.mark.parametrize("changes", [{"is_reachable": False}, {"is_synced": False}])
def test_fill_that_was_seen_is_defended_also_while_its_chain_is_down(
    changes: dict[str, bool],
) -> None:
    """It was there; waiting would cost the principal."""
    target = make_chain_view(TARGET, **changes)
    no_look = make_game(progress=None)
    assert bid_of(OUTBID, our_request(), no_look, target=target) == STAKE + 1
    unread = plan(OUTBID, make_request(), no_look, target=target)
    assert unread == Skip(Reason.CLAIM_UNKNOWN)


@pytest.mark.parametrize("changes", [{"is_reachable": False}, {"is_synced": False}])
def test_nothing_is_bid_while_the_source_chain_is_stale(changes: dict[str, bool]) -> None:
    """The game may have moved on."""
    source = make_chain_view(SOURCE, **changes)
    assert plan(OUTBID, our_request(), source=source) == Skip(Reason.NOT_SYNCED)


def test_claim_of_ours_that_is_false_is_given_up() -> None:
    """After a reorg, or made by somebody else in our name."""
    false = Skip(Reason.OWN_CLAIM_FALSE)
    moved = our_request(fill=make_request_filled(fill_id=OTHER_FILL_ID))
    assert plan(OUTBID, moved) == false
    assert plan(OUTBID, make_request(), now=FALSE_FROM) == false
    absent = make_request(invalidations={FILL_ID: make_fill_invalidated()})
    assert plan(OUTBID, absent) == false
    filled_by_other = make_request(fill=make_request_filled(filler=ALICE))
    assert plan(OUTBID, filled_by_other) == false


@pytest.mark.parametrize(
    "over",
    [
        {"resolution": make_request_resolved()},
        {"resolution": make_request_resolved(filler=ALICE)},
        {"invalidated_fill_ids": {FILL_ID}},
        {"withdrawal": DepositWithdrawal(ALICE, ClaimId(9))},
    ],
)
def test_game_that_is_decided_takes_no_bid(over: dict[str, Any]) -> None:
    """By L1, or with the deposit; neither does one that is over."""
    assert plan(OUTBID, our_request(**over)) == Skip(Reason.CLAIM_DECIDED)
    late = plan(OUTBID, our_request(), source=source_at(TERMINATION))
    assert late == Skip(Reason.CLAIM_DECIDED)


def test_counter_needs_the_funds_and_the_limits() -> None:
    """The stake of the claim counts, too."""
    short = make_funds(native_balance=Wei(STAKE))
    assert plan(OUTBID, our_request(), source_funds=short) == Skip(Reason.STAKE_FUNDS)
    limit = make_direction_view().game.max_claim_stake
    far = make_game(progress=make_progress(is_resolvable=False))
    huge = our_claim(STAKE, (ALICE, limit - STAKE + 1))
    assert plan(huge, our_request(), far) == Skip(Reason.STAKE_LIMIT)
    assert bid_of(our_claim(STAKE, (ALICE, limit - STAKE)), our_request(), far) == limit - STAKE


def test_deposit_that_is_still_there_is_played_for_with_the_whole_limit() -> None:
    """Half of it is only for games of others."""
    total = make_direction_view().game.max_total_stake
    game = make_game(staked_in_all_games=Wei(total - STAKE - 1))
    assert bid_of(OUTBID, our_request(), game, now=NOW) == STAKE + 1
