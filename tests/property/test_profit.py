"""Profit: more fee never earns less, more cost never earns more, and no fraction is given away."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.actions.profit import ProfitSheet
from beamer_agent.types import TokenAmount, Wei

pytestmark = pytest.mark.property

amounts = st.integers(0, 10**30).map(TokenAmount)
costs = st.integers(0, 10**24).map(Wei)
prices = st.integers(1, 10**30)
sheets = st.builds(
    ProfitSheet,
    amount=amounts,
    lp_fee=amounts,
    source_price=prices,
    target_price=prices,
    risk_ppm=st.integers(0, 999_999),
    target_cost=costs,
    claim_cost=costs,
    withdraw_cost=costs,
)
SIGNS = {
    "lp_fee": 1,
    "amount": -1,
    "target_price": -1,
    "risk_ppm": -1,
    "target_cost": -1,
    "claim_cost": -1,
    "withdraw_cost": -1,
}


@given(sheets, st.sampled_from(sorted(SIGNS)), st.integers(0, 10**24))
def test_profit_rises_with_the_fee_and_falls_with_every_cost(
    sheet: ProfitSheet, name: str, more: int
) -> None:
    """Whichever of the figures grows, the others as they are."""
    values = {field: getattr(sheet, field) for field in sheet.__slots__}
    grown = ProfitSheet(**values | {name: values[name] + more})
    assert (grown.profit - sheet.profit) * SIGNS[name] >= 0


@given(sheets)
def test_profit_is_never_more_than_in_fractions(sheet: ProfitSheet) -> None:
    """And less by no more than three wei: one for each division."""
    coin, price = 10**18, sheet.source_price
    exact = (
        Fraction(sheet.lp_fee * coin, price)
        - Fraction(sheet.target_cost * sheet.target_price, price)
        - sheet.claim_cost
        - sheet.withdraw_cost
        - Fraction(sheet.amount * sheet.risk_ppm * coin, 10**6 * price)
    )
    assert exact - 3 < sheet.profit <= exact
