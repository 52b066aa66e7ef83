"""An agent that is drained: it finishes what is open, begins nothing new, and ends."""

import pytest

from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Seconds, Wei
from tests.agent_process import AgentProcess
from tests.e2e.conftest import Agents
from tests.e2e.operated import ask_for_transfer, start_listening
from tests.e2e.story import WHOLE_LIFE, counts, history, see_through, wait_for
from tests.operator import Operator

pytestmark = pytest.mark.e2e

DRAINING = "the agent finishes what is open, then it ends"
STOP_SECONDS = 3.0
"""Two, and what a busy machine may add."""


def wait_for_refusal(agent: AgentProcess, request: Request) -> None:
    """Wait until the agent says that it does not fill a request any more."""
    identity = "0x" + request.request_id.hex()
    agent.wait_for_line("Not acting on request", request_id=identity, reason=DRAINING)


def test_a_drain_settles_everything_and_ends_the_process(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """What came before is withdrawn, what comes after is left; the exit code is 0."""
    agent = start_listening(agents, world, operator)
    requests = [ask_for_transfer(world) for _ in range(3)]
    wait_for(agent, requests[0], "RequestFilled")
    wait_for(agent, requests[-1], "RequestFilled")
    operator.do("drain")
    late = ask_for_transfer(world)
    wait_for_refusal(agent, late)
    again = operator.do("drain")
    assert again[0].startswith("It drains already, by ")
    assert any(line.startswith("waits for l2a->l2b: ") for line in again)
    for request in requests:
        wait_for(agent, request, "ClaimMade")
    world.increase_time(world.settings.claim_period)
    assert agent.wait_for_exit() == 0
    assert [counts(request) for request in requests] == [WHOLE_LIFE] * 3
    assert counts(late) == {"RequestCreated": 1}
    assert len(agent.lines("Drained")) == 1
    assert agent.lines("Draining") != []
    assert agent.lines()[-1]["event"] == "Stopped"
    assert not operator.path.exists()


def test_an_idle_agent_is_drained_at_once(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """Nothing is open: it ends by itself, and another one carries on."""
    agent = start_listening(agents, world, operator)
    operator.do("drain")
    assert agent.wait_for_exit() == 0
    request = ask_for_transfer(world)
    see_through(world, start_listening(agents, world, operator), request)


def test_a_drain_that_is_taken_back_fills_again(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """What waited meanwhile is filled."""
    agent = start_listening(agents, world, operator)
    first = ask_for_transfer(world)
    wait_for(agent, first, "ClaimMade")
    operator.do("drain")
    second = ask_for_transfer(world)
    wait_for_refusal(agent, second)
    operator.do("resume")
    see_through(world, agent, first, second)
    assert agent.exit_code is None
    assert agent.lines("Drain ended") != []


def test_a_signal_ends_a_draining_agent_at_once(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """A claim is open still: who cannot wait need not; the next agent withdraws it."""
    agent = start_listening(agents, world, operator)
    request = ask_for_transfer(world)
    wait_for(agent, request, "ClaimMade")
    operator.do("drain")
    agent.wait_for_line("Draining")
    assert agent.seconds_to_exit(agent.interrupt) <= STOP_SECONDS
    assert agent.exit_code == 0
    assert agent.lines("Drained") == []
    see_through(world, start_listening(agents, world, operator), request)


def test_a_drain_lasts_as_long_as_a_game(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """The challenged claim is defended, named as what is waited for, and withdrawn."""
    agent = start_listening(agents, world, operator)
    request = ask_for_transfer(world)
    wait_for(agent, request, "ClaimMade")
    operator.do("drain")
    (made,) = [log for log in history(request) if log.name == "ClaimMade"]
    bid = Wei(world.settings.claim_stake + 1)
    world.participant("rival").challenge(request.source, made.arguments["claimId"], bid)
    agent.wait_until(lambda: counts(request)["ClaimMade"] == 3, "the answer to the challenge")
    agent.wait_until(
        lambda: "waits for l2a->l2b: 1 contested" in operator.do("drain"), "word of the game"
    )
    longest = world.settings.claim_period + world.settings.challenge_period_extension
    world.increase_time(Seconds(2 * longest + world.settings.finality_period))
    assert agent.wait_for_exit() == 0
    assert counts(request)["DepositWithdrawn"] == 1
    assert len(agent.lines("Drained")) == 1
