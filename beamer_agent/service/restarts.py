"""RestartBook: which restarts were ordered, which have happened, how long they took."""

import threading
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.orders import SUPERVISOR, Restart, RestartKind
from beamer_agent.service.status import RestartStatus

REMEMBERED_SECONDS: Final = 3_600.0
"""The budget is one per hour."""
SHOWN: Final = 20
"""Restarts that a status tells of."""


@dataclass(frozen=True, slots=True)
class PastRestart:
    """A restart that was ordered, or has happened. `at` is in monotonic seconds."""

    part: str
    kind: RestartKind
    """As it was ordered: a gentle one that had to become hard is a first attempt all the same."""
    by: str
    at: float
    is_pending: bool = False
    """Ordered, and not done yet."""


class RestartBook:
    """Written by the supervisor's and the agent's own thread, read by any.

    The lock protects what is noted.
    """

    def __init__(self, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        self._pending: dict[str, PastRestart] = {}
        self._past: deque[PastRestart] = deque()
        self._recent: deque[RestartStatus] = deque(maxlen=SHOWN)
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def given(self, order: Restart) -> None:
        """The supervisor has ordered it; until it is done, nobody orders it again."""
        now = self._clock.monotonic()
        with self._lock:
            self._pending[order.part] = PastRestart(order.part, order.kind, order.by, now, True)

    def done(self, order: Restart, kind: RestartKind, seconds: float) -> None:
        """It has happened, whoever asked for it; its part's new workers are at work.

        Args:
            order: what was asked for.
            kind: what it became: hard, where a gentle one was not possible.
            seconds: that it took.
        """
        now = self._clock.monotonic()
        with self._lock:
            if order.by == SUPERVISOR:
                self._pending.pop(order.part, None)
            self._past.append(PastRestart(order.part, order.kind, order.by, now))
            while self._past[0].at < now - REMEMBERED_SECONDS:
                self._past.popleft()
            self._counts[order.part, kind.value, order.by] += 1
            self._recent.appendleft(
                RestartStatus(
                    order.part, kind.value, order.reason, order.by, self._clock.now(), seconds
                )
            )
        self._logger.warning(
            "Restarted",
            part=order.part,
            kind=kind.value,
            reason=order.reason,
            by=order.by,
            seconds=round(seconds, 3),
        )

    def past(self) -> tuple[PastRestart, ...]:
        """Those of the last hour, oldest first, and those that are on their way."""
        with self._lock:
            return (*self._past, *self._pending.values())

    def recent(self) -> tuple[RestartStatus, ...]:
        """The last ones, newest first."""
        with self._lock:
            return tuple(self._recent)

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many there were of each part and kind, and by whom."""
        with self._lock:
            return dict(self._counts)
