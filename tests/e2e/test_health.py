"""A real agent answers how it does while its workers hang and spin."""

import json
import sys
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from beamer_agent.devnet.anvil import free_port
from beamer_agent.devnet.world import LocalWorld
from tests.asking import ask, assert_answers, connect, say
from tests.e2e import sabotage
from tests.e2e.configuration import configuration_of, write
from tests.e2e.conftest import Agents

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Serving:
    """Where an agent's process serves."""

    port: int


def test_health_is_told_while_everything_else_hangs(world: LocalWorld, agents: Agents) -> None:
    """Monitors read from silent sockets, processors go round in circles, readers do not read."""
    folder = agents.folder / "sabotage"
    folder.mkdir()
    server = Serving(free_port())
    settings = configuration_of(world, {"metrics.prometheus-port": server.port})
    path = write(agents.folder / "agent.toml", settings)
    command = (sys.executable, sabotage.__file__, str(folder))
    agent = agents.run("--config", str(path), command=command)
    for l2 in world.pair:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    with ExitStack() as clients:
        for _ in range(50):
            say(clients.enter_context(connect(server)), "/metrics")
        for trouble in ("EventProcessor.spin", "EventMonitor.hang"):
            (folder / trouble).touch()

        def are_replaced() -> bool:
            assert_answers(server, ("/healthz", "/api/status", "/metrics"))
            return not any(folder.iterdir()) and bool(agent.lines("Restarted"))

        agent.wait_until(are_replaced, "new workers")
        status = json.loads(ask(server, "/api/status").partition(b"\r\n\r\n")[2])
    assert status["restarts"]
    assert status["supervisor_turned_seconds_ago"] < 10
    assert agent.stop() == 0
