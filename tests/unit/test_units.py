"""Amounts as people read them: exact, without needless digits."""

import pytest

from beamer_agent.units import ether, units

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (10**18, "1"),
        (10**17, "0.1"),
        (10**18 + 1, "1.000000000000000001"),
        (-(10**17) - 1, "-0.100000000000000001"),
        (-(10**18), "-1"),
    ],
)
def test_ether_is_exact(amount: int, text: str) -> None:
    """Every wei counts in a game, and sums may be negative."""
    assert ether(amount) == f"{text} ether"


def test_tokens_have_decimals_of_their_own() -> None:
    """Some have none."""
    assert (units(1_500_000, 6), units(7, 0)) == ("1.5", "7")
