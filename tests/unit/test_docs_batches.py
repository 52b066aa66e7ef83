"""`docs/batches.md` says what is measured, and what holds in the code."""

import json
import re
from pathlib import Path

import pytest

from beamer_agent.transactions.bundles import MOST_ACTIONS, MOST_GAS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "batches.md").read_text()


def snapshots(group: str) -> dict[str, int]:
    """Gas by name, as forge has measured it."""
    text = (ROOT / "contracts" / "snapshots" / f"{group}.json").read_text()
    return {name: int(gas) for name, gas in json.loads(text).items()}


def row(name: str) -> list[int]:
    """The figures of a row of the first table of gas."""
    found = re.search(rf"^\| \**{name}\** \| ([^A-Za-z]*) \|$", PAGE, re.M)
    assert found
    return [int(re.sub(r"\D", "", cell)) for cell in found[1].split("|")]


def test_gas_is_that_of_the_snapshots() -> None:
    """Single, and ten in a batch; the sums are sums."""
    singles, tens = snapshots("transactions"), snapshots("batches")
    rows = {
        "fill": ("2 fillRequest", "fillRequest"),
        "claim": ("3 claimRequest", "claimRequest"),
        "withdraw": ("4 withdraw", "withdraw"),
    }
    for name, (single, ten) in rows.items():
        assert row(name)[1:] == [singles[single], tens[f"ten of a batch, each: {ten}"]]
    assert row("sum") == [sum(row(name)[place] for name in rows) for place in range(3)]
    for name in ("fillRequest", "claimRequest", "withdraw"):
        assert f"{tens[f'alone in a batch: {name}']:,}".replace(",", " ") in PAGE


def test_floor_is_a_sum() -> None:
    """Of what each action writes, pays and tells; with what is shared it is what was measured."""
    fill = 22_100 + 4_399 + 1_280
    claim = 2 * 22_100 + 22_100 + 5_000 + 6_800 + 2_917 + 1_088
    withdraw = 2 * 5_000 + 2 * 2_100 + 6_900 + 4_655 + 204
    floor = row("cannot be shared, without arithmetic")
    assert floor == [fill, claim, withdraw]
    rest = [row(name) for name in ("arithmetic[^|]*", "call data for[^|]*", "a tenth of[^|]*")]
    assert row("measured") == [sum(gas) for gas in zip(floor, *rest, strict=True)]


def test_limits_are_those_of_the_code() -> None:
    """Of actions and of gas."""
    gas = f"{MOST_GAS:,}".replace(",", " ")
    assert f"{MOST_ACTIONS} at most, and at most {gas} gas" in PAGE
