"""Planner: what is not begun while a direction is paused or drained, and what goes on."""

from typing import Any

import pytest

from beamer_agent.actions.model import ChallengeClaim, Reason, challenge_key, invalidation_key
from beamer_agent.switches import Halt
from beamer_agent.types import ClaimId, Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
    CLAIM_ID,
    FILL_ID,
    OTHER_FILL_ID,
    REQUEST_ID,
    STAKE,
    TERMINATION,
    US,
    make_block,
    make_claim_made,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
)
from tests.made_games import ENDING, FALSE_FROM, make_progress
from tests.made_views import make_chain_view, make_fill_policy
from tests.planner_desk import CLAIM, FILL, WITHDRAW, Desk

pytestmark = pytest.mark.unit

HALTS = [(Halt.PAUSED, Reason.PAUSED), (Halt.DRAINING, Reason.DRAINING)]
INVALIDATE = invalidation_key(REQUEST_ID, FILL_ID)
FIRST = challenge_key(CLAIM_ID, STAKE, Wei(0))
UNPROVEN = (make_request_created(), make_claim_made(claimer=ALICE))
PROVEN = (*UNPROVEN, make_fill_invalidated())
OURS = (make_request_created(), make_request_filled())


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Proofs are looked at, and cost more than any game wins."""
    desk.proofs.others = make_progress(cost=90 * STAKE)
    return desk


def halted(desk: Desk, *events: Any, halt: Halt | None = Halt.PAUSED, **view: Any) -> None:
    """A turn of a paused direction, when a missing fill is a false claim."""
    desk.turn(*events, **({"halt": halt, "now": FALSE_FROM} | view))


@pytest.mark.parametrize(("halt", "reason"), HALTS)
def test_request_is_not_filled_but_once_it_goes_on(desk: Desk, halt: Halt, reason: Reason) -> None:
    """The reason is told once, nothing is set aside, and the next turn without it fills."""
    for _ in range(2):
        desk.turn(make_request_created(), halt=halt)
    assert desk.target.keys() == []
    assert desk.told("Not acting on request") == [("info", reason.value)]
    assert desk.tallies.unfilled == [reason]
    assert desk.tokens_free() == 100 * AMOUNT
    desk.turn()
    assert desk.target.keys() == [FILL]


def test_what_is_never_filled_is_told_so_all_the_same(desk: Desk) -> None:
    """A pause hides no fault of a configuration."""
    desk.turn(make_request_created(), halt=Halt.PAUSED, policy=make_fill_policy(is_filling=False))
    assert desk.state() == "ignored"


def test_fill_that_waits_is_dropped_and_made_when_it_goes_on(desk: Desk) -> None:
    """What it had set aside is free meanwhile."""
    desk.turn(make_request_created())
    assert desk.tokens_free() == 99 * AMOUNT
    for _ in range(2):
        desk.turn(halt=Halt.PAUSED)
    assert desk.target.waiting() == []
    assert desk.tokens_free() == 100 * AMOUNT
    desk.turn()
    assert [action.key for action in desk.target.waiting()] == [FILL]


def test_fill_that_was_sent_goes_on(desk: Desk) -> None:
    """It is paid for either way; its claim follows."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn(halt=Halt.DRAINING)
    assert desk.target.cancelled_keys == []
    assert desk.target.in_flight(FILL) is not None
    desk.turn(make_request_filled(), halt=Halt.DRAINING)
    assert desk.source.keys() == [CLAIM]


@pytest.mark.parametrize("halt", Halt)
def test_claims_and_withdrawals_go_on(desk: Desk, halt: Halt) -> None:
    """They are what a drain waits for."""
    desk.turn(*OURS, halt=halt)
    desk.turn(make_claim_made(), halt=halt)
    source = make_chain_view(head=make_block(timestamp=TERMINATION))
    desk.turn(halt=halt, source=source)
    assert desk.source.keys() == [CLAIM, WITHDRAW]


@pytest.mark.parametrize(("halt", "reason"), HALTS)
@pytest.mark.parametrize("story", [UNPROVEN, PROVEN], ids=["no fill", "absence proven"])
def test_false_claim_of_a_stranger_is_left_alone(
    desk: Desk, story: Any, halt: Halt, reason: Reason
) -> None:
    """Neither proven false nor challenged, though it ends; told once, and done when it goes on."""
    for now in (FALSE_FROM, ENDING):
        halted(desk, *story, halt=halt, now=now)
    assert desk.target.keys() == desk.source.keys() == []
    assert desk.told("Not bidding") == [("info", reason.value)]
    halted(desk, halt=None, now=ENDING)
    assert (desk.source.keys() or desk.target.keys()) != []


def test_false_claim_on_a_request_of_ours_is_challenged(desk: Desk) -> None:
    """Our deposit is behind it, before we have claimed it too."""
    thief = make_claim_made(
        claim_id=ClaimId(8), claimer=ALICE, fill_id=OTHER_FILL_ID, block_number=31
    )
    halted(desk, *OURS, thief, now=ENDING)
    bids = [action for action in desk.source.submitted if isinstance(action, ChallengeClaim)]
    assert [bid.claim_id for bid in bids] == [8]


def test_own_claim_is_defended(desk: Desk) -> None:
    """The stake and the deposit are ours."""
    outbid = make_claim_made(
        block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE + 1
    )
    halted(desk, *OURS, make_claim_made(), outbid, now=ENDING)
    assert desk.bids() != []


def test_game_in_which_we_have_staked_goes_on(desk: Desk) -> None:
    """Out-bid by the claimer, we answer."""
    ours = make_claim_made(
        claimer=ALICE, block_number=31, last_challenger=US, challenger_stake_total=STAKE + 1
    )
    answer = make_claim_made(
        claimer=ALICE,
        block_number=32,
        claimer_stake=2 * STAKE + 1,
        last_challenger=US,
        challenger_stake_total=STAKE + 1,
    )
    halted(desk, *PROVEN, ours, answer)
    assert desk.bids() != []


def test_bid_that_waits_is_dropped_where_nothing_is_ours(desk: Desk) -> None:
    """What it had staked is free again; when it goes on, it is bid anew."""
    desk.turn(*PROVEN, now=FALSE_FROM)
    assert [action.key for action in desk.source.waiting()] == [FIRST]
    for _ in range(2):
        halted(desk)
    assert desk.source.waiting() == []
    assert desk.staked() == 0
    halted(desk, halt=None)
    assert [action.key for action in desk.source.waiting()] == [FIRST]


def test_bid_that_was_sent_goes_on(desk: Desk) -> None:
    """It is ours from now on."""
    desk.turn(*PROVEN, now=FALSE_FROM)
    assert desk.source.mark_in_flight(FIRST)
    halted(desk)
    assert desk.source.in_flight(FIRST) is not None
    assert desk.staked() == STAKE + 1


def test_claim_on_what_another_has_filled_is_judged_all_the_same(desk: Desk) -> None:
    """It is known what it is when the direction goes on."""
    halted(desk, make_request_created(), make_request_filled(filler=BOB), UNPROVEN[1])
    assert desk.told("Judged a claim") != []
