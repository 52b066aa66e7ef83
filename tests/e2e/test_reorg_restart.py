"""Reorganisations while no agent runs: the next one finds other chains than the last one left."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count, product
from typing import Final

import pytest

from tests.e2e.reorg_cells import Again, Cell, Scene, Stage
from tests.e2e.reorg_site import ReorgSite
from tests.e2e.reorg_transfer import ReorgTransfer
from tests.e2e.replacement import Dropped, Means
from tests.faults.strike import IS_FULL

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

DEPTH: Final = 10
NUMBERS: Final = count()
SCENES: Final = (
    Scene(Stage.CLAIM, "target", "RequestFilled"),
    Scene(Stage.WITHDRAW, "source", "ClaimMade"),
    Scene(Stage.CLAIM, "source", "ClaimMade"),
    Scene(Stage.CHALLENGE, "source", "ClaimMade"),
    Scene(Stage.CHALLENGE, "target", "FillInvalidated"),
    Scene(Stage.WITHDRAW, "source", "DepositWithdrawn"),
)
CELLS: Final = [
    Cell(scene, DEPTH, means, again)
    for scene, means, again in product(SCENES, Means, (Again.NOBODY, Again.POOL))
]


class Interrupted(ReorgTransfer):
    """A transfer whose agent is killed before the blow; another one is started after it."""

    def _strike(self) -> Sequence[Dropped]:
        self.site.let_agent_look()
        self._bury()
        self.site.agent.kill()
        dropped = self._replace()
        self.site.start_next_agent()
        return dropped

    def _losses_counted(self) -> Mapping[str, int]:
        # A new agent counts once more what the earlier transfers have lost.
        return self.cell.losses


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReorgSite]:
    """A world with one agent after the other."""
    with ReorgSite(tmp_path_factory.mktemp("restart")) as site:
        yield site


@pytest.mark.parametrize("cell", CELLS if IS_FULL else CELLS[:5:4], ids=str)
def test_reorganisation_between_two_lives(site: ReorgSite, cell: Cell) -> None:
    """The next agent settles the transfer exactly once, as if it had seen it all."""
    try:
        Interrupted(site, cell, next(NUMBERS)).play()
    except AssertionError:
        site.renew()
        raise
