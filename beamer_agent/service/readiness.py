"""Readiness: from a status to what keeps the agent from acting, if anything does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from beamer_agent.config.directions import direction_key
from beamer_agent.orders import SERVICE
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.service.lifecycle import RUNNING
from beamer_agent.service.status import Status, WorkerStatus

DEAD: Final = "dead"
"""As a state: a thread has ended by a defect, and is not replaced yet."""
STUCK: Final = "stuck"
"""As a state: a thread that something waits for does not come back."""
STUCK_SECONDS: Final = 30.0
"""In one step. More than any question to a chain takes."""
ONLOOKERS: Final = ("EndpointAudit", "EndpointProbe", "HistoryReader", "PeriodAuditor")
"""Workers for whom nobody waits; some of them ask for long."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Something that cannot act."""

    part: str
    """A direction, `l2a->l2b`, or `SERVICE`."""
    state: str
    reason: str
    """As a clause for an operator; names the chain that is missing."""


def hindrances(status: Status) -> tuple[Hindrance, ...]:
    """Everything that cannot act, and why; nothing when the agent is ready."""
    return tuple(_hindrances(status))


def _hindrances(status: Status) -> Iterator[Hindrance]:
    if status.service.state != RUNNING:
        reason = status.service.reason or f"the service is {status.service.state}"
        yield Hindrance(SERVICE, status.service.state, reason)
    yield from _idle(SERVICE, frozenset({SERVICE}), status.workers)
    for direction in status.directions:
        if not direction.is_ready:
            state = direction.state
            yield Hindrance(direction.name, state.state, state.reason or f"it is {state.state}")
        chains = [c.name for c in status.chains]
        yield from _idle(direction.name, parts_of(direction.name, chains), status.workers)


def _idle(
    part: str, parts: frozenset[str], workers: Iterable[WorkerStatus]
) -> Iterator[Hindrance]:
    """What is not done since the workers of some parts do not do it."""
    for worker in workers:
        if worker.part not in parts or worker.name.partition("[")[0] in ONLOOKERS:
            continue
        if worker.has_died:
            yield Hindrance(part, DEAD, f"{worker.name} has died")
        elif worker.is_working and worker.seconds > STUCK_SECONDS:
            reason = f"{worker.name} is in one step for {worker.seconds:.0f} s"
            yield Hindrance(part, STUCK, reason)


def parts_of(direction: str, chains: Iterable[str]) -> frozenset[str]:
    """What a direction depends on: itself, its chains, and L1."""
    names = tuple(chains)
    ends = {
        name
        for source in names
        for target in names
        if direction_key(source, target) == direction
        for name in (source, target)
    }
    return frozenset({direction, *ends, BASE_CHAIN})
