"""Planner: what was sent for a claim is undone when a reorganisation takes the claim away."""

from typing import Any

import pytest

from beamer_agent.types import BlockNumber, Timestamp
from tests.factories import (
    ALICE,
    NOW,
    REQUEST_ID,
    SOURCE,
    TERMINATION,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view
from tests.planner_desk import WITHDRAW, Desk

pytestmark = pytest.mark.unit

STORY = (make_request_created(), make_request_filled(), make_claim_made())


def at(timestamp: int, **changes: Any) -> Any:
    """The source chain at a time."""
    return make_chain_view(SOURCE, head=make_block(101, timestamp=Timestamp(timestamp)), **changes)


END = at(TERMINATION)


def withdrawing(desk: Desk) -> None:
    """A withdrawal of our claim is with a node."""
    desk.turn(*STORY, source=END)
    assert desk.source.mark_in_flight(WITHDRAW)


def test_withdrawal_of_a_claim_that_is_gone_is_undone(desk: Desk) -> None:
    """Nothing of it can be mined any more."""
    withdrawing(desk)
    desk.rewind(29, source=END)
    assert desk.source.is_cancelled(WITHDRAW)


def test_withdrawal_that_was_mined_is_undone_once_its_block_is_gone(desk: Desk) -> None:
    """Whoever hears of it first, planner or sender."""
    withdrawing(desk)
    desk.source.mark_done(WITHDRAW, BlockNumber(60))
    action = desk.source.submitted[-1]
    desk.turn(make_claim_stake_withdrawn(), source=END)
    desk.rewind(29, source=END)
    desk.source.mark_undone(action)
    desk.turn(source=END)
    assert desk.source.is_cancelled(WITHDRAW)


def test_withdrawal_waits_for_the_new_blocks_to_be_read(desk: Desk) -> None:
    """They may have the claim: then it goes on."""
    withdrawing(desk)
    unread = at(TERMINATION, is_synced=False)
    desk.rewind(29, source=unread)
    assert not desk.source.is_cancelled(WITHDRAW)
    desk.turn(make_claim_made(block_number=31), source=END)
    desk.turn(source=END)
    assert not desk.source.is_cancelled(WITHDRAW)


def test_withdrawal_that_waits_does_not_go_out(desk: Desk) -> None:
    """It costs nothing to drop it, whatever is read."""
    desk.turn(*STORY, source=END)
    desk.rewind(29, source=at(TERMINATION, is_synced=False))
    assert desk.source.waiting() == []


def test_number_that_another_claim_has_now_does_not_save_a_withdrawal(desk: Desk) -> None:
    """Claims are numbered anew."""
    withdrawing(desk)
    for request_id in desk.fold.rewind(SOURCE, BlockNumber(29)):
        desk.planner.reopen(request_id)
    desk.turn(make_claim_made(block_number=31, claimer=ALICE), source=END)
    assert desk.source.is_cancelled(WITHDRAW)


def test_bid_against_a_claim_that_is_gone_is_undone(desk: Desk) -> None:
    """As its simulation would say."""
    near = at(TERMINATION - 60)
    desk.turn(make_request_created(), make_claim_made(claimer=ALICE), source=near)
    (bid,) = desk.source.submitted
    desk.source.mark_in_flight(bid.key)
    desk.rewind(29, source=near)
    assert desk.source.is_cancelled(bid.key)


def test_proof_against_a_claim_that_is_gone_is_undone() -> None:
    """Nobody needs it."""
    desk = Desk(tokens=0)
    later = at(NOW + 200)
    desk.turn(make_request_created(), make_claim_made(claimer=ALICE), source=later)
    (proof,) = desk.target.submitted
    desk.target.mark_in_flight(proof.key)
    desk.rewind(29, source=later)
    assert desk.target.is_cancelled(proof.key)


def test_nothing_is_remembered_of_what_is_settled(desk: Desk) -> None:
    """Nor of what was given up."""
    withdrawing(desk)
    recalls = desk.planner._games._recalls
    assert recalls._sent.keys() == {REQUEST_ID}
    desk.planner.forget({REQUEST_ID})
    assert recalls._sent == {}


def test_nothing_is_remembered_of_what_was_given_up(desk: Desk) -> None:
    """A request that vanished may never come back."""
    withdrawing(desk)
    desk.rewind(9, source=END)
    desk.source.refuse(WITHDRAW, "cancelled")
    desk.turn(source=END)
    recalls = desk.planner._games._recalls
    assert recalls._sent == {}
    assert recalls._gone == set()


def test_claim_of_the_same_number_and_fill_stands(desk: Desk) -> None:
    """The reorganisation was above it."""
    withdrawing(desk)
    desk.rewind(30, source=END)
    assert not desk.source.is_cancelled(WITHDRAW)
