"""Planner, senders and wallets on real chains: claims of an earlier life are not made again."""

import pytest

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant
from beamer_agent.devnet.world import LocalWorld
from tests.e2e.story import WHOLE_LIFE, counts, resume_mining, sent_by, stop_mining
from tests.hand_agent import HandAgent
from tests.whole_life import AMOUNT, finish, terminate

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("mining_resumed")]


def test_claim_of_an_earlier_life_in_the_pool_is_not_made_again(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """Nothing is added behind it until it is mined."""
    agent = HandAgent(world)
    request = user.create_request(source, target, "DAI", AMOUNT)
    stop_mining(source.chain)
    agent.turns(4)
    mined, pending = sent_by(source, world)
    assert pending - mined == 1
    after = HandAgent(world)
    after.turns(3)
    assert sent_by(source, world) == (mined, pending)
    assert after.sent(source) == []
    resume_mining(source.chain)
    finish(after, request)


@pytest.mark.parametrize("confirmations", [0, 3])
def test_claim_of_an_earlier_life_that_is_not_seen_yet_is_not_made_again(
    world: LocalWorld,
    user: Participant,
    source: L2Contracts,
    target: L2Contracts,
    confirmations: int,
) -> None:
    """Its event is not deep enough for the planner; the sender looks for it before it sends."""
    agent = HandAgent(world, confirmations=confirmations)
    request = user.create_request(source, target, "DAI", AMOUNT)
    for _ in range(20):
        if "ClaimMade" in counts(request):
            break
        agent.blocks(1)
    assert counts(request)["ClaimMade"] == 1
    after = HandAgent(world, confirmations=confirmations)
    after.turns(2)
    assert after.sent(source) == []
    if confirmations:
        assert after.put_off() == ["the fill is claimed"]
    after.blocks(confirmations)
    terminate(after)
    after.blocks(confirmations + 3)
    assert counts(request) == WHOLE_LIFE
