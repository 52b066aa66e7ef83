"""Several honest agents: a watchtower that is no LP alone, then together with one that fills."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.books import ETHER, Gains, total
from tests.e2e.conftest import Agents
from tests.e2e.story import counts
from tests.e2e.theatre import FILLED_ONLY, Part, Theatre, theatre_world
from tests.scenes import contested_claim, insisted_theft, left_theft, left_theft_of_a_fill

pytestmark = pytest.mark.e2e

WATCHED: list[Part] = [(left_theft, "l2b", "l2a"), (insisted_theft, "l2a", "l2b")]
SHARED: list[Part] = [
    (left_theft, "l2b", "l2a"),
    (left_theft, "l2a", "l2b"),
    (insisted_theft, "l2a", "l2b"),
    (left_theft_of_a_fill, "l2a", "l2b"),
    (contested_claim, "l2b", "l2a"),
]
WATCHTOWER = {**FILLED_ONLY, "fill": False}
THIEF = "user"

Act = tuple[Theatre, Gains]
"""What was played, and what everybody had won when it was over."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Act, Act]]:
    """First with the watchtower alone, then with both agents."""
    with theatre_world(THIEF, base_transfers=False) as world, ExitStack() as stack:
        agents = Agents(tmp_path_factory.mktemp("agents"), stack)
        watchtower = agents.start_as("rival", world, WATCHTOWER)
        watched = Theatre(world, WATCHED, honest="rival", thief=THIEF)
        watched.play(lambda: None)
        alone = watched, watched.books.gains()
        shared = Theatre(world, SHARED, thief=THIEF)
        agent = agents.start(world, FILLED_ONLY)
        agent.wait_for_line("Connected", chain="base-chain")
        shared.play(lambda: None)
        assert [agent.stop(), watchtower.stop()] == [0, 0]
        yield alone, (shared, shared.books.gains())


def test_watchtower_that_is_no_lp_wins_the_stakes(played: tuple[Act, Act]) -> None:
    """It fills nothing, and has nothing else to win or to lose."""
    theatre, gains = played[0]
    assert gains == theatre.gains()
    assert [counts(ending.request) for ending in theatre.endings] == [
        ending.events for ending in theatre.endings
    ]


def test_two_honest_agents_win_together_what_one_would_win(played: tuple[Act, Act]) -> None:
    """Neither has bid against the other, for who is first all others leave it alone."""
    theatre, gains = played[1]
    assert pooled(gains) == theatre.gains()
    assert all(amount > 0 for (role, _, asset), amount in gains.items() if is_stake(role, asset))


def test_two_honest_agents_make_no_more_bids_than_one(played: tuple[Act, Act]) -> None:
    """At most the absence of a fill is proven by both, when they see it at the same time."""
    theatre, _ = played[1]
    for ending in theatre.endings:
        happened = counts(ending.request)
        assert happened.pop("FillInvalidated", 0) <= 2
        assert happened == {k: v for k, v in ending.events.items() if k != "FillInvalidated"}


def is_stake(role: str, asset: str) -> bool:
    """Whether an amount is what an honest agent has won or lost by bidding."""
    return role != THIEF and asset == ETHER


def pooled(gains: Gains) -> Gains:
    """With the watchtower's purse in the agent's."""
    return total(*({("agent" if r == "rival" else r, c, a): n} for (r, c, a), n in gains.items()))
