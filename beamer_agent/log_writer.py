"""LogWriter: lines in from any thread, out by a thread of its own; nobody waits for a reader.

A terminal that was stopped by Ctrl-S, or a collector of logs that hangs, would otherwise hold
every thread that has something to tell: the agent would neither claim nor challenge.
"""

import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

MOST_WAITING: Final = 10_000
"""Lines, some megabytes; further ones are dropped, and their number is told."""


class LogWriter:
    """A stream to log to, and a context manager: all lines are written when it is left.

    Args:
        write: writes text and returns when it is out; may wait for as long as it likes.
        tell: told how many lines were dropped, when there is room again; may log.
    """

    def __init__(self, write: Callable[[str], object], tell: Callable[[int], object]) -> None:
        self._write_out = write
        self._tell = tell
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._lock = threading.Lock()
        """Protects `_dropped`."""
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="LogWriter", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._lines.put(None)
        self._thread.join()

    def write(self, text: str) -> None:
        """Have it written; any thread, never waits."""
        if self._lines.qsize() < MOST_WAITING:
            self._lines.put(text)
            return
        with self._lock:
            self._dropped += 1

    def flush(self) -> None:
        """Nothing: it is written as soon as can be."""

    def _run(self) -> None:
        while (text := self._lines.get()) is not None:
            # Nobody is there to read any more, and there is nowhere else to say so.
            with contextlib.suppress(OSError, ValueError):
                self._write_out(text)
            if self._lines.empty():
                self._tell_of_dropped()

    def _tell_of_dropped(self) -> None:
        with self._lock:
            count, self._dropped = self._dropped, 0
        if count:
            self._tell(count)
