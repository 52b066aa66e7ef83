"""An agent that is killed at any stage and started again: nothing lost, nothing done twice."""

from collections.abc import Callable

import pytest

from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.conftest import Agents
from tests.e2e.story import (
    WHOLE_LIFE,
    counts,
    happened,
    mine,
    resume_mining,
    sent_by,
    stop_mining,
    wait_for,
    wait_for_pool,
)

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("confirmations", [0, 3])]

HELD_UP = "Waiting for transactions of an earlier life"
AMOUNT = 10**18


class Life:
    """One request and the agents that serve it, one after the other.

    Args:
        confirmations: how deep events must be for the agents to see them.
    """

    def __init__(self, world: LocalWorld, agents: Agents, confirmations: int) -> None:
        self.world = world
        self.source, self.target = world.pair
        self.confirmations = confirmations
        self._agents = agents
        self._before = self._fortune()
        self.agent = self.start_agent()
        self.request = self.create_request()

    def start_agent(self) -> AgentProcess:
        """The next agent."""
        changes = {"confirmation-blocks": self.confirmations}
        self.agent = self._agents.start(self.world, changes)
        return self.agent

    def create_request(self) -> Request:
        """A request that the agents can see."""
        user = self.world.participant("user")
        request = user.create_request(self.source, self.target, "DAI", AMOUNT)
        self.confirm()
        return request

    def confirm(self) -> None:
        """Let the agents see what is mined; where mining has stopped, nothing is added."""
        for l2 in self.world.contracts.l2s:
            if l2.chain.client.call("anvil_getAutomine"):
                l2.chain.mine(self.confirmations)

    def wait_for_pool(self, l2_name: str, transactions: int) -> None:
        """Wait until so many of the agent's transactions are in a chain's pool."""
        wait_for_pool(self.world, self.agent, self.world.l2s[l2_name], transactions)

    def wait_for(self, name: str) -> None:
        """Wait until something has happened to the request, and let the agents see it."""
        wait_for(self.agent, self.request, name)
        self.confirm()

    def reach_claim(self) -> None:
        """Follow the request until its claim is made."""
        self.wait_for("RequestFilled")
        self.wait_for("ClaimMade")

    def terminate_claim(self) -> None:
        """Let the claim period pass."""
        self.world.increase_time(self.world.settings.claim_period)

    def finish(self) -> None:
        """Follow the request and one more to their end; each must have happened exactly once."""
        after = self.create_request()
        for request in (self.request, after):
            wait_for(self.agent, request, "RequestFilled")
            self.confirm()
        for request in (self.request, after):
            wait_for(self.agent, request, "ClaimMade")
        self.confirm()
        self.terminate_claim()
        for request in (self.request, after):
            wait_for(self.agent, request, "DepositWithdrawn")
        assert self.agent.stop() == 0
        assert [counts(self.request), counts(after)] == [WHOLE_LIFE, WHOLE_LIFE]
        for l2 in self.world.contracts.l2s:
            mined, pending = sent_by(l2, self.world)
            assert pending == mined
        assert self._fortune() > self._before

    def _fortune(self) -> int:
        account = self.world.participant("agent")
        return sum(account.balance(l2, "DAI") for l2 in self.world.contracts.l2s)


Start = Callable[[], Life]


@pytest.fixture
def start(world: LocalWorld, agents: Agents, confirmations: int) -> Start:
    """Begins a life; first, where it must, a test stops the mining of a chain."""
    return lambda: Life(world, agents, confirmations)


def test_killed_while_its_fill_is_in_the_pool(world: LocalWorld, start: Start) -> None:
    """The next life waits for the fill of the earlier one and claims it."""
    stop_mining(world.l2s["l2b"].chain)
    life = start()
    life.wait_for_pool("l2b", 2)
    life.agent.kill()
    life.start_agent().wait_for_line(HELD_UP, transactions=2)
    assert sum(sent_by(life.target, world)) == 2
    resume_mining(life.target.chain)
    life.confirm()
    life.finish()


def test_fill_dropped_from_the_pool_while_it_waits_for_it(world: LocalWorld, start: Start) -> None:
    """An agent that waits for an earlier life's fill makes it when that has gone."""
    stop_mining(world.l2s["l2b"].chain)
    life = start()
    life.wait_for_pool("l2b", 2)
    life.agent.kill()
    life.start_agent().wait_for_line(HELD_UP, transactions=2)
    life.target.chain.client.call("anvil_dropAllTransactions")
    resume_mining(life.target.chain)
    life.finish()


def test_killed_before_it_could_claim(world: LocalWorld, start: Start) -> None:
    """A fill that was mined after its sender's death is claimed by the next life."""
    stop_mining(world.l2s["l2b"].chain)
    life = start()
    life.wait_for_pool("l2b", 2)
    life.agent.kill()
    resume_mining(life.target.chain)
    assert happened(life.request, "RequestFilled")
    assert not happened(life.request, "ClaimMade")
    life.start_agent()
    life.confirm()
    life.finish()


def test_killed_while_its_claim_is_in_the_pool(world: LocalWorld, start: Start) -> None:
    """The next life does not claim a second time, though it sees a fill without a claim."""
    life = start()
    stop_mining(world.l2s["l2a"].chain)
    life.wait_for("RequestFilled")
    life.wait_for_pool("l2a", 1)
    life.agent.kill()
    life.start_agent().wait_for_line(HELD_UP, transactions=1)
    resume_mining(life.source.chain)
    life.confirm()
    life.finish()


def test_killed_before_its_claim_is_deep_enough(
    world: LocalWorld, start: Start, confirmations: int
) -> None:
    """A claim that is mined but not confirmed is not made again."""
    life = start()
    life.wait_for("RequestFilled")
    wait_for(life.agent, life.request, "ClaimMade")
    life.agent.kill()
    agent = life.start_agent()
    # It reads again what is confirmed; the claim is not, when confirmations are asked for.
    for l2 in world.contracts.l2s:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    if confirmations:
        agent.wait_for_line("Put action off", error="the fill is claimed")
    life.confirm()
    life.finish()


def test_killed_just_before_it_could_withdraw(start: Start) -> None:
    """A claim that terminated while no agent ran is withdrawn by the next one."""
    life = start()
    life.reach_claim()
    life.agent.kill()
    life.terminate_claim()
    assert not happened(life.request, "DepositWithdrawn")
    life.start_agent()
    life.finish()


def test_killed_while_its_withdrawal_is_in_the_pool(world: LocalWorld, start: Start) -> None:
    """The next life does not withdraw a second time."""
    life = start()
    life.reach_claim()
    life.agent.wait_for_line("Claim changed state", previous=None)
    world.base.increase_time(world.settings.claim_period)
    stop_mining(world.l2s["l2a"].chain)
    life.source.chain.increase_time(world.settings.claim_period)
    life.wait_for_pool("l2a", 1)
    life.agent.kill()
    life.start_agent().wait_for_line(HELD_UP, transactions=1)
    resume_mining(life.source.chain)
    life.confirm()
    life.finish()


def test_started_again_with_everything_done(world: LocalWorld, start: Start) -> None:
    """Nothing is sent for what is over, only for what is new."""
    life = start()
    life.finish()
    sent = [sum(sent_by(l2, world)) for l2 in world.pair]
    agent = life.start_agent()
    for l2 in world.pair:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    mine(world, 1)
    new = life.create_request()
    wait_for(agent, new, "RequestFilled")
    life.confirm()
    wait_for(agent, new, "ClaimMade")
    approve_fill, claim = 2 * 2, 1 * 2
    assert [sum(sent_by(l2, world)) for l2 in world.pair] == [
        sent[0] + claim,
        sent[1] + approve_fill,
    ]
