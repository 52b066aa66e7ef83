"""An operator with `beamer-agent ctl`: real processes, asking a real agent."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30.0


@dataclass(frozen=True)
class Told:
    """How a command ended."""

    code: int
    lines: list[str]
    """Of stdout, then of stderr."""

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)


def ctl(*arguments: str) -> Told:
    """`beamer-agent ctl` with these arguments."""
    command = [sys.executable, "-m", "beamer_agent", "ctl", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    return Told(done.returncode, [*done.stdout.splitlines(), *done.stderr.splitlines()])


@dataclass(frozen=True)
class Operator:
    """Of the agent that listens at a path."""

    path: Path

    def say(self, *arguments: str) -> Told:
        """A command, with its exit code."""
        return ctl("--socket", str(self.path), *arguments)

    def do(self, *arguments: str) -> list[str]:
        """A command that must be obeyed; what the agent answered."""
        told = self.say(*arguments)
        assert told.code == 0, told.text
        return told.lines
