"""What the chains say about a request: the only witness of what an agent did."""

from collections import Counter

from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import BlockNumber
from tests.agent_process import AgentProcess

WHOLE_LIFE = {
    "RequestCreated": 1,
    "RequestFilled": 1,
    "ClaimMade": 1,
    "ClaimStakeWithdrawn": 1,
    "DepositWithdrawn": 1,
}
"""The events of a request that was filled once, claimed once and withdrawn once."""


def history(request: Request) -> list[Log]:
    """Everything that has happened to a request on both chains."""
    logs = [*_logs(request.source), *_logs(request.target)]
    if request.source is request.target:
        logs = _logs(request.source)
    return [log for log in logs if log.arguments.get("requestId") == request.request_id]


def counts(request: Request) -> dict[str, int]:
    """How often each event has happened to a request."""
    return dict(Counter(log.name for log in history(request)))


def happened(request: Request, name: str) -> bool:
    """Whether an event has happened to a request."""
    return name in counts(request)


def wait_for(agent: AgentProcess, request: Request, name: str) -> None:
    """Wait until the agent has made an event happen to a request."""
    what = f"{name} of request {request.nonce}"
    agent.wait_until(lambda: happened(request, name), what)


def see_through(world: LocalWorld, agent: AgentProcess, *requests: Request) -> None:
    """Follow requests to their withdrawal; the clocks jump over the claim period."""
    for request in requests:
        wait_for(agent, request, "ClaimMade")
    world.increase_time(world.settings.claim_period)
    for request in requests:
        wait_for(agent, request, "DepositWithdrawn")


def sent_by(l2: L2Contracts, world: LocalWorld) -> tuple[int, int]:
    """How many of the agent's transactions are mined on a chain, and how many with the pool's."""
    return l2.chain.client.transaction_counts(world.participant("agent").address)


def wait_for_pool(
    world: LocalWorld, agent: AgentProcess, l2: L2Contracts, transactions: int
) -> None:
    """Wait until so many of the agent's transactions are in a chain's pool."""

    def are_there() -> bool:
        mined, pending = sent_by(l2, world)
        return pending - mined == transactions

    agent.wait_until(are_there, f"{transactions} transactions in the pool of {l2.chain.name}")


def mine(world: LocalWorld, blocks: int) -> None:
    """Put blocks on top of all chains."""
    for chain in world.chains:
        chain.mine(blocks)


def allowance_of(world: LocalWorld, l2: L2Contracts, symbol: str) -> int:
    """What the FillManager may take of the agent's tokens."""
    owner = world.participant("agent").address
    call = l2.tokens[symbol].contract.call("allowance", owner, l2.fill_manager.address)
    return int(l2.chain.client.read(call))


def stop_mining(chain: LocalChain) -> None:
    """Let transactions wait in the pool from now on."""
    chain.client.call("evm_setAutomine", False)


def resume_mining(chain: LocalChain) -> None:
    """Mine what waits in the pool, and every transaction at once from now on."""
    chain.client.call("evm_setAutomine", True)
    chain.mine()


def _logs(l2: L2Contracts) -> list[Log]:
    managers = [l2.request_manager.contract, l2.fill_manager.contract]
    return LogReader(l2.chain.client, managers, BlockNumber(0)).read()
