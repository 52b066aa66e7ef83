"""Crew: the agent's worker threads, started one by one and stopped together."""

import threading
from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import FatalError
from beamer_agent.worker import Step, Worker

STOP_SECONDS: Final = 1.5
"""How long workers may take to end; the process ends without those that hang (invariant I6)."""


class Crew:
    """All workers of an agent. `start` and `stop` in one thread.

    Args:
        on_fatal: told about the first error that ended a worker, in that worker's thread.
    """

    def __init__(
        self, clock: Clock, on_fatal: Callable[[FatalError], None], logger: FilteringBoundLogger
    ) -> None:
        self._clock = clock
        self._on_fatal = on_fatal
        self._logger = logger
        self._workers: list[Worker] = []

    def start(
        self,
        name: str,
        step: Step,
        *,
        wake: threading.Event | None = None,
        longest_retry: float | None = None,
    ) -> None:
        """Run a step in a thread of its own; see `Worker`."""
        worker = Worker(
            name,
            step,
            wake=wake or threading.Event(),
            on_fatal=self._on_fatal,
            logger=self._logger,
            **({} if longest_retry is None else {"longest_retry": longest_retry}),
        )
        self._workers.append(worker)
        worker.start()

    @property
    def names(self) -> list[str]:
        """Of all workers started so far, in order."""
        return [worker.name for worker in self._workers]

    def stop(self) -> list[str]:
        """Stop all; the names of those that hang."""
        for worker in self._workers:
            worker.stop()
        deadline = self._clock.monotonic() + STOP_SECONDS
        return [
            worker.name
            for worker in self._workers
            if not worker.join(max(0.0, deadline - self._clock.monotonic()))
        ]
