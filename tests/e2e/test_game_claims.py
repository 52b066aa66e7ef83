"""The challenge game between processes: every way to steal, at one time, against one agent."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.conftest import Agents
from tests.e2e.story import counts
from tests.e2e.theatre import FILLED_ONLY, PARTS, Theatre, names_of, theatre_world

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """All scenes, played to the end."""
    with theatre_world("rival", "user") as world, ExitStack() as stack:
        theatre = Theatre(world)
        agent = Agents(tmp_path_factory.mktemp("agent"), stack).start(world, FILLED_ONLY)
        agent.wait_for_line("Connected", chain="base-chain")
        theatre.play(lambda: None)
        assert agent.stop() == 0
        yield theatre


@pytest.mark.parametrize("number", range(len(PARTS)), ids=names_of(PARTS))
def test_every_theft_is_answered_with_no_more_than_is_needed(played: Theatre, number: int) -> None:
    """Each bid, proof and withdrawal once, and L1 only where it has to decide."""
    ending = played.endings[number]
    assert counts(ending.request) == ending.events


def test_everybody_has_what_is_his(played: Theatre) -> None:
    """To the wei: stakes, deposits and fees; the agent has spent nothing but gas."""
    assert played.books.gains() == played.gains()


def test_nothing_of_the_agent_was_sent_in_vain(played: Theatre) -> None:
    """No transaction of it has failed, on any chain."""
    assert played.books.failures("agent") == []
