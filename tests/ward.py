"""A small agent around the real supervisor: real threads, parts whose workers do as they are told.

pulses -> Supervisor, in its thread -> orders -> the agent's own thread -> Crew
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from beamer_agent.clock import SystemClock
from beamer_agent.crew import Crew
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError
from beamer_agent.fence import Fence
from beamer_agent.orders import SERVICE, SUPERVISOR, Restart, RestartKind
from beamer_agent.pulse import Pulse
from beamer_agent.service.lifecycle import ServiceLifecycle
from beamer_agent.service.notify import Notifier
from beamer_agent.service.restarts import RestartBook
from beamer_agent.service.status import RestartStatus
from beamer_agent.service.supervisor import Supervisor
from beamer_agent.worker import Step
from tests.doubles import RecordingLogger

TURN_SECONDS = 0.02
LIMIT_SECONDS = 0.3
SECONDS = 20.0


class Results:
    """What workers bring about; outlives them."""

    def __init__(self) -> None:
        self._by: list[int] = []

    def add(self, generation: int) -> None:
        """Somebody of this generation has done something."""
        self._by.append(generation)

    def by(self, generation: int) -> int:
        """How much that generation has done."""
        return self._by.count(generation)


Builder = Callable[[int, Results], Step]
"""From a generation, and what it may touch, to its step."""


@dataclass(slots=True)
class Part:
    """A part with one worker."""

    name: str
    build: Builder
    limit: float
    reconnect: Callable[[], object]
    results: Results = field(default_factory=Results)
    generation: int = 0
    fence: Fence = field(default_factory=lambda: Fence("of nobody"))


class SmallAgent:
    """A context manager; its threads end inside, as far as they can.

    Args:
        describe: how the service is; called in the supervisor's thread.
    """

    def __init__(
        self, notifier: Notifier | None = None, describe: Callable[[], str] = lambda: "well"
    ) -> None:
        self.log, clock = RecordingLogger(), SystemClock()
        self.fatal: list[FatalError] = []
        self.clock = clock
        self.crew = Crew(clock, self.fatal.append, self.log.logger)
        self.lifecycle = ServiceLifecycle(clock)
        self.book = RestartBook(clock, self.log.logger)
        self.parts: dict[str, Part] = {}
        self.pulse = Pulse("Agent", SERVICE, 0, 60.0, clock.monotonic())
        self._orders: SimpleQueue[Restart | None] = SimpleQueue()
        self.supervisor = Supervisor(
            self.lifecycle,
            self.book,
            self.crew.readings,
            self._orders.put,
            self.pulse,
            notifier or Notifier(),
            clock,
            self.log.logger,
            describe,
        )
        self._thread = threading.Thread(target=self._run, name="Agent", daemon=True)

    def add(
        self,
        name: str,
        build: Builder,
        *,
        limit: float = SECONDS,
        reconnect: Callable[[], object] = lambda: None,
    ) -> Part:
        """A part, to be started with the others.

        Args:
            name: of the part.
            build: makes a generation's step.
            limit: seconds after which a step of it hangs.
            reconnect: called when its worker shall end.
        """
        part = self.parts[name] = Part(name, build, limit, reconnect)
        return part

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def start(self) -> None:
        """All parts, and who supervises them."""
        self.lifecycle.advance("start")
        for part in self.parts.values():
            self._build(part)
        self.lifecycle.advance("initialised")
        self._thread.start()
        self.crew.start("Supervisor", self._turn, part=SUPERVISOR)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.lifecycle.begin_stop("the test is over")
        self._orders.put(None)
        self._thread.join(SECONDS)
        self.crew.stop()

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Until it holds."""
        wait_until(condition, what, seconds=SECONDS)

    def wait_for_restarts(self, count: int) -> list[RestartStatus]:
        """So many, oldest first."""
        self.wait_for(lambda: len(self.book.recent()) >= count, f"{count} restarts")
        return list(reversed(self.book.recent()))

    def _turn(self) -> float:
        return min(self.supervisor.step(), TURN_SECONDS)

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            self.pulse.begin(self.clock.monotonic())
            self._obey(order)
            self.pulse.end(self.clock.monotonic())

    def _obey(self, order: Restart) -> None:
        begun, is_whole = self.clock.monotonic(), order.part == SERVICE
        parts = [*self.parts.values()] if is_whole else [self.parts[order.part]]
        if is_whole:
            self.lifecycle.advance("restart")
        for part in parts:
            part.reconnect()
        hanging = self.crew.end(*(part.name for part in parts))
        kind = RestartKind.HARD if hanging else order.kind
        for part in parts:
            if kind is RestartKind.HARD:
                part.fence.shut()
            self._build(part)
        if is_whole:
            self.lifecycle.advance("initialised")
        self.book.done(order, kind, self.clock.monotonic() - begun)

    def _build(self, part: Part) -> None:
        part.generation += 1
        part.fence = Fence(part.name)
        step = part.build(part.generation, part.fence.around(part.results))
        self.crew.start(
            f"Worker[{part.name}]",
            step,
            part=part.name,
            generation=part.generation,
            limit=part.limit,
        )
