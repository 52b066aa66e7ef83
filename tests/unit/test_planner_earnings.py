"""Planner: what is told of requests that earn too little, and of races."""

from typing import Any

import pytest

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.actions.model import Reason
from beamer_agent.actions.testimony import Testimony
from beamer_agent.actions.view import EarningsPolicy
from beamer_agent.planning.loss_warning import QUIET_SECONDS
from beamer_agent.types import TokenAmount, Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    NOW,
    SOURCE_TOKEN,
    TARGET_TOKEN,
    US,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_fill_policy
from tests.planner_desk import FILL, UNSAFE, Desk, created

pytestmark = pytest.mark.unit

CREATED = make_request_created(lp_fee=TokenAmount(AMOUNT))
"""Its fee is a native coin."""
COSTS = ActionCosts(Wei(10**17), Wei(10**17), Wei(10**17))
DEAR = ActionCosts(Wei(10**18), Wei(10**18), Wei(10**18))


def known(costs: ActionCosts, earnings: EarningsPolicy | None = None) -> dict[str, Any]:
    """A view with prices, these costs on both chains, and the operator's word."""
    view: dict[str, Any] = {
        "source_costs": costs,
        "target_costs": costs,
        "source_prices": {SOURCE_TOKEN: AMOUNT},
        "target_prices": {TARGET_TOKEN: AMOUNT},
    }
    if earnings is not None:
        view["policy"] = make_fill_policy(earnings=earnings)
    return view


def lines(desk: Desk, sentence: str) -> list[dict[str, Any]]:
    """Those with a sentence."""
    return [dict(line) for line in desk.log.lines if line["event"] == sentence]


def test_request_that_earns_too_little_is_told_once_with_its_arithmetic() -> None:
    """And filled as soon as it earns enough."""
    desk, wanted = Desk(), EarningsPolicy(Wei(0))
    for _ in range(3):
        desk.turn(CREATED, **known(DEAR, wanted))
    assert desk.target.keys() == []
    (line,) = lines(desk, "Not acting on request")
    assert line["reason"] == Reason.UNPROFITABLE.value
    assert (line["fee"], line["profit"], line["min_profit"]) == (10**18, -2 * 10**18, 0)
    assert desk.tallies.unfilled == [Reason.UNPROFITABLE]
    assert desk.state() == "pending"
    desk.turn(**known(COSTS, wanted))
    assert desk.target.keys() == [FILL]


def test_fill_that_waits_is_dropped_when_it_does_not_pay_any_more() -> None:
    """It may wait for long, behind an outage; what was sent goes on."""
    desk, wanted = Desk(), EarningsPolicy(Wei(0))
    desk.turn(CREATED, **known(COSTS, wanted))
    desk.turn(**known(DEAR, wanted))
    assert not desk.target.is_waiting(FILL)
    desk.turn(**known(COSTS, wanted))
    desk.send_fill()
    desk.turn(**known(DEAR, wanted))
    assert desk.target.is_working_on(FILL)
    assert desk.target.cancelled_keys == []


def test_expected_losses_are_told_now_and_then() -> None:
    """Not for each request; without a word of the operator they are made all the same."""
    desk = Desk()
    desk.turn(CREATED, created(2), **known(DEAR))
    assert len(desk.target.keys()) == 2
    (line,) = lines(desk, "Fee does not cover the costs")
    assert (line["log_level"], line["profit"]) == ("warning", -2 * 10**18)
    desk.turn(created(3), now=NOW + QUIET_SECONDS - 1, **known(DEAR))
    assert len(lines(desk, "Fee does not cover the costs")) == 1
    late = NOW + QUIET_SECONDS
    desk.turn(created(4, valid_until=late + 10**4), now=late, **known(DEAR))
    assert len(lines(desk, "Fee does not cover the costs")) == 2


def test_fee_that_covers_the_costs_is_no_loss() -> None:
    """Nor one of which nothing is known."""
    desk = Desk()
    desk.turn(CREATED, **known(COSTS))
    desk.turn(created(2), source_costs=DEAR, target_costs=DEAR)
    assert len(desk.target.keys()) == 2
    assert lines(desk, "Fee does not cover the costs") == []


def test_fill_of_another_is_a_lost_race() -> None:
    """Whether ours was sent, or waits for endpoints to vouch for the request."""
    for testimony in (Testimony.UPHELD, Testimony.UNKNOWN):
        desk = Desk()
        desk.witness.requests = testimony
        desk.turn(CREATED)
        desk.turn(make_request_filled(filler=ALICE))
        assert desk.tallies.races == [(ALICE, False)]
        assert [line["rival"] for line in lines(desk, "Lost a race")] == [ALICE]


def test_own_fill_is_a_won_race() -> None:
    """Those of an earlier life are none."""
    desk = Desk()
    desk.turn(CREATED)
    desk.turn(make_request_filled())
    assert desk.tallies.races == [(US, True)]
    desk = Desk()
    desk.turn(CREATED, make_request_filled())
    assert desk.tallies.races == []


def test_race_that_nobody_wins_is_forgotten() -> None:
    """The request has expired."""
    desk = Desk()
    desk.witness.requests = Testimony.UNKNOWN
    desk.turn(CREATED)
    assert desk.planner._races._aims != {}
    desk.turn(now=UNSAFE)
    assert desk.planner._races._aims == {}


def test_what_we_do_not_want_is_no_race() -> None:
    """It earned too little, or was beyond what we could pay."""
    desk = Desk()
    desk.turn(CREATED, **known(DEAR, EarningsPolicy(Wei(0))))
    desk.turn(make_request_filled(filler=ALICE))
    poor = Desk(tokens=AMOUNT)
    poor.turn(CREATED, created(2))
    poor.turn(make_request_filled(request_id=created(2).request_id, filler=ALICE))
    assert desk.tallies.races == poor.tallies.races == []
