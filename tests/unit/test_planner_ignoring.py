"""Planner: which requests are ignored for good, which only wait, and what is told of them."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.events.model import Event
from tests.factories import (
    NOW,
    SOURCE,
    TARGET,
    VALID_UNTIL,
    make_block,
    make_claim_made,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_views import make_chain_view
from tests.planner_desk import CLAIM, FILL, UNSAFE, Desk

pytestmark = pytest.mark.unit


def test_ignored_request_that_was_filled_after_all_is_claimed(desk: Desk) -> None:
    """By an earlier life, in a block that was read late."""
    desk.turn(make_request_created(), now=UNSAFE)
    assert desk.state() == "ignored"
    desk.turn(make_request_filled(), now=UNSAFE)
    assert desk.source.keys() == [CLAIM]


def test_ignored_request_is_not_looked_at_again(desk: Desk) -> None:
    """A clock that goes back changes nothing; its reason is told once."""
    for now in (UNSAFE, UNSAFE, NOW):
        desk.turn(make_request_created(), now=now)
    assert desk.target.keys() == []
    assert desk.told("Not acting on request") == [("info", Reason.UNSAFE_FILL_TIME.value)]


def test_request_is_filled_after_one_head_of_the_future(desk: Desk) -> None:
    """It was a mistake of one endpoint: nothing was given up on its word."""
    desk.turn(
        make_request_created(),
        source=make_chain_view(SOURCE, head=make_block(101, timestamp=VALID_UNTIL)),
    )
    assert (desk.state(), desk.target.keys()) == ("pending", [])
    desk.turn()
    assert desk.target.keys() == [FILL]


@pytest.mark.parametrize("event", [make_claim_made(), make_request_resolved()])
def test_request_whose_fill_is_read_late_is_not_ignored(desk: Desk, event: Event) -> None:
    """The source chain was read first, and the unsafe time has begun: it was filled."""
    unread = make_chain_view(TARGET, is_synced=False)
    for target in (unread, make_chain_view(TARGET)):
        desk.turn(make_request_created(), event, now=VALID_UNTIL, target=target)
    assert desk.state() in ("claimed", "l1_resolved")
    assert desk.target.keys() == []


def test_nothing_is_ignored_before_the_target_chain_is_read(desk: Desk) -> None:
    """A start reads history; a line for each old request would be noise."""
    desk.turn(
        make_request_created(), now=VALID_UNTIL, target=make_chain_view(TARGET, is_synced=False)
    )
    assert desk.state() == "pending"
    assert desk.log.lines == []


@pytest.mark.parametrize(
    "view",
    [
        {"target": make_chain_view(TARGET, is_reachable=False)},
        {"source_funds": None},
    ],
)
def test_what_passes_by_itself_is_not_told(desk: Desk, view: dict[str, Any]) -> None:
    """And does not keep the request from being filled."""
    desk.turn(make_request_created(), **view)
    assert desk.log.lines == []
    desk.turn()
    assert desk.target.keys() == [FILL]
