"""Reorganisations deeper than `finality-blocks`: an alarm, and the same end of every transfer."""

from collections.abc import Iterator
from itertools import count
from typing import Final

import pytest

from tests.e2e.reorg_cells import Again, Cell, Scene, Stage
from tests.e2e.reorg_site import ReorgSite
from tests.e2e.reorg_transfer import ReorgTransfer
from tests.e2e.replacement import Means
from tests.faults.strike import IS_FULL

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

FINALITY_BLOCKS: Final = 4
DEPTH: Final = 10
NUMBERS: Final = count()

CELLS: Final = [
    Cell(Scene(stage, side, struck, held=held), DEPTH, means, again)
    for stage, side, struck, held, means, again in (
        (Stage.CLAIM, "source", "ClaimMade", "", Means.REORG, Again.NOBODY),
        (Stage.CLAIM, "target", "RequestFilled", "", Means.REORG, Again.NOBODY),
        (Stage.CHALLENGE, "source", "ClaimMade", "", Means.REORG, Again.NOBODY),
        (Stage.CLAIM, "target", "RequestFilled", "", Means.REORG, Again.POOL),
        (Stage.REQUEST, "source", "RequestCreated", "target", Means.REORG, Again.NOBODY),
        (Stage.FILL, "target", "RequestFilled", "source", Means.REORG, Again.NOBODY),
        (Stage.CLAIM, "source", "ClaimMade", "", Means.ROLLBACK, Again.POOL),
        (Stage.CLAIM, "source", "RequestCreated", "", Means.REORG, Again.LATER),
        (Stage.CLAIM, "target", "RequestFilled", "", Means.ROLLBACK, Again.NOBODY),
        (Stage.CHALLENGE, "target", "FillInvalidated", "", Means.REORG, Again.NOBODY),
        (Stage.WITHDRAW, "source", "DepositWithdrawn", "", Means.REORG, Again.NOBODY),
    )
][: None if IS_FULL else 4]
"""The short matrix has the first of them."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReorgSite]:
    """A world, and an agent that takes blocks for final much too soon."""
    folder = tmp_path_factory.mktemp("deep")
    with ReorgSite(folder, {"finality-blocks": FINALITY_BLOCKS}) as site:
        yield site


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_reorganisation_deeper_than_finality(site: ReorgSite, cell: Cell) -> None:
    """The agent says so, begins anew with that chain, and settles the transfer exactly once."""
    try:
        transfer = ReorgTransfer(site, cell, next(NUMBERS))
        transfer.play()
        assert site.agent.lines(
            "Blocks were replaced that counted as final",
            chain_id=site.chain(cell.scene.side).chain_id,
        )
    except AssertionError:
        site.renew()
        raise
