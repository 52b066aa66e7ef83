"""Drain: watches what is still open while nothing new is begun, and ends the agent then."""

from collections.abc import Callable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.orders import Order, Stop
from beamer_agent.planning.report import DirectionReports
from beamer_agent.service.control.risk import Works, describe_stages, describe_work
from beamer_agent.switches import Halt, Switches

TELL_SECONDS: Final = 10.0
"""Between two lines of the log on what is still waited for."""


def waits_for(reports: DirectionReports, works: Works) -> tuple[str, ...]:
    """What keeps a drain from its end, as clauses; none: nothing is open any more."""
    return (*_open_directions(reports), *describe_work(works))


def _open_directions(reports: DirectionReports) -> list[str]:
    clauses = []
    for name, report in sorted(reports.items()):
        if report is None or not report.is_whole:
            clauses.append(f"{name}: a chain does not answer, or is still being read")
        elif report.halt is not Halt.DRAINING:
            clauses.append(f"{name}: it has not taken notice yet")
        elif report.open_count:
            clauses.append(f"{name}: {describe_stages(report)}")
    return clauses


class Drain:
    """Looks at a drain again and again. For one thread.

    Args:
        reports: of all directions, now.
        works: of all senders, now.
        quiet_seconds: for which nothing must be open, so that every chain has been looked at
            since the last transaction.
        order: takes the order to end.
    """

    def __init__(
        self,
        switches: Switches,
        reports: Callable[[], DirectionReports],
        works: Callable[[], Works],
        quiet_seconds: float,
        order: Callable[[Order], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._switches = switches
        self._reports = reports
        self._works = works
        self._quiet_seconds = quiet_seconds
        self._order = order
        self._clock = clock
        self._logger = logger
        self._quiet_since: float | None = None
        self._told: tuple[str, ...] = ()
        self._tell_at = 0.0

    def look(self) -> None:
        """End the agent, once it drains and nothing has been open for a while."""
        if self._switches.look().draining is None:
            self._quiet_since, self._told = None, ()
            return
        now, clauses = self._clock.monotonic(), waits_for(self._reports(), self._works())
        if clauses:
            self._quiet_since = None
            self._tell(clauses, now)
        elif self._quiet_since is None:
            self._quiet_since = now
        elif now - self._quiet_since >= self._quiet_seconds and self._switches.finish_draining():
            self._logger.info("Drained")
            self._order(Stop("drained"))

    def _tell(self, clauses: tuple[str, ...], now: float) -> None:
        if clauses == self._told or (self._told and now < self._tell_at):
            return
        self._told, self._tell_at = clauses, now + TELL_SECONDS
        self._logger.info("Draining", waits_for=list(clauses))
