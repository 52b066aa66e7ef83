"""Time as a value that is handed in, so that a simulation can turn it."""

import time
from typing import Protocol

from beamer_agent.types import Timestamp


class Clock(Protocol):
    """What the agent asks of time."""

    def now(self) -> Timestamp:
        """Wall-clock time, comparable with block timestamps."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back. For periods and deadlines."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> Timestamp:
        """Seconds since the Unix epoch."""
        return Timestamp(int(time.time()))

    def monotonic(self) -> float:
        """Seconds since the machine started, or so."""
        return time.monotonic()
