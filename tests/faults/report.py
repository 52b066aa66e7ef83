"""The matrix of a run: tests put their cells into it, and it is shown at the end."""

import pytest
from rich.console import Console

from tests.faults.matrix import Matrix

WIDTH = 110

_MATRIX = pytest.StashKey[Matrix]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with an empty matrix."""
    config.stash[_MATRIX] = Matrix()


def pytest_terminal_summary(config: pytest.Config) -> None:
    """Show what the tests have put into the matrix."""
    config.stash[_MATRIX].show(Console(width=WIDTH))


@pytest.fixture(scope="session")
def matrix(pytestconfig: pytest.Config) -> Matrix:
    """The matrix, for tests that fill it."""
    return pytestconfig.stash[_MATRIX]
