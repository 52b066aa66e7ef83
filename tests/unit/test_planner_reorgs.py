"""Planner: what a reorganisation takes away is undone, told once, and comes back by itself."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, claim_key
from beamer_agent.types import BlockNumber
from tests.factories import (
    ALICE,
    CLAIM_ID,
    FILL_ID,
    OTHER_FILL_ID,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TARGET,
    TERMINATION,
    VALID_UNTIL,
    make_block,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view
from tests.planner_desk import CLAIM, FILL, Desk

pytestmark = pytest.mark.unit

VANISHED = [("warning", Reason.REQUEST_VANISHED.value)]


def test_fill_that_waits_is_dropped_with_its_request(desk: Desk) -> None:
    """And made when the request is there again."""
    desk.turn(make_request_created())
    desk.rewind(9)
    assert desk.target.waiting() == []
    desk.turn(make_request_created(block_number=12))
    assert desk.target.keys() == [FILL, FILL]
    assert desk.losses == []


def test_fill_on_its_way_is_cancelled_with_its_request(desk: Desk) -> None:
    """At once, though the new blocks may not be read yet; nothing is lost by it."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.rewind(9, source=make_chain_view(SOURCE, is_synced=False))
    assert desk.target.is_cancelled(FILL)
    desk.target.refuse(FILL, "cancelled")
    desk.turn()
    assert desk.told("Lost a deposit") == []
    assert desk.planner._recalls._gone == {}


def test_request_that_stays_keeps_its_fill(desk: Desk) -> None:
    """The reorganisation was above it."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.rewind(10)
    assert desk.target.cancelled_keys == []


def test_request_that_is_in_the_new_blocks_keeps_its_fill(desk: Desk) -> None:
    """When they come with the word on the old ones."""
    desk.turn(make_request_created())
    desk.send_fill()
    for request_id in desk.fold.rewind(SOURCE, BlockNumber(9)):
        desk.planner.reopen(request_id)
    desk.turn(make_request_created(block_number=11))
    assert desk.target.cancelled_keys == []


@pytest.mark.parametrize("is_seen", [True, False])
def test_deposit_of_a_request_that_vanished_is_lost(desk: Desk, is_seen: bool) -> None:
    """Once our fill is mined; told and counted once, and only when the new blocks are read."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.target.mark_done(FILL, BlockNumber(20))
    if is_seen:
        desk.turn(make_request_filled())
    desk.rewind(9, source=make_chain_view(SOURCE, is_synced=False))
    assert desk.losses == []
    for _ in range(3):
        desk.turn()
    assert desk.told("Lost a deposit") == VANISHED
    assert desk.losses == [Reason.REQUEST_VANISHED]


def test_request_that_is_to_be_read_again_is_not_lost(desk: Desk) -> None:
    """A reorganisation that was too deep leaves nothing known; older blocks are read later."""
    desk.turn(make_request_created(), make_request_filled())
    desk.rewind(-1, source=make_chain_view(SOURCE, events_since=1))
    desk.turn(source=make_chain_view(SOURCE, events_since=1))
    assert desk.losses == []
    desk.turn()
    assert desk.losses == [Reason.REQUEST_VANISHED]


def test_fill_of_an_earlier_life_is_lost_with_its_request(desk: Desk) -> None:
    """What is known of it came from the chain."""
    desk.turn(make_request_created(), make_request_filled())
    desk.rewind(9)
    assert desk.told("Lost a deposit") == VANISHED
    assert desk.planner._recalls._gone == {}
    assert desk.planner._log._told == {}


def test_request_that_comes_back_is_claimed(desk: Desk) -> None:
    """As if it had just been seen; when it goes again, that is told again."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    desk.rewind(9)
    assert desk.source.is_cancelled(CLAIM)
    desk.source.refuse(CLAIM, "cancelled")
    desk.clock.advance(60)
    desk.turn(make_request_created(block_number=12))
    assert desk.source.keys() == [CLAIM, CLAIM]
    desk.rewind(9)
    assert desk.losses == [Reason.REQUEST_VANISHED] * 2


def test_requests_of_others_vanish_without_a_word(desk: Desk) -> None:
    """It is not our money."""
    desk.turn(make_request_created(), make_request_filled(filler=ALICE))
    desk.rewind(9)
    assert desk.losses == []
    assert (desk.planner._open, desk.planner._recalls._gone) == ({}, {})


def test_request_that_is_forgotten_has_not_vanished(desk: Desk) -> None:
    """The fold drops what is settled."""
    desk.turn(make_request_created(), make_request_filled())
    desk.fold.requests.remove(REQUEST_ID)
    desk.turn()
    assert desk.losses == []
    assert (desk.planner._open, desk.planner._recalls._filled) == ({}, set())


@pytest.mark.parametrize("is_moved", [True, False])
def test_claim_on_its_way_is_cancelled_with_its_fill(desk: Desk, is_moved: bool) -> None:
    """Whether there is another fill or none: the claim would be false."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    desk.turn()
    assert desk.source.cancelled_keys == []
    for request_id in desk.fold.rewind(TARGET, BlockNumber(19)):
        desk.planner.reopen(request_id)
    moved = make_request_filled(block_number=21, fill_id=OTHER_FILL_ID)
    desk.turn(*([moved] if is_moved else []))
    assert desk.source.is_cancelled(CLAIM)
    new_claim = claim_key(REQUEST_ID, OTHER_FILL_ID)
    assert desk.source.keys() == [CLAIM, *([new_claim] if is_moved else [])]


@pytest.mark.parametrize(
    "unread", [{"is_synced": False}, {"events_since": VALID_UNTIL}], ids=["new blocks", "history"]
)
def test_claim_on_its_way_stays_while_its_fill_may_be_read_again(
    desk: Desk, unread: dict[str, Any]
) -> None:
    """Its nonce would be paid for nothing: most fills are in the new blocks as well."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    desk.rewind(19, TARGET, target=make_chain_view(TARGET, **unread))
    assert desk.source.cancelled_keys == []
    desk.turn()
    assert desk.source.is_cancelled(CLAIM)


@pytest.mark.parametrize("unread", [{"is_synced": False}, {"events_since": VALID_UNTIL}])
def test_claim_on_its_way_stays_while_its_request_may_be_read_again(
    desk: Desk, unread: dict[str, Any]
) -> None:
    """Likewise."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    desk.rewind(9, source=make_chain_view(SOURCE, **unread))
    assert desk.source.cancelled_keys == []
    desk.turn()
    assert desk.source.is_cancelled(CLAIM)


def test_claim_that_waits_is_dropped_with_its_fill(desk: Desk) -> None:
    """At once, whatever is read: it costs nothing, and is made again when the fill is back."""
    desk.turn(make_request_created(), make_request_filled())
    desk.rewind(19, TARGET, target=make_chain_view(TARGET, is_synced=False))
    assert desk.source.waiting() == []
    desk.turn(make_request_filled(block_number=21))
    assert desk.source.keys() == [CLAIM, CLAIM]


def test_claim_that_was_mined_is_not_followed_for_ever(desk: Desk) -> None:
    """Memory is bounded by what is on its way, or may still have to be undone."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    desk.source.mark_done(CLAIM, BlockNumber(30))
    desk.turn(make_claim_made())
    assert desk.planner._recalls._claims.keys() == {REQUEST_ID}
    desk.source.forget(BlockNumber(30), 0)
    desk.turn(source=make_chain_view(SOURCE, head=make_block(101, timestamp=TERMINATION)))
    assert desk.planner._recalls._claims == {}


def test_claim_whose_fill_moved_is_a_loss_told_once(desk: Desk) -> None:
    """With what is at stake and both fills; the new fill is claimed."""
    desk.turn(make_request_created(), make_request_filled(), make_claim_made())
    for request_id in desk.fold.rewind(TARGET, BlockNumber(19)):
        desk.planner.reopen(request_id)
    moved = make_request_filled(block_number=21, fill_id=OTHER_FILL_ID)
    for _ in range(3):
        desk.turn(moved)
    assert desk.source.keys() == [claim_key(REQUEST_ID, OTHER_FILL_ID)]
    (line,) = (line for line in desk.log.lines if line["event"] == "Lost a claim")
    assert (line["log_level"], line["reason"]) == ("warning", Reason.FILL_MOVED.value)
    assert (line["claim_id"], line["stake"]) == (CLAIM_ID, STAKE)
    assert (line["fill_id"], line["new_fill_id"]) == (FILL_ID, OTHER_FILL_ID)
    assert desk.losses == [Reason.FILL_MOVED]
