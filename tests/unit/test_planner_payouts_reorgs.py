"""Planner: what is paid out counts through reorganisations, and from one life to the next."""

from typing import Any

import pytest

from beamer_agent.types import BlockNumber, ChainId
from tests.factories import (
    ALICE,
    AMOUNT,
    NOW,
    REQUEST_ID,
    SOURCE,
    TARGET,
    make_block,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view
from tests.paying import SECOND, STORY, make_book
from tests.planner_desk import FILL, Desk, created

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("chain_id", [SOURCE, TARGET])
def test_what_is_read_anew_after_a_reorganisation_counts_all_the_while(chain_id: ChainId) -> None:
    """Another direction must not pay out meanwhile what is in the new blocks as well."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    beside = Desk(payouts=desk.payouts)
    desk.turn(*STORY)
    side = "source" if chain_id == SOURCE else "target"
    desk.rewind(0, chain_id, **{side: make_chain_view(chain_id, is_synced=False)})
    beside.turn(created(2))
    assert beside.target.keys() == []
    desk.turn(*[event for event in STORY if event.chain_id == chain_id])
    beside.turn()
    assert beside.target.keys() == []


def test_fill_that_another_made_after_a_reorganisation_does_not_count() -> None:
    """Though it was seen while blocks were read, and nothing has happened to it since."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    desk.turn(*STORY[:2])
    unread = make_chain_view(TARGET, is_synced=False)
    desk.rewind(0, TARGET, target=unread)
    desk.turn(make_request_filled(filler=ALICE), target=unread)
    desk.turn(created(2))
    assert desk.target.keys() == [SECOND]


def test_fill_that_was_undone_counts_while_it_may_be_mined() -> None:
    """A pool may have it still; the same fill goes out again for the same room."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    beside = Desk(payouts=desk.payouts)
    desk.turn(make_request_created())
    (fill,) = desk.target.submitted
    desk.send_fill()
    desk.target.mark_done(FILL, make_block().number)
    desk.target.mark_undone(fill)
    request = desk.fold.requests.get(REQUEST_ID)
    assert request is not None
    desk.planner._payouts.state([request], desk.view())
    beside.turn(created(2))
    assert beside.target.keys() == []
    desk.turn()
    assert desk.target.keys() == [FILL, FILL]


def test_last_blocks_of_an_earlier_life_are_waited_for() -> None:
    """Their fills are not told before they are confirmed; a head too high, once, is no head."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))

    def at(head: int, events_until: int) -> Any:
        block = make_block(head, timestamp=NOW)
        return make_chain_view(TARGET, head=block, events_until=BlockNumber(events_until))

    desk.turn(make_request_created(), target=at(10**9, 95))
    desk.turn(target=at(100, 95))
    desk.turn(target=at(104, 99))
    assert desk.target.keys() == []
    desk.turn(target=at(105, 100))
    assert desk.target.keys() == [FILL]
