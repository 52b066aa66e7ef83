"""Stands for the tests of faults, which fill the matrix of the run."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.matrix import Cell, Matrix
from tests.faults.play import Play
from tests.faults.site import Site
from tests.faults.strike import Strike


class Stand:
    """A site on which plays are given, one after the other, with their results in the matrix.

    Args:
        title: of its part of the matrix.
    """

    def __init__(self, title: str, site: Site, matrix: Matrix) -> None:
        self._title = title
        self._site = site
        self._matrix = matrix

    def pass_through(self, play: type[Play], strike: Strike) -> None:
        """Give a play; the test fails with what is wrong at its end."""
        outcome = play(self._site).run(strike)
        for stage in play.stages:
            is_passed = not outcome.complaint(stage)
            how = strike.seen_from(way_back=stage in play.way_back)
            self._matrix.add(Cell(self._title, strike.fault.name, stage, how, is_passed))
        if complaint := outcome.complaint():
            self._site.renew()
            pytest.fail(complaint, pytrace=False)


@contextmanager
def _stand(
    title: str, matrix: Matrix, folders: pytest.TempPathFactory, endpoints: int
) -> Iterator[Stand]:
    with Site(folders.mktemp("faults"), endpoints) as site:
        yield Stand(title, site, matrix)


@pytest.fixture(scope="module")
def one_endpoint(matrix: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """An agent with one endpoint per chain; site and agent live through all tests of a module."""
    with _stand("the only endpoint", matrix, tmp_path_factory, 1) as stand:
        yield stand


@pytest.fixture(scope="module")
def two_endpoints(matrix: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """An agent with two endpoints per chain, of which the first goes wrong."""
    with _stand("one endpoint of two", matrix, tmp_path_factory, 2) as stand:
        yield stand


@pytest.fixture(scope="module")
def three_endpoints(matrix: Matrix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """An agent with three endpoints per chain, of which the first goes wrong."""
    with _stand("one endpoint of three", matrix, tmp_path_factory, 3) as stand:
        yield stand
