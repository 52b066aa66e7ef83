"""Agents for end-to-end tests: real processes on the chains of a local world."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.configuration import configuration_of, keystore_of, write
from tests.e2e.story import resume_mining
from tests.operator import Operator


class Agents:
    """Starts agents that end with the test.

    Args:
        folder: of the test, for configurations and output.
        stack: ends the processes.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack

    def start(
        self, world: LocalWorld, changes: Mapping[str, Any] | None = None, *options: str
    ) -> AgentProcess:
        """An agent for a world; see `configuration_of` for the changes."""
        path = write(self.folder / "agent.toml", configuration_of(world, changes))
        return self.run("--config", str(path), *options)

    def start_as(
        self, role: str, world: LocalWorld, changes: Mapping[str, Any] | None = None
    ) -> AgentProcess:
        """Another agent, with the account of a role."""
        keystore = write(self.folder / f"{role}.keystore.json", keystore_of(role))
        all_changes = {"account.path": str(keystore), **(changes or {})}
        path = write(self.folder / f"{role}.toml", configuration_of(world, all_changes))
        return self.run("--config", str(path))

    def run(self, *arguments: str, **more: Any) -> AgentProcess:
        """`beamer-agent` with these arguments."""
        return self._stack.enter_context(AgentProcess(self.folder, arguments, **more))


@pytest.fixture
def world(world: LocalWorld) -> Iterator[LocalWorld]:
    """The shared world, which is put back after; a test may stop its L2s' mining."""
    yield world
    for l2 in world.contracts.l2s:
        resume_mining(l2.chain)


@pytest.fixture
def agents(world: LocalWorld, tmp_path: Path) -> Iterator[Agents]:
    """Starts agents that end with the test, before the shared world is put back."""
    with ExitStack() as stack:
        yield Agents(tmp_path, stack)


@pytest.fixture
def operator() -> Iterator[Operator]:
    """Whose path is short enough for a socket, however long a test's name is."""
    with TemporaryDirectory() as folder:
        yield Operator(Path(folder, "control.sock"))
