"""An operator pauses, resumes and asks a running agent, by `beamer-agent ctl`."""

import os
import stat
from datetime import datetime

import pytest

from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import LogLine
from tests.e2e.conftest import Agents
from tests.e2e.operated import AMOUNT, ask_for_transfer, start_listening
from tests.e2e.story import WHOLE_LIFE, counts, happened, see_through, wait_for
from tests.operator import Operator, ctl

pytestmark = pytest.mark.e2e

WAY, BACK = "l2a->l2b", "l2b->l2a"
PAUSED = "the operator has paused the direction"
NOT_ACTING = "Not acting on request"


def hex_id(request: Request) -> str:
    """As the log has it."""
    return "0x" + request.request_id.hex()


def seconds_between(first: LogLine, second: LogLine) -> float:
    """By the log's own clock."""
    times = [datetime.fromisoformat(line["timestamp"]) for line in (first, second)]
    return (times[1] - times[0]).total_seconds()


def test_a_paused_direction_fills_nothing_until_it_is_resumed(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """The way back goes on; what waited is filled at once then."""
    user, (source, target) = world.participant("user"), world.pair
    agent = start_listening(agents, world, operator)
    operator.do("pause", WAY)
    waiting = ask_for_transfer(world)
    agent.wait_for_line(NOT_ACTING, request_id=hex_id(waiting), reason=PAUSED)
    see_through(world, agent, user.create_request(target, source, "DAI", AMOUNT))
    assert counts(waiting) == {"RequestCreated": 1}
    operator.do("resume", WAY)
    resumed = agent.wait_for_line("Direction resumed", direction=WAY)
    see_through(world, agent, waiting)
    assert counts(waiting) == WHOLE_LIFE
    sent = agent.wait_for_line("Sent transaction", action=f"fill:{hex_id(waiting)}")
    assert seconds_between(resumed, sent) < 1


def test_the_log_says_who_has_changed_what(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """User and process; and nobody else can use the socket."""
    agent = start_listening(agents, world, operator)
    assert stat.S_IMODE(operator.path.stat().st_mode) == 0o600
    operator.do("pause", BACK)
    line = agent.wait_for_line("Direction paused", direction=BACK)
    assert f"(uid {os.getuid()}, pid " in line["by"]
    status = operator.do("status")
    assert status[0].startswith("service: running for ")
    assert any(text.startswith(f"paused {BACK}: by {line['by']}, ") for text in status)
    assert agent.stop() == 0
    assert not operator.path.exists()


def test_exit_codes_are_for_scripts(world: LocalWorld, agents: Agents, operator: Operator) -> None:
    """0 done, 1 refused, 2 nobody there; the configuration says where to ask."""
    agent = start_listening(agents, world, operator)
    configuration = str(agents.folder / "agent.toml")
    assert ctl("-c", configuration, "status").code == 0
    misspelt = operator.say("pause", "l2a->l2")
    assert (misspelt.code, 'did you mean "l2a->l2b"?' in misspelt.text) == (1, True)
    assert operator.say("log-level", "loud").code == 1
    assert agent.stop() == 0
    nobody = ctl("-c", configuration, "status")
    assert (nobody.code, str(operator.path) in nobody.text) == (2, True)
    assert ctl("-c", "missing.toml", "status").code == 2


def test_a_second_agent_leaves_the_first_ones_socket_alone(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """It ends at once and says why; what a killed one left behind is replaced."""
    first = start_listening(agents, world, operator)
    second = agents.start(world, {"control-socket": str(operator.path)})
    assert second.wait_for_exit() == 2
    assert "is this agent running already?" in second.stderr
    assert operator.say("status").code == 0
    first.kill()
    assert operator.say("status").code == 2
    start_listening(agents, world, operator)
    assert operator.say("status").code == 0


def test_the_log_level_changes_at_run_time(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """In loggers that have been used before, too."""
    agent = start_listening(agents, world, operator)
    see_through(world, agent, ask_for_transfer(world))
    assert agent.lines(level="debug") == []
    operator.do("log-level", "debug")
    agent.wait_for_line("Log level changed", level="info", now="debug")
    see_through(world, agent, ask_for_transfer(world))
    assert agent.lines(level="debug") != []


def test_a_direction_is_built_anew_on_command(
    world: LocalWorld, agents: Agents, operator: Operator
) -> None:
    """Its pause outlives it; so does what is open."""
    agent = start_listening(agents, world, operator)
    request = ask_for_transfer(world)
    wait_for(agent, request, "ClaimMade")
    operator.do("pause", WAY)
    operator.do("restart", WAY, "--hard")
    line = agent.wait_for_line("Restarted", part=WAY, kind="hard")
    assert "(uid " in line["by"]
    waiting = ask_for_transfer(world)
    agent.wait_for_line(NOT_ACTING, request_id=hex_id(waiting), reason=PAUSED)
    see_through(world, agent, request)
    assert counts(request) == WHOLE_LIFE
    assert not happened(waiting, "RequestFilled")
    operator.do("resume", WAY)
    see_through(world, agent, waiting)


def test_risk_is_what_is_open_now(world: LocalWorld, agents: Agents, operator: Operator) -> None:
    """A claim until it is withdrawn, and nothing after."""
    agent = start_listening(agents, world, operator)
    request = ask_for_transfer(world)
    wait_for(agent, request, "ClaimMade")

    def risk_tells(words: str) -> bool:
        return words in "\n".join(operator.do("risk"))

    agent.wait_until(lambda: risk_tells(f"1 claimed: T0 {AMOUNT}, stake 0.01 ether"), "the claim")
    assert risk_tells("Nothing presses; but nobody answers a challenge")
    see_through(world, agent, request)
    agent.wait_until(lambda: risk_tells("Nothing is open: nothing is at risk."), "the end")
