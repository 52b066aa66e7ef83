"""Status: what is known of a running agent at a moment, for whoever asks; frozen values only.

Whoever shows it (`/api/status`, `/readyz`, `beamer-agent health`, `ctl`, metrics, alerts) takes it
from here; whoever knows a part of it hands it to the `StatusBoard`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from beamer_agent.types import BlockNumber, ChainId, Timestamp

SUPERVISOR_SECONDS: Final = 10.0
"""The supervisor turns twice a second; after so long it does not turn any more."""


@dataclass(frozen=True, slots=True)
class StateStatus:
    """A state machine's state, and since when."""

    state: str
    """As the machine names it: `running`, `synced`, `paused`."""
    seconds: float
    """In this state until now."""
    reason: str | None = None
    """Why it is not the best one, as a clause for an operator; None: it is."""


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """One configured chain."""

    name: str
    chain_id: ChainId | None
    """None until the chain has answered once."""
    state: StateStatus
    head: BlockNumber | None = None
    head_time: Timestamp | None = None
    events_until: BlockNumber | None = None
    answered_seconds_ago: float | None = None
    """Since the last answer to a look at the head; None: there was none."""


@dataclass(frozen=True, slots=True)
class StageStatus:
    """Open obligations of one direction that are equally far."""

    stage: str
    """`filling`, `filled`, `claimed`, `contested` or `staked`; see `ObligationStage`."""
    count: int
    values: Mapping[str, int]
    """Base units by token symbol; the native currency of the source chain under `wei`."""
    nearest_deadline: Timestamp | None
    """When the first of them must have gone on; None: time does not press."""


@dataclass(frozen=True, slots=True)
class DirectionStatus:
    """One direction."""

    name: str
    """Of source and target in the configuration: `l2a->l2b`."""
    state: StateStatus
    is_ready: bool
    """Whether it can act now; otherwise `state.reason` says why not."""
    stages: tuple[StageStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One thread."""

    name: str
    """`EventMonitor[l2a]`."""
    part: str
    """The chain or direction that it belongs to: `l2a`, `l2a->l2b`, `base-chain`; `service`."""
    generation: int
    is_working: bool
    """In a step now; otherwise it waits for the next one."""
    seconds: float
    """Since that step began, or since the last one ended."""
    steps: int
    failures: int
    """Steps that failed, one after the other, since the last that did not."""
    error: str | None
    """Of the last failure."""
    has_died: bool = False
    """Its thread ended by a defect, and nobody has taken its place yet."""


@dataclass(frozen=True, slots=True)
class RestartStatus:
    """A restart that has happened."""

    part: str
    kind: str
    """`gentle` or `hard`."""
    reason: str
    by: str
    """`supervisor`, `period`, or whoever gave the command."""
    at: Timestamp
    seconds: float
    """That it took."""


@dataclass(frozen=True, slots=True)
class AlertStatus:
    """An alert that is firing."""

    name: str
    labels: Mapping[str, str]
    severity: str
    sentence: str
    runbook: str
    since: Timestamp


@dataclass(frozen=True, slots=True)
class Status:
    """The whole agent."""

    service: StateStatus
    supervisor_turned_seconds_ago: float
    chains: tuple[ChainStatus, ...] = ()
    directions: tuple[DirectionStatus, ...] = ()
    workers: tuple[WorkerStatus, ...] = ()
    restarts: tuple[RestartStatus, ...] = ()
    """The last ones, newest first."""
    alerts: tuple[AlertStatus, ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    """Account, version, process id: what does not change."""

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor turns: whatever else fails, it does something about it."""
        return self.supervisor_turned_seconds_ago <= SUPERVISOR_SECONDS
