"""Promises of `docs/metrics.md`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.planning.misses import TRANSACTION, TROUBLES
from beamer_agent.service.metrics.agent import MOST_RIVALS
from tests.exhibition import full_exhibition

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "metrics.md").read_text()
TEXT, TABLE = PAGE.split("<!-- generated: metrics -->")


def test_the_table_is_that_of_the_registry() -> None:
    """`make docs` would change nothing."""
    script = ROOT / "docs" / "metrics.py"
    result = subprocess.run([sys.executable, str(script), "--check"], check=False)
    assert result.returncode == 0, "the table is stale: run `make docs`"


def test_every_metric_of_an_agent_at_work_is_in_the_table() -> None:
    """With the labels that it has."""
    for family in full_exhibition().metrics.registry.collect():
        for sample in family.samples[:1] if family.name.startswith("beamer_") else ():
            name = sample.name if family.type != "histogram" else family.name
            (row,) = re.findall(rf"^\| `{name}` \| {family.type} \| (.*?) \|", TABLE, re.M)
            assert set(re.findall(r"`(\w+)`", row)) == sample.labels.keys() - {"le"}


def test_metrics_that_the_text_speaks_of_are_there() -> None:
    """By their whole names, or the beginning of several."""
    for name in re.findall(r"`(beamer_\w+?)(?:_?\.\.\.)?`", TEXT):
        assert f"| `{name}" in TABLE, name


def test_what_it_says_of_rivals_and_misses_is_so() -> None:
    """Numbers and words of the code."""
    assert f"the first {MOST_RIVALS} have one" in TEXT
    assert f"or `{TRANSACTION}`" in TEXT
    assert {Reason.INSUFFICIENT_TOKENS, Reason.CHAIN_UNREACHABLE} <= TROUBLES
    assert {Reason.UNPROFITABLE, Reason.OPEN_LIMIT, Reason.PAUSED}.isdisjoint(TROUBLES)
