"""Verdicts, the worst of several runs, and comparisons of the benchmark."""

import pytest

from benchmarks.bench import PARTS, result, rounded
from benchmarks.lines import (
    LINES,
    Line,
    all_reached,
    comparison,
    is_reached,
    mean,
    number,
    table,
    text,
    worst,
)
from benchmarks.measured import Measured

pytestmark = pytest.mark.unit

CALLS = next(line for line in LINES if line.name == "calls")
UNAGREED = next(line for line in LINES if line.target is None)


@pytest.mark.parametrize(("value", "reached"), [(5.9, True), (6.0, True), (6.1, False)])
def test_line_is_reached_up_to_its_target(value: float, reached: bool) -> None:
    """The target itself is enough."""
    assert is_reached(CALLS, {"calls": value}) is reached
    assert all_reached({"calls": value, "memory": 1.0}) is reached


def test_lines_without_target_or_value_decide_nothing() -> None:
    """Neither way."""
    assert is_reached(UNAGREED, {UNAGREED.name: 1e9}) is None
    assert is_reached(CALLS, {}) is None
    assert all_reached({UNAGREED.name: 1e9})


def test_worst_of_runs_is_taken_line_by_line() -> None:
    """From different runs, and where only one run has the line."""
    runs = [{"calls": 5.0, "memory": 90.0}, {"calls": 4.0, "memory": 99.0, "start": 1.0}]
    assert worst(runs) == {"calls": 5.0, "memory": 99.0, "start": 1.0}


def test_mean_is_of_lines_that_all_runs_have() -> None:
    """What one run lacks cannot be compared."""
    assert mean([{"calls": 5.0, "memory": 90.0}, {"calls": 4.0}]) == {"calls": 4.5}


def test_comparison_shows_b_as_a_part_of_a() -> None:
    """A line of nothing has no ratio."""
    rows = comparison(
        {"calls": 8.0, "one-missed": 0.0, "memory": 1.0}, {"calls": 2.0, "one-missed": 1.0}
    )
    assert [row[-1] for row in rows] == ["B / A", "-", "0.25"]
    assert rows[2][1:3] == ["8", "2"]


def test_table_has_the_measured_lines_with_their_verdicts() -> None:
    """In the order of the lines."""
    rows = table({"memory": 131.0, "calls": 5.25, UNAGREED.name: 2.0})
    assert [row[-1] for row in rows[1:]] == ["reached", "", "NOT REACHED"]
    assert rows[1][1:4] == ["5.25", "6", "3"]


def test_values_have_their_units() -> None:
    """Counts have none."""
    assert [row[1] for row in table({"memory": 131.0, "start": 1.239})[1:]] == ["131 MB", "1.24 s"]


def test_text_is_in_columns() -> None:
    """All but the first to the right."""
    assert text([["a", "b"], ["long", "1"], ["x", "123"]]) == "a       b\nlong    1\nx     123"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (3.0, "3"), (3.14159, "3.14"), (289_786.4, "289 786"), (0.0, "0")],
)
def test_numbers_are_for_people(value: float | None, shown: str) -> None:
    """No digits that mean nothing."""
    assert number(value) == shown


def test_result_says_nothing_about_whose_machine_it_was() -> None:
    """Cores, architecture and Python's version."""
    content = result([Measured({"calls": 5.0}, {"calls": {"eth_call": 1.0}})])
    assert content["machine"].keys() == {"cores", "architecture", "python"}
    assert content["runs"] == [{"values": {"calls": 5.0}, "details": {"calls": {"eth_call": 1.0}}}]


def test_rounding_reaches_every_number() -> None:
    """Texts and whole numbers stay as they are."""
    assert rounded({"a": [1.23456, {"b": 2.0004}], "c": "x", "d": 7}) == {
        "a": [1.235, {"b": 2.0}],
        "c": "x",
        "d": 7,
    }


def test_names_of_lines_are_unique_and_limits_are_below_targets() -> None:
    """A target that is not possible would be none."""
    assert len({line.name for line in LINES}) == len(LINES)
    assert len({line.what for line in LINES}) == len(LINES)
    assert [line for line in LINES if not _is_possible(line)] == []
    assert PARTS


def _is_possible(line: Line) -> bool:
    return line.target is None or line.limit <= line.target
