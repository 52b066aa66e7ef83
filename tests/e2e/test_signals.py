"""SIGINT and SIGTERM: the agent ends in order and soon, whatever hangs."""

from collections.abc import Callable

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint, silent_endpoint

pytestmark = pytest.mark.e2e

STOP_SECONDS = 2.0
NOISE_SECONDS = 1.0
"""What a busy test machine may add to it; an endpoint's own deadline would add ten."""

SIGNALS = [
    pytest.param(AgentProcess.interrupt, id="SIGINT"),
    pytest.param(AgentProcess.terminate, id="SIGTERM"),
]

SendSignal = Callable[[AgentProcess], None]


def assert_ends_in_order(agent: AgentProcess, send: SendSignal) -> None:
    """The agent ends with code 0, soon after a signal."""
    seconds = agent.seconds_to_exit(lambda: send(agent))
    assert agent.exit_code == 0
    assert seconds <= STOP_SECONDS + NOISE_SECONDS
    assert "Traceback" not in agent.stderr


def wait_until_idle(agent: AgentProcess, world: LocalWorld) -> None:
    """Wait until the agent has read both chains."""
    for l2 in world.pair:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)


@pytest.mark.parametrize("send", SIGNALS)
def test_idle_agent_ends(world: LocalWorld, agents: Agents, send: SendSignal) -> None:
    """Nothing is on its way: every thread ends by itself."""
    agent = agents.start(world)
    wait_until_idle(agent, world)
    assert_ends_in_order(agent, send)
    assert agent.lines("Stopped", hanging=[])


@pytest.mark.parametrize("send", SIGNALS)
def test_busy_agent_ends(world: LocalWorld, agents: Agents, send: SendSignal) -> None:
    """Fills are on their way."""
    user, (source, target) = world.participant("user"), world.pair
    for amount in range(1, 21):
        user.create_request(source, target, "DAI", amount)
    agent = agents.start(world)
    agent.wait_for_line("Sent transaction", transaction="fill")
    assert_ends_in_order(agent, send)


@pytest.mark.parametrize("send", SIGNALS)
def test_agent_ends_while_its_endpoints_hang(
    world: LocalWorld, agents: Agents, send: SendSignal
) -> None:
    """Threads that wait for answers are left behind."""
    l2a, l2b = (l2.chain for l2 in world.pair)
    with Endpoint(l2a) as first, Endpoint(l2b) as second:
        for endpoint in (first, second):
            endpoint.come_up()
        urls = {"chains.l2a.rpc-url": first.url, "chains.l2b.rpc-url": second.url}
        agent = agents.start(world, urls)
        wait_until_idle(agent, world)
        for endpoint in (first, second):
            endpoint.hold_back()
        assert_ends_in_order(agent, send)
    (stopped,) = agent.lines("Stopped")
    assert all(name in str(stopped["hanging"]) for name in world.l2s)


@pytest.mark.parametrize("send", SIGNALS)
def test_agent_ends_while_no_endpoint_answers_at_start(
    world: LocalWorld, agents: Agents, send: SendSignal
) -> None:
    """It does not have to be connected to be stopped."""
    with silent_endpoint() as url:
        agent = agents.start(world, {"chains.l2a.rpc-url": url, "chains.l2b.rpc-url": url})
        agent.wait_for_line("Starting")
        assert_ends_in_order(agent, send)


def test_second_signal_ends_at_once(world: LocalWorld, agents: Agents) -> None:
    """Whoever does not want to wait sends another one, and sees so in the exit code."""
    with silent_endpoint() as url:
        agent = agents.start(world, {"chains.l2a.rpc-url": url})
        agent.wait_for_line("Starting")
        agent.terminate()
        seconds = agent.seconds_to_exit(agent.interrupt)
    # A busy machine may deliver both together; then the smaller number is seen first.
    assert agent.exit_code in (128 + 2, 128 + 15)
    assert seconds <= NOISE_SECONDS
