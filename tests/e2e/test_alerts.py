"""Alerts of a running agent: what is wrong is told, and that it is over."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from prometheus_client.parser import text_string_to_metric_families

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.service.alerts.rule import CLOCK
from beamer_agent.service.alerts.table import RULES
from tests.agent_process import AgentProcess
from tests.e2e.configuration import configuration_of, write
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint
from tests.receivers import Receiver

pytestmark = pytest.mark.e2e

HASTY = (sys.executable, "-m", "tests.hasty_alerts")
"""The agent, but its alerts do not wait."""
TOKEN = "t0ken-of-a-channel"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Gets messages and heartbeats."""
    with Receiver() as receiver:
        yield receiver


def settings(receiver: Receiver) -> dict[str, Any]:
    """Of an agent that tells a receiver everything."""
    return {
        "alerts.urls": [f"json://user:{TOKEN}@{HOST}:{receiver.port}/{TOKEN}"],
        "alerts.heartbeat-url": f"http://{HOST}:{receiver.port}/{TOKEN}",
        "alerts.heartbeat-period": 0.2,
        "log-level": "debug",
    }


def configure(agents: Agents, world: LocalWorld, changes: dict[str, Any]) -> str:
    """The path of a configuration."""
    return str(write(agents.folder / "agent.toml", configuration_of(world, changes)))


def run_test(agents: Agents, path: str) -> AgentProcess:
    """`beamer-agent alerts test`."""
    return agents.run("alerts", "test", "--config", path)


def wait_for_message(agent: AgentProcess, receiver: Receiver, start: str) -> str:
    """The text of the first message in which an entry begins so."""

    def find() -> str | None:
        texts = [message["message"] for message in receiver.messages]
        return next((text for text in texts if start in text), None)

    return agent.wait_until(find, f"a message with {start!r}")


def test_chain_that_dies_is_told_and_so_is_its_return(
    world: LocalWorld, agents: Agents, receiver: Receiver
) -> None:
    """With the page that says what to do; the heart beats all the time, no token is logged."""
    with Endpoint(world.pair[0].chain) as endpoint:
        endpoint.come_up()
        changes = {**settings(receiver), "chains.l2a.rpc-url": endpoint.url}
        path = configure(agents, world, changes)
        agent = agents.run("--config", path, command=HASTY)
        agent.wait_until(lambda: receiver.paths, "a heartbeat")
        # Until they were asked, all chains were down.
        wait_for_message(agent, receiver, "RECOVERED critical ChainDown: Chain l2a")
        receiver.messages.clear()
        endpoint.go_down()
        text = wait_for_message(agent, receiver, "FIRING critical ChainDown: Chain l2a")
        assert "What to do: docs/runbook.md#chain-down" in text
        heard = len(receiver.paths)
        endpoint.come_up()
        wait_for_message(agent, receiver, "RECOVERED critical ChainDown: Chain l2a")
        agent.wait_until(lambda: len(receiver.paths) > heard, "another heartbeat")
        assert agent.stop() == 0
    assert TOKEN not in agent.stderr


def test_receiver_that_hangs_does_not_keep_the_agent(
    world: LocalWorld, agents: Agents, receiver: Receiver
) -> None:
    """It works, and ends as fast as ever."""
    receiver.hangs = True
    path = configure(agents, world, settings(receiver))
    agent = agents.run("--config", path, command=HASTY)
    agent.wait_for_line("Alert", alert="ChainDown", chain="l2a")
    agent.wait_for_line("Synced", chain_id=world.pair[0].chain.chain_id)
    agent.wait_until(lambda: receiver.held, "a message or a heartbeat that hangs")
    assert agent.seconds_to_exit(agent.terminate) < 2
    assert agent.exit_code == 0


def test_agent_shows_what_rules_are_about(world: LocalWorld, agents: Agents) -> None:
    """Each metric, with the labels that the rule names; no alert, since nothing is wrong."""
    url = f"http://{HOST}:{(port := free_port())}/metrics"
    agent = agents.start(world, {"metrics.prometheus-port": port})
    for l2 in world.contracts.l2s:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    with urllib3.PoolManager(timeout=10) as pool:
        text = pool.request("GET", url).data.decode()
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for rule in RULES:
        for name in {rule.metric, rule.minus or CLOCK} - {CLOCK}:
            family = families[name.removesuffix("_total")]
            for sample in family.samples:
                wanted = {*rule.by, *(rule.where if name == rule.metric else ())}
                assert wanted <= sample.labels.keys(), rule.name
    assert agent.stop() == 0
    assert agent.lines("Alert") == []


def test_url_of_no_service_is_a_fault_at_start(world: LocalWorld, agents: Agents) -> None:
    """Told by the agent before it has begun, by `check`, and by the test; without the URL."""
    sentence = "Error: alerts.urls.0: is no URL that apprise knows"
    path = configure(agents, world, {"alerts.urls": [f"nonsense://{TOKEN}"]})
    for process in (
        agent := agents.run("--config", path),
        agents.run("check", "--config", path),
        run_test(agents, path),
    ):
        assert process.wait_for_exit() == 2
        assert sentence in process.stderr
        assert TOKEN not in process.stderr
    assert agent.lines("Connected") == []


def test_test_message_goes_to_every_channel(
    world: LocalWorld, agents: Agents, receiver: Receiver
) -> None:
    """Each is tried, whatever becomes of the others; a heartbeat, too."""
    dead = f"json://{HOST}:{free_port()}/{TOKEN}"
    changes = settings(receiver)
    (alive,) = changes["alerts.urls"]
    testing = run_test(agents, configure(agents, world, changes | {"alerts.urls": [dead, alive]}))
    assert testing.wait_for_exit() == 1
    assert testing.stdout == "alerts.urls.1: taken\nalerts.heartbeat-url: taken\n"
    assert testing.stderr.startswith("Error: alerts.urls.0: A Connection error occurred")
    assert receiver.titles == ["beamer-agent: test"]
    assert run_test(agents, configure(agents, world, changes)).wait_for_exit() == 0
    nothing = run_test(agents, configure(agents, world, {}))
    assert nothing.wait_for_exit() == 2
    assert "there are neither urls nor a heartbeat-url" in nothing.stderr
