"""Every way to steal, against an agent that is turned by hand, in all kinds of directions."""

from itertools import count

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.e2e.story import counts, resume_mining, stop_mining
from tests.rounds import Rounds, awake
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
from tests.stage import Ending

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


def assert_ends_well(rounds: Rounds, ending: Ending) -> None:
    """Everybody has what is his, to the wei, nothing happened twice or was sent in vain."""
    assert rounds.books.gains() == ending.gains
    assert rounds.books.failures("agent") == []
    for name in ONCE:
        assert counts(ending.request).get(name, 0) == ending.events.get(name, 0)


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
@pytest.mark.parametrize("scene", SCENES)
def test_theft_is_answered(games: LocalWorld, scene: Scene, source: str, target: str) -> None:
    """One agent that stays awake."""
    rounds = Rounds(games, [awake(games)])
    assert_ends_well(rounds, rounds.play(scene, source, target))


@pytest.mark.parametrize("scene", [stubborn_theft, stubborn_theft_of_a_fill, stubborn_contest])
def test_one_short_life_after_the_other_changes_nothing(games: LocalWorld, scene: Scene) -> None:
    """Nothing depends on what an agent remembers, at any point of a game."""
    turns = count()

    def reborn(rounds: Rounds) -> None:
        if next(turns) % LIFE_ROUNDS == 0:
            rounds.agents = [awake(games)]

    rounds = Rounds(games, [], each=reborn)
    assert_ends_well(rounds, rounds.play(scene, "l2a", "l2b"))


@pytest.mark.parametrize("scene", [stubborn_theft, stubborn_theft_of_a_fill, stubborn_contest])
def test_lives_that_end_with_a_full_pool_do_nothing_twice(games: LocalWorld, scene: Scene) -> None:
    """Each is followed by one that finds the earlier one's transactions not mined yet."""

    def die(_rounds: Rounds) -> None:
        for chain in games.chains:
            stop_mining(chain)
        for _ in range(2):
            agent = awake(games)
            for _ in range(LIFE_ROUNDS):
                agent.turn()
        for chain in games.chains:
            resume_mining(chain)

    rounds = Rounds(games, [], each=die)
    assert_ends_well(rounds, rounds.play(scene, "l2a", "l2b"))
