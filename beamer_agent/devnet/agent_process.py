"""The real agent, as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from beamer_agent.devnet.child import start_child, stop_child
from beamer_agent.errors import FatalError

TAIL_LINES = 20


class AgentProcess:
    """A context manager: the agent runs inside, and is gone after.

    Start it from a thread that lives as long as the agent shall (see `start_child`). Variables
    BEAMER_AGENT_* of our own environment do not reach it: the configuration says everything.

    Args:
        configuration: its TOML file.
        log: where its output goes.
    """

    def __init__(self, configuration: Path, log: Path) -> None:
        self.log = log
        self._configuration = configuration
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it; it may not be ready yet."""
        own = "BEAMER_AGENT_"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        command = [sys.executable, "-m", "beamer_agent", "--config", str(self._configuration)]
        with self.log.open("wb") as output:
            self._child = start_child(
                command, stdout=output, stderr=subprocess.STDOUT, environment=environment
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it, if that has not been done."""
        self.stop()

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            FatalError: it ended by itself.
        """
        if self._child is not None and (code := self._child.poll()) is not None:
            raise FatalError(f"The agent ended by itself with exit code {code}.")

    def stop(self) -> int:
        """Ask it to stop and return its exit code; 0 when it is not running."""
        child, self._child = self._child, None
        return 0 if child is None else stop_child(child)

    def tail(self) -> str:
        """The last lines of its output."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])
