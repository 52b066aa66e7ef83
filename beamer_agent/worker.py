"""A thread that runs a step function until it is told to stop."""

import random
import threading
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock, SystemClock
from beamer_agent.errors import FatalError, RecoverableError, SupersededError
from beamer_agent.pulse import Pulse, PulseReading

Step = Callable[[], float | None]
"""One turn of work; returns the seconds until the next one, None for "when woken"."""

FIRST_RETRY_SECONDS: Final = 0.5
LONGEST_RETRY_SECONDS: Final = 5.0
"""Endpoints that need longer to recover are left alone by `rpc/`, each for itself."""
LEAST_RETRY_SECONDS: Final = 0.2
"""However often a chain is looked at."""
TOLD_SECONDS: Final = 60.0
"""A worker that goes on failing for the same reason tells it so often; hours of it fill a disk."""
MOST_TOLD: Final = 20
"""Reasons that a worker remembers; some of them differ each time."""
HANGING_SECONDS: Final = 60.0
"""After so long a step counts as hanging; those with calls that take longer say so."""


def longest_pause(*poll_periods: float) -> float:
    """The longest pause between failing steps of whoever works on some chains, in seconds.

    Not longer than a poll period: a chain that is back is worked on as soon as one that is there.
    """
    return min(LONGEST_RETRY_SECONDS, max(LEAST_RETRY_SECONDS, min(poll_periods)))


class Worker:
    """Runs a step in a thread of its own.

    A `RecoverableError` is logged and the step tried again after a growing pause, of which up to
    half is left to chance, so that workers do not come back all at once. The same one again within
    a minute is logged at level debug only. A `FatalError` ends the
    worker and is handed to `on_fatal`. Whatever else is raised is a defect: it ends the thread,
    and its pulse tells so. Every wait ends at once when the worker is stopped; what one that was
    stopped still raises is told by its pulse alone.

    Args:
        name: of the thread, for example `EventMonitor[l2a]`.
        step: one turn; must not wait longer than its I/O deadlines.
        wake: whoever sets it cuts the pause before the next step short; it does not shorten the
            pause after an error.
        on_fatal: told about the error that ended the worker, in its thread.
        longest_retry: upper bound of the pause between failing steps, in seconds.
        part: which it belongs to; see `orders.Restart`.
        generation: counts how often the part was built.
        limit: seconds after which a step counts as hanging.
    """

    def __init__(
        self,
        name: str,
        step: Step,
        *,
        wake: threading.Event,
        on_fatal: Callable[[FatalError], None],
        logger: FilteringBoundLogger,
        longest_retry: float = LONGEST_RETRY_SECONDS,
        part: str = "",
        generation: int = 1,
        limit: float = HANGING_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.part = part
        self._step = step
        self._on_fatal = on_fatal
        self._logger = logger
        self._longest_retry = longest_retry
        self._retry_seconds = FIRST_RETRY_SECONDS
        self._clock = clock or SystemClock()
        self._pulse = Pulse(name, part, generation, limit, self._clock.monotonic())
        self._told: dict[str, float] = {}
        """When which reason of a failure was told last."""
        self._stop = threading.Event()
        self._wake = wake
        # A daemon: a step that hangs in the operating system must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end after its current step; returns at once."""
        self._stop.set()
        self._wake.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread to end, at most this many seconds; True when it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def reading(self) -> PulseReading:
        """How it does; any thread."""
        return self._pulse.read()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._pulse.begin(self._clock.monotonic())
            try:
                pause = self._step()
            except RecoverableError as error:
                self._pause_after(error)
                continue
            except (FatalError, SupersededError) as error:
                self._end_after(error)
                return
            except Exception as error:  # a defect; whoever reads the pulse replaces the worker
                self._logger.exception("Worker failed", worker=self.name)
                self._die(error)
                return
            self._pulse.end(self._clock.monotonic())
            self._retry_seconds = FIRST_RETRY_SECONDS
            self._wake.wait(pause)
            if not self._stop.is_set():  # whoever follows on the same wake is to see it
                self._wake.clear()

    def _end_after(self, error: FatalError | SupersededError) -> None:
        if isinstance(error, FatalError) and not self._stop.is_set():
            self._on_fatal(error)
        else:
            self._die(error)

    def _die(self, error: Exception) -> None:
        # Its own text, which nobody has checked for secrets, is for the log alone.
        self._pulse.die(self._clock.monotonic(), type(error).__name__)

    def _pause_after(self, error: RecoverableError) -> None:
        seconds = self._seconds_after(error)
        reason = str(error) or type(error).__name__
        self._pulse.fail(self._clock.monotonic(), reason)
        tell = self._logger.warning if self._is_news(reason) else self._logger.debug
        tell(
            "Step failed, will try again",
            worker=self.name,
            error=reason,
            retry_seconds=round(seconds, 2),
        )
        self._stop.wait(seconds)

    def _is_news(self, reason: str) -> bool:
        now = self._clock.monotonic()
        if now - self._told.get(reason, -TOLD_SECONDS) < TOLD_SECONDS:
            return False
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told[reason] = now
        return True

    def _seconds_after(self, error: RecoverableError) -> float:
        share = (1 + random.random()) / 2  # noqa: S311 - spreads load, keeps no secret
        if error.retry_after is not None:
            # A little after it may be asked again, and not all workers at once.
            return min(error.retry_after + FIRST_RETRY_SECONDS * share, self._longest_retry)
        seconds = min(self._retry_seconds, self._longest_retry) * share
        self._retry_seconds = min(self._retry_seconds * 2, self._longest_retry)
        return seconds
