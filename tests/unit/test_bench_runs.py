"""The commands of the benchmark: exit codes, the JSON, and the order of a comparison."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import bench, compare
from benchmarks.measured import Measured

pytestmark = pytest.mark.unit

Measure = Callable[[Sequence[str]], Measured]


def measuring(values: Iterator[float], commands: list[str]) -> Measure:
    """A part whose only line is that of the calls, and which notes whom it has measured."""

    def measure(command: Sequence[str]) -> Measured:
        commands.append(" ".join(command))
        return Measured({"calls": next(values)})

    return measure


@pytest.fixture
def commands() -> list[str]:
    """Which commands were measured, in their order."""
    return []


@pytest.fixture
def set_values(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, commands: list[str]
) -> Callable[..., None]:
    """Lets the parts find these values, and results go elsewhere."""
    monkeypatch.setattr(bench, "RESULTS", tmp_path)

    def set_them(*values: float) -> None:
        parts = {"burst": measuring(iter(values), commands)}
        monkeypatch.setattr(bench, "PARTS", parts)

    return set_them


@pytest.mark.parametrize(("values", "code"), [((5.0, 6.0), 0), ((7.0, 5.0), 1)])
def test_worst_run_decides_the_exit_code(
    set_values: Callable[..., None], tmp_path: Path, values: tuple[float, float], code: int
) -> None:
    """And stands in the JSON, beside each run."""
    set_values(*values)
    done = CliRunner().invoke(bench.main, ["--runs", "2", "--name", "x", "--command", "agent"])
    assert done.exit_code == code
    written = json.loads((tmp_path / "x.json").read_text())
    assert written["worst"] == {"calls": max(values)}
    assert [run["values"]["calls"] for run in written["runs"]] == list(values)


def test_agents_are_compared_in_an_order_that_is_fair_to_both(
    set_values: Callable[..., None], commands: list[str]
) -> None:
    """A, B, B, A: what grows steadily cancels out."""
    set_values(1.0, 2.0, 3.0, 4.0)
    done = CliRunner().invoke(compare.main, ["agent a", "agent b"])
    assert done.exit_code == 0
    assert commands == ["agent a", "agent b", "agent b", "agent a"]
    assert done.stdout.splitlines()[-1].split()[-3:] == ["2.50", "2.50", "1.00"]
