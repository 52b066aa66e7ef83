"""Keeper: threads under no supervision, each replaced when it has died by a defect.

They are those of alerts and control: nobody would be told of anything any more, or could tell us
anything, and that quietly.
"""

import threading
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import FatalError
from beamer_agent.worker import Step, Worker

LOOK_SECONDS: Final = 30.0
LONGEST_RETRY_SECONDS: Final = 300.0
"""Between two tries of a step that fails because of somebody else."""
STOP_SECONDS: Final = 0.3


class Keeper:
    """Starts, replaces and stops. `start` and `stop` once each, all of it in one thread.

    Args:
        name: of its own thread.
        on_fatal: told of what cannot go on, in another thread.
    """

    def __init__(
        self,
        name: str,
        on_fatal: Callable[[FatalError], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._on_fatal = on_fatal
        self._clock = clock
        self._logger = logger
        self._makers: list[Callable[[], Worker]] = []
        self._workers: list[Worker] = []
        self._own = self._worker(name, self._replace)

    def add(
        self,
        name: str,
        step: Step,
        wake: threading.Event | None = None,
        longest_retry: float | None = None,
    ) -> None:
        """Have a step run in a thread of its own from the start on."""
        self._makers.append(lambda: self._worker(name, step, wake, longest_retry))

    def start(self) -> None:
        """Start all threads."""
        self._workers = [make() for make in self._makers]
        for worker in (*self._workers, self._own):
            worker.start()

    def stop(self) -> None:
        """Stop all threads; those that hang are left behind."""
        self._own.stop()
        self._own.join(STOP_SECONDS)  # it starts no others any more
        for worker in self._workers:
            worker.stop()
        deadline = self._clock.monotonic() + STOP_SECONDS
        for worker in self._workers:
            worker.join(max(0.0, deadline - self._clock.monotonic()))

    def _replace(self) -> float:
        for position, worker in enumerate(self._workers):
            if worker.reading().has_died:
                self._workers[position] = self._makers[position]()
                self._workers[position].start()
        return LOOK_SECONDS

    def _worker(
        self,
        name: str,
        step: Step,
        wake: threading.Event | None = None,
        longest_retry: float | None = None,
    ) -> Worker:
        return Worker(
            name,
            step,
            wake=wake or threading.Event(),
            on_fatal=self._on_fatal,
            logger=self._logger,
            longest_retry=LONGEST_RETRY_SECONDS if longest_retry is None else longest_retry,
            clock=self._clock,
        )
