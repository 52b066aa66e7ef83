"""The matrix of a run: tests put their cells into it, and it is shown at the end.

Tests that run side by side have a matrix in each process; the first process shows all of them.
"""

from dataclasses import astuple
from typing import Any

import pytest
from rich.console import Console

from tests.faults.matrix import Cell, Matrix

WIDTH = 110

_MATRIX = pytest.StashKey[Matrix]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with an empty matrix."""
    config.stash[_MATRIX] = Matrix()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the cells of a process beside the first one over."""
    handed_over = getattr(session.config, "workeroutput", None)
    if handed_over is not None:
        cells = session.config.stash[_MATRIX].cells
        # Only plain values go from one process to another: stages become their texts.
        handed_over["matrix"] = [
            [value if isinstance(value, bool) else str(value) for value in astuple(cell)]
            for cell in cells
        ]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the cells of a process that has ended."""
    for values in getattr(node, "workeroutput", {}).get("matrix", []):
        node.config.stash[_MATRIX].add(Cell(*values))


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Show what the tests have put into the matrix."""
    config.stash[_MATRIX].show(Console(width=WIDTH))


@pytest.fixture(scope="session")
def matrix(pytestconfig: pytest.Config) -> Matrix:
    """The matrix, for tests that fill it."""
    return pytestconfig.stash[_MATRIX]
