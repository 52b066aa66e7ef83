"""Endpoints that are not there yet, go away and come back: the agent goes on by itself."""

import pytest

from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from tests.chain_fixtures import MakeWorld
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint, stopped
from tests.e2e.story import (
    WHOLE_LIFE,
    counts,
    resume_mining,
    see_through,
    stop_mining,
    wait_for_pool,
)
from tests.faults.behaviours import sometimes, status
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.e2e

FAILED = "Step failed, will try again"
AMOUNT = 10**18
REFUSED_OFTEN = 100


def test_chain_that_appears_later_is_served(world: LocalWorld, agents: Agents) -> None:
    """The agent says that it cannot reach the chain, keeps trying, and then works."""
    user, (source, target) = world.participant("user"), world.pair
    request = user.create_request(source, target, "DAI", AMOUNT)
    with Endpoint(target.chain) as endpoint:
        agent = agents.start(world, {"chains.l2b.rpc-url": endpoint.url})
        agent.wait_for_line(FAILED, worker="ChainConnector[l2b]", error="Connection refused")
        endpoint.come_up()
        see_through(world, agent, request)
        assert counts(request) == WHOLE_LIFE
        assert agent.stop() == 0


def test_agent_without_any_chain_waits_and_stops(world: LocalWorld, agents: Agents) -> None:
    """Nothing answers: it says so for each chain, and ends in order when it is asked to."""
    with Endpoint(world.base) as nobody:
        changes = {f"chains.{name}.rpc-url": nobody.url for name in world.l2s}
        agent = agents.start(world, changes)
        for name in world.l2s:
            agent.wait_for_line(FAILED, worker=f"ChainConnector[{name}]")
        assert agent.stop() == 0


@pytest.mark.parametrize("lost", ["l2a", "l2b"])
def test_endpoint_that_is_killed_in_mid_transfer_comes_back(
    world: LocalWorld, agents: Agents, lost: str
) -> None:
    """The fill is mined while the source or the target chain is away, and claimed after."""
    user, (source, target) = world.participant("user"), world.pair
    stop_mining(target.chain)
    request = user.create_request(source, target, "DAI", AMOUNT)
    with Endpoint(world.l2s[lost].chain) as endpoint:
        endpoint.come_up()
        agent = agents.start(world, {f"chains.{lost}.rpc-url": endpoint.url})
        wait_for_pool(world, agent, target, 2)
        endpoint.go_down()
        agent.wait_for_line(FAILED, worker=f"EventMonitor[{lost}]")
        resume_mining(target.chain)
        assert counts(request) == {"RequestCreated": 1, "RequestFilled": 1}
        endpoint.come_up()
        see_through(world, agent, request)
        assert counts(request) == WHOLE_LIFE
        assert agent.stop() == 0


def test_chain_that_hangs_in_mid_transfer_comes_back(
    make_world: MakeWorld, agents: Agents
) -> None:
    """A node that takes connections and does not answer for a while costs time, nothing else."""
    world = make_world(WorldSettings(block_time=None))
    user, (source, target) = world.participant("user"), world.pair
    stop_mining(target.chain)
    request = user.create_request(source, target, "DAI", AMOUNT)
    agent = agents.start(world)
    wait_for_pool(world, agent, target, 2)
    with stopped(source.chain):
        resume_mining(target.chain)
        agent.wait_for_line(FAILED, worker="EventMonitor[l2a]", error="no answer in time")
    see_through(world, agent, request)
    assert counts(request) == WHOLE_LIFE
    assert agent.stop() == 0


def test_endpoint_that_refuses_much_makes_no_chain_go_and_come(
    world: LocalWorld, agents: Agents
) -> None:
    """Two of five requests are answered with 503, for hundreds of looks: it is slow, not down."""
    user, (source, target) = world.participant("user"), world.pair
    with Proxy(target.chain) as proxy:
        proxy.begin(sometimes(0.4, status(503)))
        agent = agents.start(world, {"chains.l2b.rpc-url": proxy.url})
        agent.wait_for_line("Synced", chain_id=target.chain.chain_id)
        see_through(world, agent, user.create_request(source, target, "DAI", AMOUNT))
        agent.wait_until(lambda: proxy.hits >= REFUSED_OFTEN, "many requests")
        assert agent.lines("Chain is down") == []
        assert agent.stop() == 0
