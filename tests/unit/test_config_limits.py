"""Configuration of what is paid out at most, and of what it must earn."""

from pathlib import Path

import pytest

from beamer_agent.config import Config, load_config
from beamer_agent.errors import ConfigurationError

pytestmark = pytest.mark.unit

TOP = 'artifacts-dir = "deployments"\n'
ACCOUNT = '[account]\npath = "account.json"\npassword = "test"\n'
CHAINS = "[chains]\na.rpc-url = 'http://a'\nb.rpc-url = 'http://b'\n"
TOKENS = "[tokens]\nUSDC = []\nDAI = []\n"
FEED = "0x7F5c764cBc14f9669B88837ca1490cCa17c31607"


def load(folder: Path, lines: str = "", top: str = "") -> Config:
    """The configuration with these lines at the end, and these at the top."""
    path = folder / "config.toml"
    path.write_text(f"{TOP}{top}\n{ACCOUNT}{CHAINS}{TOKENS}{lines}")
    return load_config(path, {})


def faults(folder: Path, lines: str = "", top: str = "") -> list[str]:
    """What is wrong with these lines."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, lines, top)
    return list(caught.value.faults)


def test_nothing_is_limited_by_itself(tmp_path: Path) -> None:
    """Existing operators fill what they filled before."""
    config = load(tmp_path)
    assert (config.limits, config.max_exposure, config.denied_recipients) == ({}, None, ())
    assert (config.chains["a"].risk_ppm, config.chains["a"].prices) == (0, {})
    direction = config.direction("a", "b")
    assert (direction.fill, direction.min_profit, direction.min_fee_ppm) == (None, None, None)
    assert config.fills("a", "b")


def test_limits_are_base_units_and_ether(tmp_path: Path) -> None:
    """By token, and over all of them."""
    lines = "[limits.USDC]\nmax-request = '5'\nmax-per-hour = 6\nmax-open = 0\n[limits.DAI]\n"
    config = load(tmp_path, lines, "max-exposure = 0.5")
    usdc, dai = config.limits["USDC"], config.limits["DAI"]
    assert (usdc.max_request, usdc.max_per_hour, usdc.max_open) == (5, 6, 0)
    assert (dai.max_request, dai.max_per_hour, dai.max_open) == (None, None, None)
    assert config.max_exposure == 5 * 10**17


def test_direction_says_what_a_fill_must_earn(tmp_path: Path) -> None:
    """Whether it is filled is then still its target chain's word."""
    config = load(tmp_path, '[directions."a->b"]\nmin-profit = 0.001\nmin-fee-ppm = 500')
    direction = config.direction("a", "b")
    assert (direction.min_profit, direction.min_fee_ppm) == (10**15, 500)
    assert config.fills("a", "b")
    assert config.direction("b", "a").min_profit is None


def test_risk_comes_from_the_tier_the_chain_or_the_top(tmp_path: Path) -> None:
    """The nearest word counts."""
    lines = "[chains.a.confirmations]\nUSDC = [[1, 1], [2, 2, 70]]\n[chains.b]\nrisk-ppm = 9"
    path = tmp_path / "config.toml"
    chains = "[chains.a]\nrpc-url = 'http://a'\n"
    path.write_text(f"{TOP}risk-ppm = 5\n{ACCOUNT}{chains}{lines}\nrpc-url = 'http://b'\n{TOKENS}")
    config = load_config(path, {})
    assert [chain.risk_ppm for chain in config.chains.values()] == [5, 9]
    assert [tier.risk_ppm for tier in config.chains["a"].confirmations["USDC"]] == [None, 70]


def test_price_is_an_amount_or_a_feed(tmp_path: Path) -> None:
    """A feed answers once a day, unless the operator knows better."""
    lines = (
        f"[chains.c]\nrpc-url = 'http://c'\n[chains.c.prices]\nUSDC = '3000'\n"
        f"DAI = {{feed = '{FEED}', inverse = true}}"
    )
    prices = load(tmp_path, lines).chains["c"].prices
    assert (prices["USDC"].amount, prices["USDC"].feed) == (3000, None)
    dai = prices["DAI"]
    assert (dai.amount, dai.feed, dai.inverse, dai.max_age) == (None, FEED, True, 90_000)


UNITS = "must be an amount of base units, 0 to 2^256 - 1"
NO_LIST = "is no list of [tokens]"


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("limits.USDC.max-open = -1", f"limits.USDC.max-open: {UNITS}"),
        (
            "limits.USDC.max-hour = 1",
            'limits.USDC.max-hour: unknown key; did you mean "max-per-hour"?',
        ),
        ("limits.usdc.max-open = 1", f'limits.usdc: {NO_LIST}; did you mean "USDC"?'),
        ("limits.XYZ.max-open = 1", f"limits.XYZ: {NO_LIST}"),
        ("chains.c.prices.USDT = 5", f'chains.c.prices.USDT: {NO_LIST}; did you mean "USDC"?'),
        (
            "chains.c.prices.DAI = 0",
            "chains.c.prices.DAI: must be more than 0: what one native coin is worth",
        ),
        (
            "chains.c.prices.DAI = {}",
            "chains.c.prices.DAI: must be an amount of base units, or a table with a feed",
        ),
        (
            f"chains.c.prices.DAI = {{feed = '{FEED}', amount = 5}}",
            "chains.c.prices.DAI: must be an amount of base units, or a table with a feed",
        ),
        (
            "chains.c.prices.DAI = {amount = 5, inverse = true}",
            "chains.c.prices.DAI: inverse and max-age are for feeds",
        ),
        (
            f"chains.c.prices.DAI.feed = '{FEED.lower()}'",
            f"chains.c.prices.DAI.feed: {FEED.lower()} has no checksum; with it, it is written "
            f"{FEED}",
        ),
        (
            f"chains.c.prices.DAI = {{feed = '{FEED}', max_age = 5}}",
            'chains.c.prices.DAI.max_age: unknown key; did you mean "max-age"?',
        ),
        (
            f"limits.USDC.max-open = '{'9' * 5_000}'",
            "limits.USDC.max-open: must be a whole number, plain or as decimal text",
        ),
        ("chains.c.risk-ppm = 1000000", "chains.c.risk-ppm: must be at most 999999"),
        (
            "chains.c.confirmations.DAI = [[1, 1, 1, 1]]",
            "chains.c.confirmations.DAI.0: must be [amount, blocks] or [amount, blocks, risk-ppm]",
        ),
        (
            "chains.c.confirmations.DAI = [[1, 1, -1]]",
            "chains.c.confirmations.DAI.0.risk-ppm: must be at least 0",
        ),
        (
            "directions.'a->b'.min-profit = -1",
            "directions.a->b.min-profit: must be an amount of ether, 0 or more",
        ),
        (
            "directions.'a->b'.min-fee = 1",
            'directions.a->b.min-fee: unknown key; did you mean "min-fee-ppm"?',
        ),
    ],
)
def test_a_limit_that_would_not_hold_is_a_fault(tmp_path: Path, lines: str, fault: str) -> None:
    """A misspelt word would take a limit away without a word."""
    path = tmp_path / "config.toml"
    chains = "".join(f"chains.{name}.rpc-url = 'http://{name}'\n" for name in "abc")
    path.write_text(f"{TOP}{lines}\n{chains}{ACCOUNT}{TOKENS}")
    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {})
    assert caught.value.faults == (fault,)


def test_recipients_are_addresses(tmp_path: Path) -> None:
    """With their checksums: nobody is denied by mistake."""
    assert load(tmp_path, top=f"denied-recipients = ['{FEED}']").denied_recipients == (FEED,)
    wrong = FEED[:-1] + "8"
    fault = f"{wrong} fails its checksum: a digit or the case of a letter is wrong"
    top = f"denied-recipients = ['{wrong}']"
    assert faults(tmp_path, top=top) == [f"denied-recipients.0: {fault}"]
