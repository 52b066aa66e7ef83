"""SIGINT and SIGTERM: the first one stops in order, the second one at once."""

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Final, Self

GRACE_SECONDS: Final = 1.8
"""How long an orderly stop may take before the process ends anyway (invariant I6)."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_DONE: Final = b"\0"  # no signal has this number


class StopSignals:
    """Turns signals into calls, on a thread of its own.

    A handler that ran on the main thread could find it inside the very lock that stopping needs;
    here the interpreter only writes the signal's number into a pipe, and a thread reads it. Until
    `on_first` is set there is nothing to stop, and the first signal ends the process.
    """

    def __init__(
        self,
        exit_process: Callable[[int], object] = os._exit,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.on_first: Callable[[], None] = self._exit_before_start
        self._exit_process = exit_process
        self._grace_seconds = grace_seconds
        self._thread = threading.Thread(target=self._watch, name="StopSignals", daemon=True)

    def __enter__(self) -> Self:
        self._read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        self._former_fd = signal.set_wakeup_fd(self._write_end, warn_on_full_buffer=False)
        self._former_handlers = [signal.signal(number, _ignored) for number in _SIGNALS]
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        for number, handler in zip(_SIGNALS, self._former_handlers, strict=True):
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._former_fd)
        os.write(self._write_end, _DONE)
        self._thread.join(self._grace_seconds)
        if not self._thread.is_alive():
            os.close(self._read_end)
            os.close(self._write_end)

    def _watch(self) -> None:
        if os.read(self._read_end, 1) == _DONE:
            return
        self.on_first()
        ready, _, _ = select.select([self._read_end], [], [], self._grace_seconds)
        if not ready:
            # Nothing is kept in memory that the chains do not know: ending here loses nothing.
            self._exit_process(0)
            return
        second = os.read(self._read_end, 1)
        if second != _DONE:
            self._exit_process(128 + second[0])

    def _exit_before_start(self) -> None:
        self._exit_process(0)


@contextmanager
def stops_at_once() -> Iterator[None]:
    """Inside nothing has begun yet: a signal ends the process, and that is an orderly stop too."""
    former = [signal.signal(number, _end) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(_SIGNALS, former, strict=True):
            signal.signal(number, handler)


def _end(_number: int, _frame: FrameType | None) -> None:
    os._exit(0)


def _ignored(_number: int, _frame: FrameType | None) -> None:
    # The pipe has the number already; a handler must exist for it to be written.
    return
