"""The real agent as a child process of a test: started, watched, signalled, always ended.

AgentProcess.start  ->  wait_for_line / wait_until  ->  terminate, kill, pause  ->  exit code
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from beamer_agent.devnet.child import start_child
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError

LogLine = dict[str, Any]
"""One JSON line of the agent's log."""

T = TypeVar("T")

WAIT_SECONDS = 30.0
"""Deadline of every wait; far above what is waited for, because test machines are shared."""

OWN_COMMAND = (sys.executable, "-m", "beamer_agent")

_IN_FOLDER = "import os, sys; os.chdir(sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])"
_OWN_VARIABLES = "BEAMER_AGENT_"


class AgentProcess:
    """`beamer-agent` with some arguments; a context manager that leaves no process behind.

    Variables BEAMER_AGENT_* of the test's own environment do not reach it. It inherits everything
    else, so a run under coverage measures it too.

    Args:
        folder: where its output goes, in files of this process alone.
        arguments: of the command line.
        working_directory: where relative paths count from; the test's own by default.
        environment: variables in addition to the inherited ones.
        command: what takes the arguments; this very package by default.
    """

    _count = 0

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        *,
        working_directory: Path | None = None,
        environment: Mapping[str, str] | None = None,
        command: Sequence[str] = OWN_COMMAND,
    ) -> None:
        AgentProcess._count += 1
        self._out = folder / f"agent-{AgentProcess._count}.out"
        self._err = folder / f"agent-{AgentProcess._count}.err"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_OWN_VARIABLES)}
        self._environment = {**inherited, **(environment or {})}
        self._command = [*command, *arguments]
        if working_directory is not None:
            guard = [sys.executable, "-I", "-S", "-c", _IN_FOLDER, str(working_directory)]
            self._command = [*guard, *self._command]
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the process; it is not ready yet."""
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._child = start_child(
                self._command, stdout=out, stderr=err, environment=self._environment
            )
        return self

    def __enter__(self) -> Self:
        """Start the process; it is not ready yet."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process; in order if it lets itself be ended so, for coverage's sake."""
        self.close()

    def close(self) -> None:
        """End the process if it still runs, paused or not."""
        if self._running.poll() is None:
            self.resume()
            self.terminate()
            try:
                self._running.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    @property
    def stdout(self) -> str:
        """What it has printed so far."""
        return self._out.read_text(errors="replace")

    @property
    def stderr(self) -> str:
        """What it has written to stderr so far: sentences and the log."""
        return self._err.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """The process id, of a started agent."""
        return self._running.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal killed it."""
        return self._running.poll()

    def lines(self, event: str | None = None, **fields: object) -> list[LogLine]:
        """The finished lines of its log with this event and these values, oldest first."""
        finished = self.stderr.rpartition("\n")[0].splitlines()
        parsed = [json.loads(line) for line in finished if line.startswith("{")]
        return [
            line
            for line in parsed
            if event in (None, line["event"])
            and all(line.get(key) == value for key, value in fields.items())
        ]

    def wait_for_line(self, event: str, **fields: object) -> LogLine:
        """The first line of the log with this event and these values."""
        wanted = " ".join([event, *(f"{key}={value}" for key, value in fields.items())])
        return self.wait_until(lambda: self.lines(event, **fields), f"the log line {wanted!r}")[0]

    def wait_until(
        self, condition: Callable[[], T | None], what: str, seconds: float = WAIT_SECONDS
    ) -> T:
        """The first true value of a condition that the running agent must bring about."""

        def look() -> T | None:
            # The exit code first: what the process did before its end still counts.
            has_ended = self.exit_code is not None
            value = condition()
            if not value and has_ended:
                raise AssertionError(
                    f"the agent ended with code {self.exit_code}, waiting for {what}{self._tail()}"
                )
            return value

        try:
            return wait_until(look, what, seconds=seconds)
        except FatalError as error:
            raise AssertionError(f"{error}{self._tail()}") from None

    def interrupt(self) -> None:
        """Send SIGINT."""
        self._running.send_signal(signal.SIGINT)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._running.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self._running.kill()
        self._running.wait(WAIT_SECONDS)

    def pause(self) -> None:
        """Send SIGSTOP."""
        self._running.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Send SIGCONT."""
        self._running.send_signal(signal.SIGCONT)

    def wait_for_exit(self, seconds: float = WAIT_SECONDS) -> int:
        """The exit code, once it has ended by itself or by a signal sent before."""
        try:
            return self._running.wait(seconds)
        except subprocess.TimeoutExpired:
            message = f"the agent did not end within {seconds:g} s{self._tail()}"
            raise AssertionError(message) from None

    def stop(self) -> int:
        """Send SIGTERM and wait; the exit code."""
        self.terminate()
        return self.wait_for_exit()

    def seconds_to_exit(self, send_signal: Callable[[], None]) -> float:
        """How long it takes to end after a signal."""
        started = time.monotonic()
        send_signal()
        self.wait_for_exit()
        return time.monotonic() - started

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is None:
            raise RuntimeError("the agent was not started")
        return self._child

    def _tail(self) -> str:
        lines = [*self.stdout.splitlines()[-5:], *self.stderr.splitlines()[-25:]]
        return "; its last words:\n" + "\n".join(lines)
