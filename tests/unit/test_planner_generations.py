"""Planner: a direction that was built anew knows what its former generation has under way."""

from dataclasses import replace

import pytest

from beamer_agent.actions.model import FillRequest, claim_key
from beamer_agent.actions.view import CLOCK_DIFFERENCE
from beamer_agent.events.view import ChainView
from beamer_agent.types import BlockNumber, ChainId, Timestamp
from tests.factories import (
    OTHER_FILL_ID,
    REQUEST_ID,
    TARGET,
    make_request_created,
    make_request_filled,
)
from tests.made_views import TERMS, make_chain_view
from tests.planner_desk import CLAIM, FILL, UNSAFE, Desk, QueueSender
from tests.unit.test_game_planner_limits import BID, false_claims, watching

pytestmark = pytest.mark.unit

FILLED = (make_request_created(), make_request_filled())
OTHER_SOURCE = ChainId(1_003)
EARLIEST = UNSAFE - TERMS.max_validity - CLOCK_DIFFERENCE
"""When the request may have been made at the earliest, by its fill."""


def read_since(time: int) -> ChainView:
    """The source chain, whose history is being read."""
    return make_chain_view(events_from=BlockNumber(5), events_since=Timestamp(time))


def test_a_claim_on_its_way_is_not_made_again() -> None:
    """Its stake would be paid twice."""
    former = Desk()
    former.turn(*FILLED)
    assert former.source.mark_in_flight(CLAIM)
    desk = Desk(beside=former)
    desk.turn(*FILLED)
    assert desk.source.keys() == [CLAIM]


def test_a_claim_on_its_way_is_undone_with_its_fill() -> None:
    """Nobody else would: it would be a false one."""
    former = Desk()
    former.turn(*FILLED)
    assert former.source.mark_in_flight(CLAIM)
    desk = Desk(beside=former)
    desk.turn(*FILLED)
    desk.rewind(19, TARGET, target=make_chain_view(TARGET))
    assert desk.source.is_cancelled(CLAIM)


def test_a_bid_on_its_way_counts_into_the_limit() -> None:
    """Otherwise another claim would be challenged beyond it."""
    former, claims = Desk(), false_claims(1)
    watching(former, *claims, limit=6 * BID)
    (bid,) = former.source.submitted
    assert former.source.mark_in_flight(bid.key)
    desk = Desk(beside=former)
    for _ in range(2):
        watching(desk, *claims, limit=6 * BID)
    assert desk.staked() == BID
    assert desk.source.submitted == [bid]


def test_a_fill_on_its_way_is_undone_when_its_request_is_nowhere() -> None:
    """A reorganisation took it while nobody looked; once that is read, nobody else would know."""
    former = Desk()
    former.turn(make_request_created())
    former.send_fill()
    desk = Desk(beside=former, fills=former.target)
    desk.turn(source=make_chain_view(is_synced=False))
    desk.turn(source=read_since(EARLIEST + 1))
    assert not desk.target.is_cancelled(FILL)
    desk.turn(source=read_since(EARLIEST))
    assert desk.target.is_cancelled(FILL)


def test_a_fill_on_its_way_goes_on_when_its_request_is_read() -> None:
    """It may be read late."""
    former = Desk()
    former.turn(make_request_created())
    former.send_fill()
    desk = Desk(beside=former, fills=former.target)
    desk.turn(source=read_since(EARLIEST + 1))
    desk.turn(make_request_created())
    assert desk.target.cancelled_keys == []
    desk.rewind(9)
    assert desk.target.is_cancelled(FILL)


def test_a_fill_of_another_direction_is_left_to_it() -> None:
    """They share the sender of their target chain."""
    former = Desk()
    former.turn(make_request_created())
    (fill,) = former.target.submitted
    assert isinstance(fill, FillRequest)
    sender = QueueSender(former.clock)
    sender.submit(replace(fill, source_chain_id=OTHER_SOURCE))
    assert sender.mark_in_flight(FILL)
    Desk(beside=former, fills=sender).turn()
    assert sender.cancelled_keys == []


def test_a_claim_on_its_way_is_undone_when_its_fill_is_another_by_now() -> None:
    """A reorganisation of the target chain moved it while nobody looked."""
    former = Desk()
    former.turn(*FILLED)
    assert former.source.mark_in_flight(CLAIM)
    desk = Desk(beside=former)
    desk.turn(make_request_created(), make_request_filled(fill_id=OTHER_FILL_ID))
    assert desk.source.is_cancelled(CLAIM)
    assert desk.source.keys() == [CLAIM, claim_key(REQUEST_ID, OTHER_FILL_ID)]


def test_a_bid_on_its_way_is_undone_with_its_claim() -> None:
    """The number of the claim may be given to an honest one."""
    former, events = Desk(), false_claims(1)
    watching(former, *events, limit=6 * BID)
    (bid,) = former.source.submitted
    assert former.source.mark_in_flight(bid.key)
    desk = Desk(beside=former)
    watching(desk, *events, limit=6 * BID)
    desk.rewind(30)
    assert desk.source.is_cancelled(bid.key)
