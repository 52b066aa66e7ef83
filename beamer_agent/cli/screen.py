"""What the demo's stories have in common on screen: the agent's part, a live table or lines."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from beamer_agent.devnet.agent_process import AgentProcess
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import BeamerAgentError, FatalError

LOG = "agent.log"


class Screen:
    """A table that lives on a terminal; elsewhere a line for everything that happens."""

    def __init__(self, world: LocalWorld, console: Console) -> None:
        self.world = world
        self.console = console
        self._started_at = time.monotonic()
        self._agent = AgentProcess(world.configuration, world.folder / LOG)
        self._exit_code = 0

    def seconds(self) -> float:
        """Since the screen was made."""
        return time.monotonic() - self._started_at

    def greet(self, story: str) -> None:
        """Say what is there and what comes now."""
        self.console.print(
            f"Three chains are up, with a block every {self.world.settings.block_time:g} s. "
            + story,
            soft_wrap=True,
        )

    def print_line(self, line: str) -> None:
        """Print what has just happened, unless the table shows it."""
        if not self.console.is_terminal:
            self.console.print(
                f"{self.seconds():5.1f} s  {line}", soft_wrap=True, highlight=False, markup=False
            )

    @contextmanager
    def live(self, table: Callable[[], Table]) -> Iterator[Callable[[], None]]:
        """The function given to the inside draws the table anew."""
        if not self.console.is_terminal:
            yield lambda: None
            return
        with Live(table(), console=self.console, auto_refresh=False) as live:
            yield lambda: live.update(table(), refresh=True)

    @contextmanager
    def agent_at_work(self) -> Iterator[AgentProcess]:
        """The agent runs inside; what goes wrong there shows its last words."""
        with self._agent as agent:
            try:
                yield agent
            except BeamerAgentError:
                agent.stop()
                self.console.print(f"The agent's last words:\n{agent.tail()}", markup=False)
                raise
            self._exit_code = agent.stop()

    def check_exit(self) -> None:
        """Make sure that the agent has ended in order.

        Raises:
            FatalError: it has not; its last words are shown.
        """
        if self._exit_code != 0:
            self.console.print(self._agent.tail(), markup=False)
            raise FatalError(f"The agent's exit code after SIGTERM was {self._exit_code}, not 0.")
