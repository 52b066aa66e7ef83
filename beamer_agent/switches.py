"""Switches: what an operator has told a running agent to leave, and who did so when.

    pause a direction   nothing new is begun there; what is open goes on
    drain               nothing new is begun anywhere; when nothing is open, the agent ends
    resume              takes either back, until the agent is on its way out

They stand outside of all parts: a restart of a part changes none of them. Of a restart of the
process nothing is left, as of everything else.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from beamer_agent.types import Timestamp


class Halt(Enum):
    """Why nothing new is begun in a direction."""

    PAUSED = "paused"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Change:
    """Who turned a switch, and when."""

    by: str
    at: Timestamp


@dataclass(frozen=True, slots=True)
class SwitchReading:
    """All switches at a moment."""

    paused: Mapping[str, Change] = field(default_factory=dict)
    """By names of directions, `l2a->l2b`."""
    draining: Change | None = None
    has_drained: bool = False
    """Whether nothing is open any more: the agent ends."""


class Switches:
    """Read by the directions' threads, turned by an operator. The lock protects the reading.

    Args:
        on_change: called after every change, in the thread that made it; must not wait.
    """

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._on_change = on_change
        self._lock = threading.Lock()
        self._reading = SwitchReading()

    def look(self) -> SwitchReading:
        """All of them now."""
        with self._lock:
            return self._reading

    def halt(self, direction: str) -> Halt | None:
        """Why nothing new is to be begun in a direction; None: it may be."""
        reading = self.look()
        if reading.draining is not None:
            return Halt.DRAINING
        return Halt.PAUSED if direction in reading.paused else None

    def pause(self, direction: str, change: Change) -> Change | None:
        """Begin nothing new in a direction; whoever had paused it before, else None."""
        with self._lock:
            before = self._reading.paused.get(direction)
            if before is not None:
                return before
            paused = {**self._reading.paused, direction: change}
            self._reading = replace(self._reading, paused=paused)
        self._on_change()
        return None

    def resume(self, direction: str) -> Change | None:
        """Begin new things again, unless the agent drains; who had paused it, None: nobody."""
        with self._lock:
            before = self._reading.paused.get(direction)
            if before is None:
                return None
            left = {name: c for name, c in self._reading.paused.items() if name != direction}
            self._reading = replace(self._reading, paused=left)
        self._on_change()
        return before

    def drain(self, change: Change) -> Change | None:
        """Begin nothing new anywhere; whoever had said so before, else None."""
        with self._lock:
            before = self._reading.draining
            if before is not None:
                return before
            self._reading = replace(self._reading, draining=change)
        self._on_change()
        return None

    def stop_draining(self) -> Change | None:
        """Begin new things again where nothing is paused; who had wanted the drain.

        None: nobody had, or it is too late.
        """
        with self._lock:
            before = self._reading.draining
            if before is None or self._reading.has_drained:
                return None
            self._reading = replace(self._reading, draining=None)
        self._on_change()
        return before

    def finish_draining(self) -> bool:
        """Nothing is open any more: from now on there is no way back. False: no drain any more."""
        with self._lock:
            if self._reading.draining is None or self._reading.has_drained:
                return False
            self._reading = replace(self._reading, has_drained=True)
            return True
