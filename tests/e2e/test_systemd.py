"""The real agent under a service manager's notify socket."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.e2e import sabotage
from tests.e2e.configuration import configuration_of, write
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import silent_endpoint
from tests.notified import NotifySocket

pytestmark = pytest.mark.e2e

WATCHDOG_SECONDS = 2
WATCHDOG = {"WATCHDOG_USEC": f"{WATCHDOG_SECONDS}000000"}


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[NotifySocket]:
    """Listens."""
    with NotifySocket(tmp_path / "notify") as listener:
        yield listener


def test_systemd_hears_of_readiness_state_life_and_end(
    world: LocalWorld, agents: Agents, manager: NotifySocket
) -> None:
    """In this order."""
    path = write(agents.folder / "agent.toml", configuration_of(world))
    environment = {**manager.environment, **WATCHDOG}
    agent = agents.run("--config", str(path), environment=environment)
    agent.wait_until(lambda: manager.count("READY=1") or None, "READY")
    count = len(world.l2s) * (len(world.l2s) - 1)
    manager.wait_for(f"STATUS=Running; {count} of {count} directions are ready")
    beats = manager.count("WATCHDOG=1")
    agent.wait_until(lambda: manager.count("WATCHDOG=1") > beats + 1 or None, "beats")
    assert agent.stop() == 0
    heard = manager.heard()
    assert heard.index("READY=1") < heard.index("STOPPING=1")
    assert "STOPPING=1" in heard[-2:]
    assert manager.count("READY=1") == 1


def test_systemd_hears_no_more_of_an_agent_whose_supervisor_hangs(
    world: LocalWorld, agents: Agents, manager: NotifySocket, tmp_path: Path
) -> None:
    """It would end it now; a stop in order is still possible."""
    path = write(agents.folder / "agent.toml", configuration_of(world))
    environment = {**manager.environment, **WATCHDOG}
    command = (sys.executable, sabotage.__file__, str(tmp_path))
    agent = agents.run("--config", str(path), command=command, environment=environment)
    agent.wait_until(lambda: manager.count("WATCHDOG=1") > 2 or None, "beats")
    (tmp_path / "Supervisor.hang").touch()
    agent.wait_until(lambda: not (tmp_path / "Supervisor.hang").exists() or None, "the last turn")
    beats = manager.count("WATCHDOG=1")
    threading.Event().wait(2 * WATCHDOG_SECONDS)
    assert manager.count("WATCHDOG=1") == beats
    assert agent.stop() == 0


def test_start_that_waits_for_chains_lives_and_is_not_ready(
    world: LocalWorld, agents: Agents, manager: NotifySocket
) -> None:
    """It asks for more time, and may be stopped."""
    environment = {**manager.environment, **WATCHDOG}
    with silent_endpoint() as url:
        urls = {f"chains.{name}.rpc-url": url for name in world.l2s}
        path = write(agents.folder / "agent.toml", configuration_of(world, urls))
        agent = agents.run("--config", str(path), environment=environment)
        agent.wait_until(lambda: manager.count("WATCHDOG=1") > 2 or None, "beats")
        manager.wait_for("STATUS=Starting")
        assert manager.count("EXTEND_TIMEOUT_USEC=2000000") > 2
        assert manager.count("READY=1") == 0
        assert agent.stop() == 0
    assert manager.count("STOPPING=1") == 1
