"""`docs/performance.md`: its table is that of the code and of the committed results."""

import json
import re
from typing import Any

import pytest

from benchmarks.bench import PARTS
from benchmarks.lines import LINES
from benchmarks.page import BASELINE, PAGE, with_table

pytestmark = pytest.mark.unit


@pytest.fixture
def results() -> dict[str, Any]:
    """The committed ones."""
    found: dict[str, Any] = json.loads(BASELINE.read_text())
    return found


def test_table_is_that_of_the_lines_and_results(results: dict[str, Any]) -> None:
    """`make docs` writes it."""
    assert with_table(PAGE.read_text(), results["worst"]) == PAGE.read_text()


def test_page_without_a_place_for_the_table_is_an_error() -> None:
    """Nothing is written beside it."""
    with pytest.raises(LookupError, match="no place"):
        with_table("# Performance", {})


def test_results_have_every_line(results: dict[str, Any]) -> None:
    """In each run, and no line that is none."""
    names = {line.name for line in LINES}
    for values in (results["worst"], *(run["values"] for run in results["runs"])):
        assert values.keys() == names


def test_results_are_free_of_the_machine_s_names(results: dict[str, Any]) -> None:
    """What it is, not whose."""
    assert results["machine"].keys() == {"cores", "architecture", "python"}
    assert "/" not in json.dumps(results)


def test_page_names_the_parts() -> None:
    """As the benchmark takes them."""
    named = re.search(r"one part: (.*)$", PAGE.read_text(), re.MULTILINE)
    assert named is not None
    assert named[1].split(", ") == list(PARTS)
