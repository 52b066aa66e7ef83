"""`beamer-agent games`: disputed claims in numbers, on real chains; nothing is sent."""

from collections.abc import Mapping
from typing import Any

import pytest

from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import ClaimId, FillId, Seconds, Wei
from tests.agent_process import AgentProcess
from tests.carrying import carry_to_l1
from tests.e2e.configuration import REMOVED, configuration_of, write
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint
from tests.e2e.story import sent_by

pytestmark = pytest.mark.e2e

NO_FILL = FillId(b"\x05" * 32)
"""An id that no fill has."""
AMOUNT = 10**18
STAKE = Wei(10**16)
"""Of every claim in this world."""


def games(
    agents: Agents, world: LocalWorld, changes: Mapping[str, Any] | None = None
) -> AgentProcess:
    """A finished look at the games; it must not have sent anything."""
    before = [sent_by(l2, world) for l2 in world.contracts.l2s]
    path = write(agents.folder / "agent.toml", configuration_of(world, changes))
    agent = agents.run("games", "--config", str(path))
    agent.wait_for_exit()
    assert [sent_by(l2, world) for l2 in world.contracts.l2s] == before
    return agent


def found(agent: AgentProcess, what: str, where: str = "l2a -> l2b") -> list[str]:
    """What stands in the table under a word, from top to bottom."""
    rows = [line.split("\N{BOX DRAWINGS LIGHT VERTICAL}")[1:-1] for line in lines_of(agent)]
    cells = [[cell.strip() for cell in row] for row in rows]
    return [row[2] for row in cells if row[:2] == [where, what]]


def lines_of(agent: AgentProcess) -> list[str]:
    """What it has printed."""
    return agent.stdout.splitlines()


@pytest.fixture
def thief(world: LocalWorld) -> Participant:
    """Somebody who may claim."""
    thief = world.participant("rival")
    for l2 in world.pair:
        call = l2.request_manager.contract.call("addAllowedLp", thief.address)
        l2.chain.wallet("deployer").execute(call)
    return thief


@pytest.fixture
def request_(world: LocalWorld) -> Request:
    """Nobody has filled it."""
    return world.participant("user").create_request(*world.pair, "DAI", AMOUNT, Seconds(3_600))


def false_claim(world: LocalWorld, thief: Participant, request: Request) -> ClaimId:
    """A claim without a fill, long enough ago to be known as false."""
    claim_id = thief.claim(request, NO_FILL)
    for chain in world.chains:
        chain.increase_time(world.settings.fill_wait_time)
        chain.mine()
    return claim_id


def test_nothing_is_disputed(world: LocalWorld, agents: Agents) -> None:
    """The sums stand there all the same."""
    agent = games(agents, world)
    assert agent.exit_code == 0, agent.stderr
    assert lines_of(agent)[-1] == "0 disputed claims"
    assert found(agent, "staked in all games", "l2a") == ["0 ether of at most 5 ether"]
    assert found(agent, "reserved for bids", "l2b") == ["0 ether"]
    assert found(agent, "reserved for proofs", "base-chain") == ["0 ether"]


def test_false_claim(
    world: LocalWorld, agents: Agents, thief: Participant, request_: Request
) -> None:
    """Nobody has done anything against it yet."""
    claim_id = false_claim(world, thief, request_)
    agent = games(agents, world)
    assert agent.exit_code == 0, agent.stderr
    assert found(agent, "claim") == [f"{claim_id} on request 0x{request_.request_id.hex()}"]
    assert found(agent, "verdict") == ["false: no fill is on the target chain"]
    assert found(agent, "proof") == ["none is sent on the target chain"]
    assert "have the target chain prove that this fill is not there" in found(agent, "now")
    assert found(agent, "reserved for bids", "l2a") == ["0.010000000000000001 ether"]
    assert lines_of(agent)[-1] == "1 disputed claims"


def test_game_that_a_proof_can_win(
    world: LocalWorld, agents: Agents, thief: Participant, request_: Request
) -> None:
    """The proof is on L1 and mature; carrying it is weighed against the stakes."""
    claim_id = false_claim(world, thief, request_)
    us = world.participant("agent")
    us.invalidate_fill(request_, NO_FILL)
    us.challenge(request_.source, claim_id, Wei(STAKE + 1))
    thief.challenge(request_.source, claim_id, Wei(STAKE + 1))
    carry_to_l1(world, world.participant("user"), request_, NO_FILL)
    agent = games(agents, world)
    assert agent.exit_code == 0, agent.stderr
    assert found(agent, "ahead") == ["the claimer"]
    assert found(agent, "stakes") == [
        "claimer 0.020000000000000001 ether, challengers 0.010000000000000001 ether, "
        "of these ours 0.010000000000000001 ether"
    ]
    (bid,) = found(agent, "bid")
    assert bid.startswith("minimum 0.010000000000000001 ether, worthwhile 0 ether, room under ")
    (proof,) = found(agent, "proof")
    assert proof.startswith("executed; ")
    (gain,) = found(agent, "gain")
    # Both stakes come to us, of which the challengers' is lost as it stands.
    assert gain == "the proof gives us 0.030000000000000002 ether more than the game as it stands"
    assert found(agent, "staked in all games", "l2a") == [
        "0.010000000000000001 ether of at most 5 ether"
    ]


def test_own_claim_that_is_out_bid(
    world: LocalWorld, agents: Agents, thief: Participant, request_: Request
) -> None:
    """It is ours to answer."""
    us = world.participant("agent")
    claim_id = us.claim(request_, us.fill(request_))
    thief.challenge(request_.source, claim_id, Wei(STAKE + 1))
    agent = games(agents, world)
    assert agent.exit_code == 0, agent.stderr
    assert found(agent, "claimer") == [f"{us.address} (this agent)"]
    assert found(agent, "verdict") == ["honest: this fill is on the target chain"]
    assert found(agent, "ahead") == ["the challengers"]
    assert found(agent, "now")[0] == "bid 0.010000000000000001 ether"


def test_chain_that_does_not_answer(
    world: LocalWorld, agents: Agents, thief: Participant, request_: Request
) -> None:
    """Exit code 1 and a sentence; what is known of the others is shown."""
    with Endpoint(world.base) as nobody:
        agent = games(agents, world, {"chains.l2b.rpc-url": nobody.url})
    assert agent.exit_code == 1
    sentence = "Error: chains.l2b.rpc-url: it does not answer: Connection refused"
    assert sentence in agent.stderr.splitlines()
    assert found(agent, "staked in all games", "l2a") == ["0 ether of at most 5 ether"]


def test_no_l1(world: LocalWorld, agents: Agents, thief: Participant, request_: Request) -> None:
    """The agent works without, so the exit code is 0."""
    claim_id = false_claim(world, thief, request_)
    us = world.participant("agent")
    us.invalidate_fill(request_, NO_FILL)
    us.challenge(request_.source, claim_id, Wei(STAKE + 1))
    with Endpoint(world.base) as nobody:
        down = games(agents, world, {"base-chain.rpc-url": nobody.url})
    for agent in (down, games(agents, world, {"base-chain": REMOVED})):
        assert agent.exit_code == 0, agent.stderr
        (proof,) = found(agent, "proof")
        assert "this agent cannot carry it" in proof
        assert found(agent, "proofs", "base-chain") == [
            "not connected: no proof can be carried over L1"
        ]


def test_bad_configuration(world: LocalWorld, agents: Agents) -> None:
    """Exit code 2, a sentence and no table."""
    agent = games(agents, world, {"poll-period": 0})
    assert (agent.exit_code, agent.stdout) == (2, "")
    assert agent.stderr.startswith("Error: poll-period: ")
