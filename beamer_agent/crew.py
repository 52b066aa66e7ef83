"""Crew: the agent's worker threads, started one by one, ended part by part or all together."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import FatalError
from beamer_agent.pulse import PulseReading
from beamer_agent.worker import HANGING_SECONDS, Step, Worker

STOP_SECONDS: Final = 1.5
"""How long workers may take to end; the process ends without those that hang (invariant I6)."""
END_SECONDS: Final = 0.5
"""How long those of one part may take to end before it is built anew without them."""
LOOK_SECONDS: Final = 0.05
"""Between two looks whether the whole crew is to stop meanwhile."""


class Crew:
    """All workers of an agent. `start`, `end` and `stop` in one thread; the rest in any.

    Args:
        on_fatal: told about the first error that ended a worker, in that worker's thread.
    """

    def __init__(
        self, clock: Clock, on_fatal: Callable[[FatalError], None], logger: FilteringBoundLogger
    ) -> None:
        self._clock = clock
        self._on_fatal = on_fatal
        self._logger = logger
        self._is_hurried = threading.Event()
        self._lock = threading.Lock()  # protects the two below
        self._workers: list[Worker] = []
        self._stale: list[Worker] = []
        """Of parts that were ended, and did not end."""

    def start(
        self,
        name: str,
        step: Step,
        *,
        wake: threading.Event | None = None,
        longest_retry: float | None = None,
        part: str = "",
        generation: int = 1,
        limit: float = HANGING_SECONDS,
    ) -> None:
        """Run a step in a thread of its own; see `Worker`."""
        worker = Worker(
            name,
            step,
            wake=wake or threading.Event(),
            on_fatal=self._on_fatal,
            logger=self._logger,
            part=part,
            generation=generation,
            limit=limit,
            clock=self._clock,
            **({} if longest_retry is None else {"longest_retry": longest_retry}),
        )
        with self._lock:
            self._workers.append(worker)
        worker.start()

    @property
    def names(self) -> list[str]:
        """Of all workers that are to work now, in the order of their start."""
        with self._lock:
            return [worker.name for worker in self._workers]

    def readings(self) -> list[PulseReading]:
        """How each worker does that is to work now."""
        with self._lock:
            workers = tuple(self._workers)
        return [worker.reading() for worker in workers]

    def end(
        self,
        *parts: str,
        cut: Callable[[], None] = lambda: None,
        is_broken: Callable[[PulseReading], bool] = lambda _: False,
    ) -> set[str]:
        """Stop the workers of some parts; the parts of those that do not end soon, or not well.

        They are the crew's no more: nobody reads their pulses, and what they may still do is
        up to fences.

        Args:
            parts: by their names.
            cut: called when some have not ended by themselves: has their calls fail.
            is_broken: whether one that has ended so has not ended well.
        """
        with self._lock:
            ending = [worker for worker in self._workers if worker.part in parts]
            self._workers = [worker for worker in self._workers if worker.part not in parts]
        for worker in ending:
            worker.stop()
        hanging = self._wait(ending, END_SECONDS / 2)
        if hanging:
            cut()
            hanging = self._wait(hanging, END_SECONDS / 2)
        with self._lock:
            self._stale = [worker for worker in (*self._stale, *hanging) if not worker.join(0.0)]
        if hanging:
            names = [worker.name for worker in hanging]
            self._logger.warning("Workers hang and are left behind", hanging=names)
        # Only now: one may have died while it was waited for.
        broken = [worker for worker in ending if is_broken(worker.reading())]
        return {worker.part for worker in (*hanging, *broken)}

    def hurry(self) -> None:
        """All are to stop soon: whoever waits for the end of a part waits no longer."""
        self._is_hurried.set()

    def stop(self) -> list[str]:
        """Stop all; the names of those that hang, those of ended parts among them."""
        with self._lock:
            workers, stale = tuple(self._workers), tuple(self._stale)
        for worker in workers:
            worker.stop()
        deadline = self._clock.monotonic() + STOP_SECONDS
        return [
            worker.name
            for worker in (*workers, *stale)
            if not worker.join(max(0.0, deadline - self._clock.monotonic()))
        ]

    def _wait(self, workers: Iterable[Worker], seconds: float) -> list[Worker]:
        """Those that have not ended by then."""
        deadline = self._clock.monotonic() + seconds
        return [worker for worker in workers if not self._join(worker, deadline)]

    def _join(self, worker: Worker, deadline: float) -> bool:
        while not worker.join(0.0):
            left = deadline - self._clock.monotonic()
            if left <= 0 or self._is_hurried.is_set():
                return False
            worker.join(min(left, LOOK_SECONDS))
        return True
