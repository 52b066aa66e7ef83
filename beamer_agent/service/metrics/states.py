"""Prometheus metrics of states: of service, chains and directions, and of what supervises them."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from beamer_agent.orders import PERIOD, SUPERVISOR
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.lifecycle import Lifecycle
from beamer_agent.service.metrics.families import counter, gauge
from beamer_agent.service.status import WorkerStatus

OPERATOR = "operator"
"""Whoever gave a command: who that is, the log tells."""

Restarts = Mapping[tuple[str, str, str], int]
"""How many, by part, kind, and who has asked for them."""


class StateCollector(Collector):
    """What the board knows, and how long it has been so; keeps nothing itself.

    Args:
        registry: which asks.
        service: the state machine of the whole.
        restarts: of all parts.
        thrashings: how often there were too many of them.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        service: Lifecycle,
        board: StatusBoard,
        restarts: Callable[[], Restarts],
        thrashings: Callable[[], int],
    ) -> None:
        self._service = service
        self._board = board
        self._restarts = restarts
        self._thrashings = thrashings
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing: to be asked would be too early."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All states, then restarts and workers."""
        status = self._board.look()  # time alone may have changed a state
        yield from _states("service", {"": self._service}, "In error: the log has the reason.")
        chains = {name: tracker.lifecycle for name, tracker in self._board.chains.items()}
        if self._board.base is not None:
            chains[self._board.base.name] = self._board.base.lifecycle
        yield from _states("chain", chains, "Not synced for long: check its endpoints.")
        directions = {name: tracker.lifecycle for name, tracker in self._board.directions.items()}
        yield from _states("direction", directions, "Not active: /readyz says why.")
        yield counter(
            "beamer_restarts",
            "Parts that were built anew. Growing: the log has the reason of each.",
            ("part", "kind", "by"),
            _restart_counts(self._restarts(), [*chains, *directions]),
        )
        yield counter(
            "beamer_thrashing",
            "Times that parts were restarted too often within an hour. Any: report the defect.",
            (),
            [((), self._thrashings())],
        )
        yield gauge(
            "beamer_supervisor_turned_age_seconds",
            "Since the supervisor has looked at all workers. Above 10: the process hangs.",
            (),
            [((), status.supervisor_turned_seconds_ago)],
        )
        yield from _workers(status.workers)


def _states(kind: str, lifecycles: Mapping[str, Lifecycle], advice: str) -> Iterator[Metric]:
    """Of machines of one kind; the service is the only one, and has no name."""
    named = () if kind == "service" else (kind,)
    looks = [
        ((name,) if named else (), machine.look(), machine.seconds_in(), machine.transitions())
        for name, machine in lifecycles.items()
    ]
    yield gauge(
        f"beamer_{kind}_state",
        f"1 for the state that it is in. {advice}",
        (*named, "state"),
        [((*name, s), s == look.state) for name, look, seconds, _ in looks for s in seconds],
    )
    yield gauge(
        f"beamer_{kind}_in_state_seconds",
        f"Since it came into the state that it is in; 0 for the others. {advice}",
        (*named, "state"),
        [
            ((*name, s), look.seconds if s == look.state else 0)
            for name, look, seconds, _ in looks
            for s in seconds
        ],
    )
    yield counter(
        f"beamer_{kind}_state_seconds",
        f"How long it was in each state. {advice}",
        (*named, "state"),
        [((*name, s), spent) for name, _, seconds, _ in looks for s, spent in seconds.items()],
    )
    yield counter(
        f"beamer_{kind}_transitions",
        f"Changes from one state to another. Many: something is unsteady. {advice}",
        (*named, "source", "target"),
        [((*name, *ends), count) for name, *_, moves in looks for ends, count in moves.items()],
    )


def _restart_counts(
    counts: Restarts, parts: Iterable[str]
) -> Iterator[tuple[tuple[str, str, str], int]]:
    """With those of the supervisor from the start: what is not there cannot grow."""
    sums = {(part, kind, SUPERVISOR): 0 for part in parts for kind in ("gentle", "hard")}
    for (part, kind, by), count in counts.items():
        key = part, kind, by if by in (SUPERVISOR, PERIOD) else OPERATOR
        sums[key] = sums.get(key, 0) + count
    yield from sums.items()


def _workers(workers: Iterable[WorkerStatus]) -> Iterator[Metric]:
    workers = list(workers)
    yield gauge(
        "beamer_worker_busy_seconds",
        "How long a thread is at its present step; 0 while it waits. Above 60: it hangs.",
        ("worker",),
        [((w.name,), w.seconds if w.is_working else 0) for w in workers],
    )
    yield gauge(
        "beamer_worker_failing_steps",
        "Steps in a row that failed and are tried again. Not falling: the log says why.",
        ("worker",),
        [((w.name,), w.failures) for w in workers],
    )
