"""Every way to steal, against an agent that is turned by hand, in all kinds of directions."""

from collections.abc import Iterator
from itertools import count

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.e2e.story import counts
from tests.rounds import Rounds, awake, game_world
from tests.scenes import (
    Scene,
    contested_claim,
    insisted_theft,
    left_theft,
    left_theft_of_a_fill,
    shared_challenge,
    stubborn_contest,
    stubborn_theft,
    stubborn_theft_of_a_fill,
    theft_made_good_late,
    theft_of_a_fill,
    theft_of_a_fill_id,
    theft_overtaken_by_a_fill,
)

pytestmark = pytest.mark.integration

DIRECTIONS = [("l2a", "l2b"), ("l2a", "base"), ("base", "l2a")]
"""Local both ways, Ethereum up, Ethereum down."""
SCENES = [
    left_theft,
    insisted_theft,
    left_theft_of_a_fill,
    theft_of_a_fill,
    theft_of_a_fill_id,
    contested_claim,
    shared_challenge,
    theft_overtaken_by_a_fill,
    theft_made_good_late,
    stubborn_theft,
    stubborn_theft_of_a_fill,
    stubborn_contest,
]
LIFE_ROUNDS = 3
"""Enough to look at everything once and to act on it."""
ONCE = ("RequestFilled", "FillInvalidated", "ClaimStakeWithdrawn", "DepositWithdrawn")


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalWorld]:
    """One world for this module."""
    with game_world() as world:
        yield world


@pytest.fixture
def world(shared: LocalWorld) -> Iterator[LocalWorld]:
    """The same, as it was when it started."""
    with shared.isolated():
        yield shared


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
@pytest.mark.parametrize("scene", SCENES)
def test_theft_is_answered(world: LocalWorld, scene: Scene, source: str, target: str) -> None:
    """Everybody has what is his, to the wei, and nothing was sent in vain."""
    rounds = Rounds(world, [awake(world)])
    ending = rounds.play(scene, source, target)
    assert rounds.books.gains() == ending.gains
    assert rounds.books.failures("agent") == []
    for name in ONCE:
        assert counts(ending.request).get(name, 0) == ending.events.get(name, 0)


@pytest.mark.parametrize("scene", [stubborn_theft, stubborn_theft_of_a_fill, stubborn_contest])
def test_one_short_life_after_the_other_changes_nothing(world: LocalWorld, scene: Scene) -> None:
    """Nothing depends on what an agent remembers, at any point of a game."""
    turns = count()

    def reborn(rounds: Rounds) -> None:
        if next(turns) % LIFE_ROUNDS == 0:
            rounds.agents = [awake(world)]

    rounds = Rounds(world, [], each=reborn)
    ending = rounds.play(scene, "l2a", "l2b")
    assert rounds.books.gains() == ending.gains
    assert rounds.books.failures("agent") == []
    for name in ONCE:
        assert counts(ending.request).get(name, 0) == ending.events.get(name, 0)
