"""`docs/profit.md`: its arithmetic is computed, its configurations loaded, its words looked up."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.actions.profit import ProfitSheet
from beamer_agent.config import Config, load_config
from beamer_agent.config.prices import DEFAULT_MAX_AGE
from beamer_agent.economy.prices import PRICE_SECONDS
from beamer_agent.planning.loss_warning import QUIET_SECONDS
from beamer_agent.planning.request_log import UNFILLED
from beamer_agent.service.metrics.agent import MOST_RIVALS, AgentMetrics
from beamer_agent.types import TokenAmount, Wei
from beamer_agent.units import ether, units
from tests.e2e.configuration import toml
from tests.factories import US

pytestmark = pytest.mark.unit

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "profit.md").read_text()
USDC: Final = 10**6

EXAMPLE: Final = ProfitSheet(
    amount=TokenAmount(10_000 * USDC),
    lp_fee=TokenAmount(5 * USDC),
    source_price=3_000 * USDC,
    target_price=USDC // 2,
    risk_ppm=100,
    target_cost=Wei(5 * 10**16),
    claim_cost=Wei(2 * 10**13),
    withdraw_cost=Wei(10**13),
)
"""As the page has it in words."""


def blocks(kind: str) -> list[str]:
    """The page's blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def load(folder: Path, *changes: dict[str, Any]) -> Config:
    """The example's configuration with other tables."""
    content = tomllib.loads((ROOT / "config.example.toml").read_text())
    for change in changes:
        content.update(change)
    path = folder / "agent.toml"
    path.write_text(toml(content))
    return load_config(path, {})


def test_table_of_the_example_is_its_arithmetic() -> None:
    """In ether to the wei, and in tokens of six decimals."""
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    figures = dict(EXAMPLE.figures)
    names = ("fee", "fill_cost", "claim_cost", "withdraw_cost", "margin", "profit")
    assert [name for name, _, _ in rows] == list(names)
    for name, tokens, ethers in rows:
        wei = figures[name]
        assert isinstance(wei, int)
        assert f"{ethers} ether" == ether(wei)
        assert tokens == units(round(wei * EXAMPLE.source_price / 10**18), 6)


def test_line_of_the_example_is_that_of_the_log() -> None:
    """Its figures are those of the sheet, with the profit that was asked for."""
    (line,) = map(json.loads, blocks("json"))
    assert line.pop("event") == "Not acting on request"
    assert line.pop("reason") == Reason.UNPROFITABLE.value
    least = line.pop("min_profit")
    assert f"`min-profit = {ether(least).removesuffix(' ether')}`" in PAGE
    assert line == dict(EXAMPLE.figures)
    assert EXAMPLE.profit < least


def test_configurations_load(tmp_path: Path) -> None:
    """With what the example has beside them."""
    earnings, limits = map(tomllib.loads, blocks("toml"))
    config = load(tmp_path, earnings)
    assert config.direction("optimism", "arbitrum").min_fee_ppm == 500
    assert config.chains["optimism"].risk_ppm == 20
    assert config.chains["optimism"].prices["USDC"].feed is not None
    assert config.chains["arbitrum"].prices["USDC"].amount == 3_000 * USDC
    config = load(tmp_path, limits)
    assert config.max_exposure == 25 * 10**18
    assert config.limits["USDC"].max_open == 200_000 * USDC


def test_every_key_of_a_limit_is_explained() -> None:
    """In the table, and in its configuration."""
    (_, limits) = map(tomllib.loads, blocks("toml"))
    keys = set(re.findall(r"^\| `([a-z-]+)` \|", PAGE, re.MULTILINE))
    assert keys == {*limits, *limits["limits"]["USDC"]} - {"limits"}


def test_words_are_those_of_the_code() -> None:
    """Sentences of the log, metrics and reasons."""
    package = "\n".join(path.read_text() for path in (ROOT / "beamer_agent").rglob("*.py"))
    sentences = set(re.findall(r"`([A-Z]\w+ [^`]*)`", PAGE))
    assert sentences == {
        "Fee does not cover the costs",
        "No price of a token",
        "Price is far from the bridge's own",
        "Lost a race",
    }
    assert all(f'"{sentence}"' in package for sentence in sentences)
    collected = AgentMetrics(US).registry.collect()
    assert set(re.findall(r"`(beamer_\w+)_total`", PAGE)) <= {metric.name for metric in collected}
    told = re.findall(r"`([a-z_]+)`", PAGE.split("for good or for a while")[1])
    assert {Reason[name.upper()] for name in told} <= set(UNFILLED)


def test_numbers_are_those_of_the_code() -> None:
    """How often, how old, how many."""
    assert f"every {PRICE_SECONDS:.0f} seconds" in PAGE
    assert f"{DEFAULT_MAX_AGE:,} seconds".replace(",", " ") in PAGE
    assert QUIET_SECONDS == 3_600
    assert f"after {MOST_RIVALS} rivals" in PAGE
