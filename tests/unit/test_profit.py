"""Profit: what a fill is expected to earn, and what the operator's word makes of it."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.actions.model import FillRequest, Reason, Skip
from beamer_agent.actions.profit import profit_sheet, risk_ppm
from beamer_agent.actions.view import DepthPolicy, DirectionView, EarningsPolicy
from beamer_agent.config import Tier
from beamer_agent.config.fields import UNLIMITED
from beamer_agent.types import TokenAmount, Wei
from tests.decisions import decide
from tests.factories import (
    SOURCE_TOKEN,
    TARGET_TOKEN,
    make_request,
    make_request_created,
)
from tests.made_views import make_direction_view, make_fill_policy, make_token_pairs

pytestmark = pytest.mark.unit

GWEI = 10**9
SOURCE_PRICE, TARGET_PRICE = 3_000_000_000, 1_500_000
"""A coin of 3 000 tokens of 6 decimals, and one of 1.5."""
AMOUNT, LP_FEE = TokenAmount(1_000_000_000), TokenAmount(1_000_000)
CREATED = make_request_created(amount=AMOUNT, lp_fee=LP_FEE)
FEE = 333_333_333_333_333
"""A token in wei, rounded down."""
COSTS = ActionCosts(Wei(1), Wei(20_000 * GWEI), Wei(10_000 * GWEI))
TARGET_COSTS = ActionCosts(Wei(10**16), Wei(2), Wei(3))
"""The fill costs 0.015 tokens, 5 000 gwei of the source chain."""
PROFIT = FEE - 35_000 * GWEI


def make_view(**changes: Any) -> DirectionView:
    """With prices and costs of both chains."""
    known: dict[str, Any] = {
        "source_prices": {SOURCE_TOKEN: SOURCE_PRICE},
        "target_prices": {TARGET_TOKEN: TARGET_PRICE},
        "source_costs": COSTS,
        "target_costs": TARGET_COSTS,
    }
    return make_direction_view(**(known | changes))


def decision(min_profit: int | None = None, min_fee_ppm: int = 0, **changes: Any) -> object:
    """What is done about the request, with this word of the operator."""
    wanted = EarningsPolicy(None if min_profit is None else Wei(min_profit), min_fee_ppm)
    view = make_view(policy=make_fill_policy(earnings=wanted), **changes)
    names = ("source_prices", "target_prices", "source_costs", "target_costs", "policy")
    fields = {name: getattr(view, name) for name in names}
    return decide(make_request(created=CREATED), **fields)


def test_profit_is_the_fee_less_all_costs() -> None:
    """Each in the source chain's currency, whatever the target chain's is worth."""
    sheet = profit_sheet(CREATED, make_view())
    assert sheet is not None
    assert (sheet.fee, sheet.fill_cost) == (FEE, 5_000 * GWEI)
    assert (sheet.claim_cost, sheet.withdraw_cost, sheet.margin) == (20_000 * GWEI, 10**13, 0)
    assert sheet.profit == PROFIT
    assert dict(sheet.figures)["profit"] == PROFIT


@pytest.mark.parametrize(
    ("allowance", "is_paid"), [(None, True), (UNLIMITED, False), (AMOUNT, False)]
)
def test_approval_counts_where_each_fill_needs_its_own(
    allowance: int | None, is_paid: bool
) -> None:
    """Others serve many fills."""
    costs = replace(TARGET_COSTS, approve=Wei(4 * 10**15))
    policy = make_fill_policy(pairs=make_token_pairs(allowance))
    sheet = profit_sheet(CREATED, make_view(target_costs=costs, policy=policy))
    assert sheet is not None
    assert sheet.fill_cost == (7_000 if is_paid else 5_000) * GWEI


def test_roundings_are_against_us() -> None:
    """Fees are rounded down, costs and risks up."""
    small = make_request_created(amount=TokenAmount(1), lp_fee=TokenAmount(2))
    view = make_view(
        source_prices={SOURCE_TOKEN: 3 * 10**18},
        policy=make_fill_policy(earnings=EarningsPolicy(risk_ppm=1)),
        target_costs=replace(TARGET_COSTS, fill=Wei(1)),
    )
    sheet = profit_sheet(small, view)
    assert sheet is not None
    assert (sheet.fee, sheet.fill_cost, sheet.margin) == (0, 1, 1)


@pytest.mark.parametrize(
    "unknown",
    [
        {"source_costs": None},
        {"target_costs": None},
        {"source_prices": {}},
        {"target_prices": {}},
        {"source_prices": {SOURCE_TOKEN: 0}},
        {"target_prices": {TARGET_TOKEN: 0}},
    ],
)
def test_without_a_price_or_a_cost_there_is_no_profit(unknown: dict[str, Any]) -> None:
    """Then a request is filled only where the operator does not ask for one."""
    assert profit_sheet(CREATED, make_view(**unknown)) is None
    assert isinstance(decision(**unknown), FillRequest)
    assert isinstance(decision(min_fee_ppm=1_000, **unknown), FillRequest)
    assert decision(0, **unknown) == Skip(Reason.UNPRICED)
    assert decision(min_fee_ppm=1_001, **unknown) == Skip(Reason.UNPROFITABLE)


def test_without_a_word_of_the_operator_every_fee_will_do() -> None:
    """Also one that does not cover the costs."""
    dear = replace(COSTS, claim=Wei(10**18))
    assert isinstance(decision(source_costs=dear), FillRequest)
    assert decision(0, source_costs=dear) == Skip(Reason.UNPROFITABLE)


def test_profit_must_reach_the_least_that_is_wanted() -> None:
    """The least itself will do; the refusal has the whole arithmetic."""
    assert isinstance(decision(PROFIT), FillRequest)
    refusal = decision(PROFIT + 1)
    assert refusal == Skip(Reason.UNPROFITABLE)
    assert isinstance(refusal, Skip)
    assert dict(refusal.figures) == {
        "amount": AMOUNT,
        "lp_fee": LP_FEE,
        "source_price": SOURCE_PRICE,
        "target_price": TARGET_PRICE,
        "fee": FEE,
        "fill_cost": 5_000 * GWEI,
        "claim_cost": 20_000 * GWEI,
        "withdraw_cost": 10_000 * GWEI,
        "margin": 0,
        "profit": PROFIT,
        "min_profit": PROFIT + 1,
    }


def test_fee_must_reach_its_part_of_the_amount() -> None:
    """A thousand parts per million are paid."""
    assert isinstance(decision(min_fee_ppm=1_000), FillRequest)
    refusal = decision(min_fee_ppm=1_001)
    assert refusal == Skip(Reason.UNPROFITABLE)
    assert isinstance(refusal, Skip)
    figures = dict(refusal.figures)
    assert (figures["fee_ppm"], figures["min_fee_ppm"]) == (1_000, 1_001)
    assert figures["profit"] == PROFIT


def test_request_that_is_not_profitable_may_become_so() -> None:
    """Prices move."""
    refusal = decision(PROFIT + 1)
    assert isinstance(refusal, Skip)
    assert not refusal.is_final


def test_risk_is_that_of_the_highest_tier_that_names_one() -> None:
    """Others take it from the chain."""
    tiers = (
        Tier(amount=TokenAmount(100), blocks=0, risk_ppm=7),
        Tier(amount=TokenAmount(200), blocks=1),
        Tier(amount=TokenAmount(300), blocks=2, risk_ppm=0),
    )
    policy = make_fill_policy(earnings=EarningsPolicy(risk_ppm=5))
    view = make_view(policy=policy, depths=DepthPolicy(by_amount={"TST": tiers}))

    def risk(amount: int) -> int:
        return risk_ppm(make_request_created(amount=TokenAmount(amount)), view)

    assert [risk(amount) for amount in (99, 100, 199, 200, 299, 300)] == [5, 7, 7, 7, 7, 0]


def test_margin_is_taken_off_the_profit() -> None:
    """A hundred parts per million of a thousand tokens are a tenth of a token."""
    policy = make_fill_policy(earnings=EarningsPolicy(risk_ppm=100))
    sheet = profit_sheet(CREATED, make_view(policy=policy))
    assert sheet is not None
    assert sheet.margin == 33_333_333_333_334
    assert sheet.profit == PROFIT - sheet.margin


def test_nothing_is_refused_for_its_price_before_its_funds_are_known() -> None:
    """Costs and balances arrive together, soon after the start."""
    policy = make_fill_policy(earnings=EarningsPolicy(Wei(0)))
    request = make_request(created=CREATED)
    assert decide(request, policy=policy, source_funds=None) == Skip(Reason.FUNDS_UNKNOWN)
    assert decide(request, policy=policy) == Skip(Reason.UNPRICED)
