"""Readiness: from a status to what keeps the agent from acting, if anything does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from beamer_agent.config.directions import direction_key
from beamer_agent.service.lifecycle import RUNNING
from beamer_agent.service.status import Status, WorkerStatus

SERVICE: Final = "service"
STUCK: Final = "stuck"
"""As a state: a thread that something waits for does not come back."""
STUCK_SECONDS: Final = 30.0
"""In one step. More than any question to a chain takes."""


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
    for direction in status.directions:
        if not direction.is_ready:
            state = direction.state
            yield Hindrance(direction.name, state.state, state.reason or f"it is {state.state}")
        chains = [c.name for c in status.chains]
        for worker in stuck(status.workers, parts_of(direction.name, chains)):
            reason = f"{worker.name} is in one step for {worker.seconds:.0f} s"
            yield Hindrance(direction.name, STUCK, reason)


def stuck(workers: Iterable[WorkerStatus], parts: frozenset[str]) -> Iterator[WorkerStatus]:
    """Those workers of some parts that do not come back from their step."""
    for worker in workers:
        if worker.part in parts and worker.is_working and worker.seconds > STUCK_SECONDS:
            yield worker


def parts_of(direction: str, chains: Iterable[str]) -> frozenset[str]:
    """What a direction depends on: itself and its chains."""
    names = tuple(chains)
    ends = {
        name
        for source in names
        for target in names
        if direction_key(source, target) == direction
        for name in (source, target)
    }
    return frozenset({direction, *ends})
