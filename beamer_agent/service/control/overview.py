"""The state of a running agent as lines for an operator: a pure look at its status."""

from collections.abc import Iterator, Sequence

from beamer_agent.service.control.spans import span
from beamer_agent.service.status import ChainStatus, DirectionStatus, RestartStatus, Status
from beamer_agent.service.status import StateStatus as State
from beamer_agent.switches import SwitchReading
from beamer_agent.types import Timestamp


def describe_status(
    status: Status, switches: SwitchReading, waits_for: Sequence[str], now: Timestamp
) -> list[str]:
    """Service, chains, directions, switches and restarts, each in a line of its own.

    `waits_for` are the clauses of what keeps a drain from its end.
    """
    return [
        f"service: {_state(status.service)}",
        *(f"chain {chain.name}: {_chain(chain)}" for chain in status.chains),
        *(f"direction {item.name}: {_direction(item)}" for item in status.directions),
        *_switches(switches, waits_for, now),
        *(f"restarted {_restart(restart, now)}" for restart in status.restarts),
        *(f"alert {alert.name}: {alert.sentence}" for alert in status.alerts),
    ]


def _state(state: State) -> str:
    reason = "" if state.reason is None else f": {state.reason}"
    return f"{state.state} for {span(state.seconds)}{reason}"


def _chain(chain: ChainStatus) -> str:
    head = "" if chain.head is None else f", head {chain.head}"
    return _state(chain.state) + head


def _direction(direction: DirectionStatus) -> str:
    stages = ", ".join(f"{s.count} {s.stage}" for s in direction.stages if s.count)
    return f"{_state(direction.state)}; open: {stages or 'nothing'}"


def _switches(switches: SwitchReading, waits_for: Sequence[str], now: Timestamp) -> Iterator[str]:
    for name, change in sorted(switches.paused.items()):
        yield f"paused {name}: by {change.by}, {span(now - change.at)} ago"
    if switches.draining is not None:
        change = switches.draining
        yield f"draining: by {change.by}, {span(now - change.at)} ago"
        yield from (f"waits for {clause}" for clause in waits_for)


def _restart(restart: RestartStatus, now: Timestamp) -> str:
    return (
        f"{restart.part}, {restart.kind}, by {restart.by}, {span(now - restart.at)} ago, "
        f"in {restart.seconds:.1f} s: {restart.reason}"
    )
