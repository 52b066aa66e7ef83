"""Reorganisations at every stage of a transfer, on both sides: nothing is done twice."""

from collections.abc import Iterator
from typing import Final

import pytest

from tests.e2e.reorg_cells import Cell, cells
from tests.e2e.reorg_site import ReorgSite
from tests.e2e.reorg_transfer import ReorgTransfer
from tests.faults import matrix as report

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

MANY: Final = 40
"""Transfers in one world; later ones take longer, for anvil's blocks do."""


class Grid:
    """Plays cells one after the other, with the same agent.

    Args:
        matrix: gets the results.
    """

    def __init__(self, site: ReorgSite, matrix: report.Matrix) -> None:
        self._site = site
        self._matrix = matrix
        self._played: list[ReorgTransfer] = []

    def play(self, cell: Cell) -> None:
        """Play a cell; the test fails with what is wrong at its end."""
        if len(self._played) == MANY:
            self.end()
        transfer = ReorgTransfer(self._site, cell, len(self._played))
        is_passed = False
        try:
            transfer.play()
            is_passed = True
        except AssertionError as error:
            self._played.clear()
            self._site.renew()
            pytest.fail(str(error), pytrace=False)
        finally:
            row = report.Cell(
                "reorganisations", cell.what, cell.scene.stage, cell.how, is_passed=is_passed
            )
            self._matrix.add(row)
        self._played.append(transfer)

    def end(self) -> None:
        """Look at all transfers once more: what came too late would be there by now."""
        wrong = {str(transfer.cell): transfer.complaint() for transfer in self._played}
        self._played.clear()
        self._site.renew()
        assert not any(wrong.values()), wrong


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory, matrix: report.Matrix) -> Iterator[Grid]:
    """A world and an agent for all cells; the transfers are looked at again at the end."""
    with ReorgSite(tmp_path_factory.mktemp("reorg")) as site:
        grid = Grid(site, matrix)
        yield grid
        grid.end()


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_reorganisation_at_a_stage(grid: Grid, cell: Cell) -> None:
    """The same process settles the transfer exactly once, and harms nobody."""
    grid.play(cell)
