"""A running agent compares what it knows with the contracts, period after period."""

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.e2e.conftest import Agents
from tests.e2e.story import see_through, wait_for

pytestmark = pytest.mark.e2e


def test_a_transfer_is_compared_at_each_of_its_stages(world: LocalWorld, agents: Agents) -> None:
    """Claimed, and after its withdrawal: nothing differs, nothing is built anew."""
    user, (source, target) = world.participant("user"), world.pair
    agent = agents.start(world, {"period": 1})
    request = user.create_request(source, target, "DAI", 10**6)
    wait_for(agent, request, "ClaimMade")

    def claims_were_compared() -> bool:
        return any(line["claims"] > 0 for line in agent.lines("Period is over"))

    agent.wait_until(claims_were_compared, "an open claim to be compared")
    see_through(world, agent, request)
    before = len(agent.lines("Period is over"))
    agent.wait_until(
        lambda: len(agent.lines("Period is over")) >= before + 4, "two more periods in each way"
    )
    assert {line["differences"] for line in agent.lines("Period is over")} == {0}
    assert agent.lines("Contracts say otherwise") == []
    assert agent.lines("Cannot compare with the contracts") == []
    assert agent.lines("Restarted") == []
    assert agent.stop() == 0
