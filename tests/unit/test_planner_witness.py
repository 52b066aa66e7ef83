"""Planner: endpoints have to vouch for what money follows."""

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.actions.testimony import Testimony
from beamer_agent.actions.view import DepthPolicy
from tests.factories import (
    ALICE,
    FILL_ID,
    REQUEST_ID,
    TARGET,
    VALID_UNTIL,
    make_block,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.made_views import TERMS, make_chain_view, make_fill_policy
from tests.planner_desk import CLAIM, FILL, Desk

pytestmark = pytest.mark.unit


def test_request_is_filled_in_the_turn_in_which_it_is_upheld(desk: Desk) -> None:
    """And in none before; nothing is said about the waiting."""
    desk.witness.requests = Testimony.UNKNOWN
    for _ in range(3):
        desk.turn(make_request_created())
    assert desk.target.keys() == []
    assert desk.state() == "pending"
    desk.witness.requests = Testimony.UPHELD
    desk.turn()
    assert desk.target.keys() == [FILL]
    assert desk.told("Not acting on request") == []


def test_request_that_is_denied_is_not_filled(desk: Desk) -> None:
    """A warning, once; it is looked at again."""
    desk.witness.requests = Testimony.DENIED
    for _ in range(3):
        desk.turn(make_request_created())
    assert desk.target.keys() == []
    assert desk.told("Not acting on request") == [("warning", Reason.DENIED.value)]
    desk.witness.requests = Testimony.UPHELD
    desk.turn()
    assert desk.target.keys() == [FILL]


def test_endpoints_are_asked_at_the_depth_that_the_request_needs(desk: Desk) -> None:
    """That of confirmations by amount is a rule's; here of all."""
    desk.turn(make_request_created(), depths=DepthPolicy(request=3))
    assert desk.witness.asked == [(REQUEST_ID, 3)]


def test_nobody_is_asked_about_what_is_not_filled_anyway(desk: Desk) -> None:
    """Questions cost."""
    desk.turn(make_request_created(), policy=make_fill_policy(is_filling=False))
    assert desk.witness.asked == []
    desk.turn(make_request_filled(filler=ALICE))
    assert desk.witness.asked == []


def test_fill_on_its_way_is_cancelled_when_its_request_is_denied(desk: Desk) -> None:
    """The one endpoint that had told of it may have lied."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.witness.requests = Testimony.UNKNOWN
    desk.turn()
    assert desk.target.cancelled_keys == []
    desk.witness.requests = Testimony.DENIED
    desk.turn()
    assert desk.target.is_cancelled(FILL)


def test_fill_is_claimed_in_the_turn_in_which_it_is_upheld(desk: Desk) -> None:
    """With its own depth; a claim for a fill that has moved would be lost."""
    desk.witness.fills = Testimony.UNKNOWN
    for _ in range(2):
        desk.turn(make_request_created(), make_request_filled(), depths=DepthPolicy(claim=4))
    assert desk.source.keys() == []
    assert desk.witness.asked == [(FILL_ID, 4)] * 2
    desk.witness.fills = Testimony.UPHELD
    desk.turn()
    assert desk.source.keys() == [CLAIM]


def test_fill_that_is_denied_is_not_claimed(desk: Desk) -> None:
    """A warning, once."""
    desk.witness.fills = Testimony.DENIED
    for _ in range(2):
        desk.turn(make_request_created(), make_request_filled())
    assert desk.source.keys() == []
    assert desk.told("Not acting on request") == [("warning", Reason.DENIED.value)]


def test_claim_that_is_made_or_refused_is_asked_about_no_more(desk: Desk) -> None:
    """Until its pause is over."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.refuse(CLAIM, "the endpoint says no")
    desk.turn()
    assert len(desk.witness.asked) == 1
    desk.clock.advance(60)
    desk.turn(make_claim_made())
    assert len(desk.witness.asked) == 1


def test_claim_does_not_miss_its_deadline_for_a_target_chain_that_is_down(desk: Desk) -> None:
    """What was seen has to do then."""
    desk.witness.fills = Testimony.UNKNOWN
    down = make_chain_view(TARGET, head=make_block(20), is_reachable=False, is_synced=False)
    urgent = VALID_UNTIL - TERMS.answer_margin
    view = {"target": down, "depths": DepthPolicy(claim=9)}
    desk.turn(make_request_created(), make_request_filled(), now=urgent - 1, **view)
    assert desk.source.keys() == []
    desk.turn(now=urgent, **view)
    assert desk.source.keys() == [CLAIM]


def test_fill_that_endpoints_deny_is_not_claimed_at_the_last_moment_either(desk: Desk) -> None:
    """The stake would be lost with the deposit."""
    desk.witness.fills = Testimony.DENIED
    urgent = VALID_UNTIL - TERMS.answer_margin
    desk.turn(make_request_created(), make_request_filled(), now=urgent)
    assert desk.source.keys() == []
