"""Pulse: what a worker tells of itself, and when."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PulseReading:
    """A worker's pulse at a moment. Times are monotonic seconds."""

    worker: str
    part: str
    generation: int
    limit: float
    """Seconds after which a step counts as hanging."""
    is_working: bool
    since: float
    """When the present step began, or the last one ended."""
    steps: int
    failures: int
    """Steps that failed, one after the other, since the last that did not."""
    error: str | None
    """Of the last failure."""
    has_died: bool
    """Whether its thread ended by an error that is a defect."""

    def hangs(self, now: float) -> bool:
        """Whether it is in a step for longer than a step may take."""
        return self.is_working and now - self.since > self.limit


class Pulse:
    """Written by one worker's thread, read by any. The lock protects the reading."""

    def __init__(self, worker: str, part: str, generation: int, limit: float, now: float) -> None:
        self._lock = threading.Lock()
        self._worker, self._part = worker, part
        self._generation, self._limit = generation, limit
        self._is_working = False
        self._since = now
        self._steps = 0
        self._failures = 0
        self._error: str | None = None
        self._has_died = False

    def begin(self, now: float) -> None:
        """A step begins."""
        with self._lock:
            self._is_working, self._since = True, now

    def end(self, now: float) -> None:
        """A step has ended well."""
        with self._lock:
            self._is_working, self._since = False, now
            self._steps += 1
            self._failures = 0

    def fail(self, now: float, error: str) -> None:
        """A step has failed and will be tried again."""
        with self._lock:
            self._is_working, self._since = False, now
            self._failures += 1
            self._error = error

    def die(self, now: float, error: str) -> None:
        """The thread ends by a defect."""
        self.fail(now, error)
        with self._lock:
            self._has_died = True

    def read(self) -> PulseReading:
        """The reading now."""
        with self._lock:
            return PulseReading(
                self._worker,
                self._part,
                self._generation,
                self._limit,
                self._is_working,
                self._since,
                self._steps,
                self._failures,
                self._error,
                self._has_died,
            )
