"""Chains that go away in the middle of a transfer, silently or by a crash, and come back."""

from collections.abc import Iterator

import pytest

from tests.e2e.absence import Absence, AbsenceSite, Cell, cells

pytestmark = [pytest.mark.e2e, pytest.mark.faults]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AbsenceSite]:
    """A world and an agent for all of them, which is never restarted, nor any part of it."""
    with AbsenceSite(tmp_path_factory.mktemp("absence")) as site:
        yield site
        assert site.agent.lines("Restarted") == []
        assert site.agent.stop() == 0


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_chain_goes_away_in_mid_transfer_and_comes_back(site: AbsenceSite, cell: Cell) -> None:
    """It is named within two poll periods; the agent acts again within one, and all is settled."""
    try:
        Absence(site, cell).play()
    except BaseException:
        site.renew()
        raise
