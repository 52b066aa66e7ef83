"""Configuration of gas: what is paid at most and at least, for the top and for chains."""

from pathlib import Path

import pytest

from tests.unit.test_config import SMALLEST, load
from tests.unit.test_config_faults import ACCOUNT, CHAIN, TOP, faults

pytestmark = pytest.mark.unit

B = "[chains.b]\nrpc-url = 'http://b'\n"


def test_there_are_no_limits_by_default(tmp_path: Path) -> None:
    """The market decides."""
    chain = load(tmp_path, SMALLEST).chains["a"]
    assert (chain.max_gas_price, chain.max_urgent_gas_price) == (None, None)
    assert chain.min_priority_fee == 0


def test_prices_are_gwei_of_the_chain_or_the_top(tmp_path: Path) -> None:
    """Kept in wei, exactly; a chain may have its own."""
    text = (
        "max-gas-price = 0.25\nmax-urgent-gas-price = 3\nmin-priority-fee = '0.000000001'\n"
        f"{SMALLEST}{B}max-gas-price = 2\nmin-priority-fee = 1.5\n"
    )
    chains = load(tmp_path, text).chains
    a, b = chains["a"], chains["b"]
    assert (a.max_gas_price, a.max_urgent_gas_price) == (25 * 10**7, 3 * 10**9)
    assert a.min_priority_fee == 1
    assert (b.max_gas_price, b.max_urgent_gas_price) == (2 * 10**9, 3 * 10**9)
    assert b.min_priority_fee == 15 * 10**8


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("max-gas-price = 2\nmax-urgent-gas-price = 1.9", "must be at least max-gas-price"),
        ("max-urgent-gas-price = 1", "needs max-gas-price, and must be at least as much"),
    ],
    ids=["below", "alone"],
)
def test_what_is_urgent_may_cost_no_less(tmp_path: Path, lines: str, fault: str) -> None:
    """Otherwise a claim would be given up at a price at which fills still go out."""
    assert faults(tmp_path, f"{TOP}{lines}\n{ACCOUNT}{CHAIN}{B}") == [
        f"max-urgent-gas-price: {fault}"
    ]


def test_the_least_tip_fits_into_the_price(tmp_path: Path) -> None:
    """Otherwise nothing would ever be sent."""
    text = f"{TOP}max-gas-price = 2\nmin-priority-fee = 2.1\n{ACCOUNT}{CHAIN}"
    assert faults(tmp_path, text) == ["min-priority-fee: must be at most max-gas-price"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("max-gas-price = 0", "must be more than 0; without the key there is no limit"),
        ("min-priority-fee = 500.1", "must be at most 500 gwei"),
    ],
)
def test_prices_that_cannot_be_meant_are_faults(tmp_path: Path, line: str, fault: str) -> None:
    """Nothing would ever be sent, or a fortune be paid for each transaction."""
    key = line.partition(" ")[0]
    assert faults(tmp_path, f"{TOP}{line}\n{ACCOUNT}{CHAIN}") == [f"{key}: {fault}"]


@pytest.mark.parametrize("price", ["inf", "1e80", "'1e999999'", "-1"])
def test_a_price_is_an_amount(tmp_path: Path, price: str) -> None:
    """However far it is beyond all amounts."""
    text = f"{TOP}max-gas-price = {price}\n{ACCOUNT}{CHAIN}"
    assert faults(tmp_path, text) == ["max-gas-price: must be an amount of gwei, 0 or more"]


def test_a_chain_is_looked_at_with_what_it_inherits(tmp_path: Path) -> None:
    """Its own price, and the top's for what is urgent."""
    text = (
        f"{TOP}max-gas-price = 1\nmax-urgent-gas-price = 2\n{ACCOUNT}{CHAIN}{B}max-gas-price = 3\n"
    )
    assert faults(tmp_path, text) == [
        "chains.b.max-urgent-gas-price: must be at least max-gas-price"
    ]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("'cheap'", "must be an amount of gwei, a number or a number as text"),
        ("-1", "must be an amount of gwei, 0 or more"),
        ("0.0000000001", "has more than the 9 decimals that gwei has"),
    ],
)
def test_a_price_is_an_amount_of_gwei(tmp_path: Path, value: str, fault: str) -> None:
    """As amounts of ether, with other words."""
    text = f"{TOP}max-gas-price = {value}\n{ACCOUNT}{CHAIN}"
    assert faults(tmp_path, text) == [f"max-gas-price: {fault}"]
