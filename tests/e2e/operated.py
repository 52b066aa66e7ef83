"""An agent that an operator speaks to, and the transfers in its way."""

from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.conftest import Agents
from tests.operator import Operator

AMOUNT = 10**18


def start_listening(agents: Agents, world: LocalWorld, operator: Operator) -> AgentProcess:
    """An agent that listens to the operator, and has read both chains."""
    agent = agents.start(world, {"control-socket": str(operator.path)})
    for l2 in world.pair:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    return agent


def ask_for_transfer(world: LocalWorld) -> Request:
    """A request from l2a to l2b."""
    return world.participant("user").create_request(*world.pair, "DAI", AMOUNT)
