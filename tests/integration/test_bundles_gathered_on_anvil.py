"""A delegated account on a real node: what is due at about the same time goes together."""

from collections.abc import Iterator

import pytest

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.transactions.dispatch import GATHER_SECONDS
from tests.delegating import delegated_station, fills, sent, submit
from tests.station import Station

pytestmark = pytest.mark.integration


@pytest.fixture
def station(world: LocalWorld) -> Iterator[Station]:
    """On an L2 that mines only when it is told to; the account delegates, and has approved."""
    yield from delegated_station(world)


def test_what_comes_right_behind_another_goes_with_it(station: Station) -> None:
    """The sender wakes with the first of them; it waits for no more than a moment."""
    station.turn()
    first, second, alone = fills(station, 3)
    submit(station, [alone])
    station.chain.client.call("evm_mine")
    station.turn()
    assert station.sender.submit(first)
    assert station.sender.step() == GATHER_SECONDS
    assert station.sender.submit(second)
    assert sent(station) == ["fill"]
    station.turn()
    assert sent(station) == ["fill", "fills"]


def test_steady_stream_is_not_waited_for_without_end(station: Station) -> None:
    """What comes every few milliseconds is sent in between."""
    submit(station, fills(station, 1))
    station.chain.client.call("evm_mine")
    station.turn()
    for action in fills(station)[1:]:
        assert station.sender.submit(action)
        station.sender.step()
        station.clock.advance(GATHER_SECONDS / 2)
    assert sent(station)[:2] == ["fill", "fills"]
