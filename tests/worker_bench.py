"""Workers on a bench: their steps come from a list, and what they do is seen."""

import threading
from collections.abc import Callable

from beamer_agent.errors import FatalError
from beamer_agent.worker import Worker
from tests.doubles import FakeClock, RecordingLogger

SOON = 10.0
"""Seconds after which a test gives up on a thread."""
FOR_EVER = 3_600.0


class Bench:
    """A worker whose steps come from a list; the last one is repeated."""

    def __init__(self, *steps: Callable[[], float | None], longest_retry: float = 0.0) -> None:
        self.wake = threading.Event()
        self.stepped = threading.Semaphore(0)
        self.fatal: list[FatalError] = []
        self.ended = threading.Event()
        self.log = RecordingLogger()
        self.clock = FakeClock()
        self.threads: list[str] = []
        self._steps = list(steps)
        self.worker = Worker(
            "EventMonitor[l2a]",
            self._step,
            wake=self.wake,
            on_fatal=self._on_fatal,
            logger=self.log.logger,
            longest_retry=longest_retry,
            clock=self.clock,
        )

    def wait_for_steps(self, count: int) -> None:
        """Wait until so many more steps have begun."""
        for _ in range(count):
            assert self.stepped.acquire(timeout=SOON)

    def finish(self) -> bool:
        """Stop and wait; whether the thread has ended."""
        self.worker.stop()
        return self.worker.join(SOON)

    def _step(self) -> float | None:
        self.threads.append(threading.current_thread().name)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        self.stepped.release()
        return step()

    def _on_fatal(self, error: FatalError) -> None:
        self.fatal.append(error)
        self.ended.set()


MakeBench = Callable[..., Bench]


def raising(error: BaseException) -> Callable[[], float | None]:
    """A step that raises."""

    def step() -> float | None:
        raise error

    return step
