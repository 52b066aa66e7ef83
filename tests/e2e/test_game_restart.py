"""An agent that is killed again and again in the middle of all games, and wins them all."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.conftest import Agents
from tests.e2e.story import counts
from tests.e2e.theatre import FILLED_ONLY, Part, Theatre, names_of, theatre_world
from tests.scenes import (
    left_theft,
    stubborn_contest,
    stubborn_theft,
    stubborn_theft_of_a_fill,
)

pytestmark = pytest.mark.e2e

PARTS: list[Part] = [
    (left_theft, "l2a", "l2b"),
    (stubborn_theft, "l2a", "l2b"),
    (stubborn_theft, "l2a", "base"),
    (stubborn_theft, "base", "l2b"),
    (stubborn_theft_of_a_fill, "l2b", "l2a"),
    (stubborn_contest, "l2b", "l2a"),
    (stubborn_contest, "l2a", "base"),
    (stubborn_contest, "base", "l2b"),
]
"""The other agent has no habits: it bids for as long as there is anything to bid on."""
DEATHS = ("fill", "invalidate", "challenge", "prove", "execute")
"""Each life ends when it has sent its first transaction of a kind."""
ONCE = ("RequestFilled", "FillInvalidated", "ClaimStakeWithdrawn", "DepositWithdrawn")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """All scenes, played to the end."""
    with theatre_world("rival") as world, ExitStack() as stack:
        theatre = Theatre(world, PARTS)
        agents = Agents(tmp_path_factory.mktemp("agent"), stack)

        def die_often() -> None:
            for step in DEATHS:
                agent = agents.start(world, FILLED_ONLY)
                agent.wait_for_line("Sent transaction", transaction=step)
                agent.kill()
            agents.start(world, FILLED_ONLY)

        theatre.play(die_often)
        yield theatre


@pytest.mark.parametrize("number", range(len(PARTS)), ids=names_of(PARTS))
def test_nothing_is_done_twice(played: Theatre, number: int) -> None:
    """Whatever an earlier life has sent counts; how many bids there were is up to the thief."""
    ending = played.endings[number]
    happened = counts(ending.request)
    assert {name: happened.get(name, 0) for name in ONCE} == {
        name: ending.events.get(name, 0) for name in ONCE
    }


def test_everybody_has_what_is_his(played: Theatre) -> None:
    """As if nothing had happened to the agent."""
    assert played.books.gains() == played.gains()


def test_nothing_of_the_agent_was_sent_in_vain(played: Theatre) -> None:
    """No transaction of it has failed, on any chain."""
    assert played.books.failures("agent") == []
