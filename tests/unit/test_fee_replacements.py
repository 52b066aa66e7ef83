"""Fees: what is offered in place of what was not mined."""

import pytest

from beamer_agent.transactions.fee_limits import NO_LIMITS
from beamer_agent.transactions.fees import REPLACEMENT_CAP, Fees, replacement_fees
from beamer_agent.types import Wei
from tests.fee_desk import FeeDesk, fees
from tests.made_actions import make_fill, make_invalidate

pytestmark = pytest.mark.unit

GWEI = 10**9


@pytest.mark.parametrize("price", [1, 7, 10, GWEI, 10**12 + 1])
def test_replacement_is_a_legal_bump(price: int) -> None:
    """Nodes ask for a tenth more of both, some for an eighth."""
    previous = fees(2 * price, price)
    found = replacement_fees(previous, previous)
    assert found is not None
    assert found.priority is not None
    assert 8 * found.maximum >= 9 * previous.maximum
    assert 8 * found.priority >= 9 * price


def test_replacement_follows_the_market() -> None:
    """Where that is dearer than the bump."""
    assert FeeDesk(NO_LIMITS).replacement(fees(100, 2)) == fees(207, 7)


def test_replacement_of_a_gas_price_is_a_gas_price() -> None:
    """There is no tip to raise."""
    found = replacement_fees(Fees(Wei(80), None), Fees(Wei(10), None))
    assert found is not None
    assert (found.maximum, found.priority) == (91, None)


def test_replacements_end_at_ten_times_the_market() -> None:
    """What is not mined at ten times the market's price is not kept out by its price."""
    suggested, last = fees(2 * GWEI, GWEI), fees(2 * GWEI, GWEI)
    replaced: Fees | None = last
    while replaced is not None:
        last, replaced = replaced, replacement_fees(replaced, suggested)
    assert last.maximum <= REPLACEMENT_CAP * suggested.maximum
    assert last.priority is not None
    assert last.priority <= 1.01 * REPLACEMENT_CAP * GWEI


def test_replacements_end_at_the_cap() -> None:
    """A bump that is not legal would be refused: what is sent stays as it is."""
    desk = FeeDesk()
    assert desk.replacement(fees(265, 7), make_fill()) == fees(299, 8)
    assert desk.replacement(fees(267, 7), make_fill()) is None
    assert desk.replacement(fees(267, 7), make_invalidate()) == fees(301, 8)


def test_nothing_is_made_dearer_while_gas_is_too_dear() -> None:
    """It would not be mined either; what is urgent goes on."""
    desk = FeeDesk()
    previous = fees(200, 7)
    assert desk.replacement(previous, make_fill(), base_fee=301) is None
    assert desk.replacement(previous, make_fill(), make_invalidate(), base_fee=301) == fees(609, 8)
