"""Planner: fills that were submitted and must not happen any more."""

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.types import BlockNumber
from tests.factories import (
    ALICE,
    AMOUNT,
    SOURCE,
    STAKE,
    TARGET,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view
from tests.planner_desk import CLAIM, FILL, UNSAFE, Desk

pytestmark = pytest.mark.unit


def test_unsafe_fill_on_its_way_is_cancelled(desk: Desk) -> None:
    """It keeps its promises until it is undone, and only then is the request ignored."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn(now=UNSAFE - 1)
    assert desk.target.cancelled_keys == []
    for _ in range(2):
        desk.turn(now=UNSAFE)
    assert desk.target.is_cancelled(FILL)
    assert desk.state() == "filled"
    assert desk.tokens_free() == 99 * AMOUNT
    desk.target.refuse(FILL, "cancelled")
    desk.turn(now=UNSAFE)
    assert desk.state() == "ignored"
    assert desk.tokens_free() == 100 * AMOUNT
    assert desk.planner._open == {}
    assert desk.told("Not acting on request") == [("info", Reason.UNSAFE_FILL_TIME.value)]


def test_unsafe_fill_that_waits_is_dropped_at_once(desk: Desk) -> None:
    """Nothing is to be undone."""
    desk.turn(make_request_created())
    desk.turn(now=UNSAFE)
    assert desk.target.waiting() == []
    assert desk.state() == "ignored"


def test_unsafe_fill_is_cancelled_while_chains_are_not_to_be_read(desk: Desk) -> None:
    """Time goes on without them."""
    desk.turn(make_request_created())
    desk.send_fill()
    lost = {
        "source": make_chain_view(SOURCE, is_reachable=False, is_synced=False),
        "target": make_chain_view(TARGET, is_reachable=False, is_synced=False),
    }
    desk.turn(now=UNSAFE, **lost)
    assert desk.target.is_cancelled(FILL)


def test_fill_is_cancelled_when_the_deposit_is_gone(desk: Desk) -> None:
    """Somebody else was paid with it; ours would be for nothing."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn(make_deposit_withdrawn(receiver=ALICE))
    assert desk.target.is_cancelled(FILL)
    desk.target.refuse(FILL, "cancelled")
    desk.turn()
    assert desk.planner._open == {}


def test_fill_that_was_mined_in_spite_of_its_cancellation_is_claimed(desk: Desk) -> None:
    """Whatever was decided before: what is filled is claimed."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn(now=UNSAFE)
    desk.target.mark_done(FILL, BlockNumber(100))
    desk.turn(make_request_filled(), now=UNSAFE)
    assert desk.source.keys() == [CLAIM]
    assert desk.native_free() == 10**19 - STAKE
