"""Planner: claims are made until they are made, and losses are told."""

import pytest

from beamer_agent.actions.model import Reason, claim_key
from beamer_agent.events.model import Event
from beamer_agent.types import BlockNumber
from tests.factories import (
    ALICE,
    NOW,
    REQUEST_ID,
    SOURCE,
    VALID_UNTIL,
    make_block,
    make_claim_made,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_views import make_chain_view
from tests.planner_desk import CLAIM, Desk

pytestmark = pytest.mark.unit


def test_refused_claim_is_tried_again(desk: Desk) -> None:
    """For as long as it takes."""
    desk.turn(make_request_created(), make_request_filled())
    for tries in range(2, 6):
        desk.source.refuse(CLAIM, "the endpoint says no")
        desk.turn()
        assert len(desk.source.submitted) == tries - 1
        desk.clock.advance(60)
        desk.turn()
        assert len(desk.source.submitted) == tries


def test_claim_says_what_is_known_by_now(desk: Desk) -> None:
    """So that the sender looks only where the planner could not."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.refuse(CLAIM, "no")
    desk.clock.advance(60)
    desk.turn(source=make_chain_view(SOURCE, events_until=BlockNumber(123)))
    assert [action.known_until for action in desk.source.submitted] == [100, 123]  # type: ignore[union-attr]


def test_fill_that_a_reorg_moved_is_claimed_anew(desk: Desk) -> None:
    """With its new id."""
    desk.turn(make_request_created(), make_request_filled(), make_claim_made())
    moved = make_request_filled(block_number=21, fill_id=bytes(31) + b"1")
    desk.turn(moved)
    assert desk.source.keys() == [claim_key(REQUEST_ID, moved.fill_id)]


@pytest.mark.parametrize(
    ("events", "time", "sentence", "reason"),
    [
        (
            [make_request_filled()],
            VALID_UNTIL + 86_400,
            "Lost a deposit",
            Reason.CLAIM_DEADLINE_PASSED,
        ),
        (
            [make_request_filled(), make_claim_made(), make_request_resolved(filler=ALICE)],
            NOW,
            "Lost a claim",
            Reason.CLAIM_LOST,
        ),
        (
            [make_request_filled(), make_deposit_withdrawn(receiver=ALICE)],
            NOW,
            "Lost a deposit",
            Reason.DEPOSIT_LOST,
        ),
    ],
)
def test_loss_is_a_warning_once(
    desk: Desk, events: list[Event], time: int, sentence: str, reason: Reason
) -> None:
    """The operator has to know."""
    desk.fold.apply(make_request_created())
    view = {"source": make_chain_view(SOURCE, head=make_block(timestamp=time))}
    desk.turn(*events, **view)
    desk.turn(**view)
    assert desk.told(sentence) == [("warning", reason.value)]
