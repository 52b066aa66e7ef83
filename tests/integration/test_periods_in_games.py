"""What is known in games of claims is what the contracts say, at every moment of them."""

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.hand_agent import HandAgent
from tests.hand_audit import HandAudit, audits
from tests.rounds import Rounds, awake
from tests.scenes import (
    Scene,
    contested_claim,
    insisted_theft,
    left_theft,
    shared_challenge,
    stubborn_contest,
    theft_made_good_late,
    theft_of_a_fill,
    theft_overtaken_by_a_fill,
)

pytestmark = pytest.mark.integration

SCENES = [
    left_theft,
    insisted_theft,
    theft_of_a_fill,
    contested_claim,
    shared_challenge,
    theft_overtaken_by_a_fill,
    theft_made_good_late,
    stubborn_contest,
]


@pytest.mark.parametrize("scene", SCENES)
def test_every_round_of_a_game_is_known_as_it_is(games: LocalWorld, scene: Scene) -> None:
    """Bids, proofs over L1, parts of stakes that are paid out: no field differs, ever."""
    known: dict[HandAgent, list[HandAudit]] = {}
    compared, claims = 0, 0

    def look(rounds: Rounds) -> None:
        nonlocal compared, claims
        for agent in rounds.agents:
            for audit in known.setdefault(agent, audits(agent)):
                remainder = audit.remainder()
                if remainder is not None:
                    assert audit.compare(remainder) == frozenset()
                    compared += 1
                    claims += sum(len(request.claims) for request in remainder.requests)

    rounds = Rounds(games, [awake(games)], each=look)
    rounds.play(scene, "l2a", "l2b")
    look(rounds)
    assert compared > 10
    assert claims > 5
