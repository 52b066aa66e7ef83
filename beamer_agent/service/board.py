"""StatusBoard: where everybody's word on the agent meets, for whoever asks how it does.

connectors, monitors --> ChainTracker --> DirectionTracker --+
supervisor, crew, restarts, alerts, switches, reports -------+--> look() -> Status
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.config import Config
from beamer_agent.config.directions import direction_key
from beamer_agent.planning.report import DirectionReports
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.pulse import PulseReading
from beamer_agent.service.chain_states import ChainTracker
from beamer_agent.service.direction_states import Circumstances, DirectionTracker
from beamer_agent.service.lifecycle import STARTING
from beamer_agent.service.status import (
    AlertStatus,
    ChainStatus,
    DirectionStatus,
    RestartStatus,
    StateStatus,
    Status,
    WorkerStatus,
)
from beamer_agent.switches import SwitchReading

UNKNOWN: Final = StateStatus(STARTING, 0.0, "it is being put together")


@dataclass(slots=True)
class BoardSources:
    """Who knows what; set while the agent is put together. None of them ever waits.

    Where a source is missing, there is nothing to tell.
    """

    service: Callable[[], StateStatus] = lambda: UNKNOWN
    supervisor: Callable[[], float] = lambda: 0.0
    """Seconds since it turned."""
    readings: Callable[[], Iterable[PulseReading]] = tuple
    """Of all workers at work."""
    reports: Callable[[], DirectionReports] = dict
    restarts: Callable[[], tuple[RestartStatus, ...]] = tuple
    alerts: Callable[[], tuple[AlertStatus, ...]] = tuple
    switches: Callable[[], SwitchReading] = SwitchReading
    details: Mapping[str, object] = field(default_factory=dict)


class StatusBoard:
    """How the agent does. `look` from any thread; it never waits, and takes some microseconds.

    Attributes:
        sources: who knows the rest.
        chains: trackers of the configured chains, by name.
        base: that of L1; None where none is configured.
        directions: those of the served directions, by name.
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        self._clock = clock
        self.sources = BoardSources()
        self.chains = {
            name: ChainTracker(name, settings.poll_period, clock)
            for name, settings in config.chains.items()
        }
        has_base = config.base_chain is not None
        self.base = ChainTracker(BASE_CHAIN, config.poll_period, clock) if has_base else None
        names = {direction_key(*ends): ends for ends in config.served_directions()}
        self.directions = {name: DirectionTracker(name, clock) for name in names}
        self._ends = names

    def look(self) -> Status:
        """How it does now."""
        sources = self.sources
        chains = {name: tracker.status() for name, tracker in self.chains.items()}
        base, workers = self._base_status(chains.values()), self._worker_statuses()
        return Status(
            service=sources.service(),
            supervisor_turned_seconds_ago=sources.supervisor(),
            chains=(*chains.values(), *(() if base is None else (base,))),
            directions=self._direction_statuses(chains, base, {w.part for w in workers}),
            workers=workers,
            restarts=sources.restarts(),
            alerts=sources.alerts(),
            details=sources.details,
        )

    def _base_status(self, chains: Iterable[ChainStatus]) -> ChainStatus | None:
        """How L1 is; None where a configured chain is L1, and says so itself."""
        if self.base is None:
            return None
        status = self.base.status()
        is_known = status.chain_id is not None
        is_same = is_known and any(chain.chain_id == status.chain_id for chain in chains)
        return None if is_same else status

    def _direction_statuses(
        self, chains: Mapping[str, ChainStatus], base: ChainStatus | None, staffed: Collection[str]
    ) -> tuple[DirectionStatus, ...]:
        switches, reports = self.sources.switches(), self.sources.reports()
        return tuple(
            tracker.status(
                Circumstances(
                    chains=tuple(chains[end] for end in dict.fromkeys(self._ends[name])),
                    base=base,
                    switches=switches,
                    is_built=name in staffed,
                    report=reports.get(name),
                )
            )
            for name, tracker in self.directions.items()
        )

    def _worker_statuses(self) -> tuple[WorkerStatus, ...]:
        now = self._clock.monotonic()
        return tuple(
            WorkerStatus(
                name=reading.worker,
                part=reading.part,
                generation=reading.generation,
                is_working=reading.is_working,
                seconds=max(0.0, now - reading.since),
                steps=reading.steps,
                failures=reading.failures,
                error=reading.error,
                has_died=reading.has_died,
            )
            for reading in self.sources.readings()
        )
