"""Planner: a direction that was built anew knows what its former generation has under way."""

import pytest

from tests.factories import TARGET, make_request_created, make_request_filled
from tests.made_views import make_chain_view
from tests.planner_desk import CLAIM, Desk
from tests.unit.test_game_planner_limits import BID, false_claims, watching

pytestmark = pytest.mark.unit

FILLED = (make_request_created(), make_request_filled())


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
