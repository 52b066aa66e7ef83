"""AgentMetrics: all numbers about one agent, as Prometheus reads them."""

import threading
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    ProcessCollector,
    disable_created_metrics,
)

from beamer_agent.actions.model import Reason
from beamer_agent.events.view import Batch
from beamer_agent.planning import game_log, request_log
from beamer_agent.planning.tallies import Tallies
from beamer_agent.service.metrics.batches import BatchMetrics
from beamer_agent.service.metrics.directions import DirectionMetrics
from beamer_agent.service.metrics.endpoints import EndpointCollector, Look
from beamer_agent.service.metrics.periods import PeriodMetrics
from beamer_agent.service.metrics.transactions import TransactionMetrics
from beamer_agent.types import Address

MOST_RIVALS: Final = 20
"""So many have a label of their own; the others share one."""
OTHERS: Final = "other"


class AgentMetrics:
    """The metrics of one agent, in a registry of their own.

    What is counted while it works is here; what is read from others when somebody asks is added
    by `exhibit`.

    Attributes:
        registry: has all of them.
        transactions: told by the senders.
        periods: told by the auditors.
    """

    def __init__(self, account: Address) -> None:
        # When each of them began is half of all the text, and nobody asks.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._batches = BatchMetrics(account, self.registry)
        self._directions = DirectionMetrics(self.registry, self)
        self.transactions = TransactionMetrics(self.registry)
        self.periods = PeriodMetrics(self.registry)
        self._losses = Counter(
            "beamer_losses",
            "What was logged as lost. Fills that moved also count claims that others paid for. "
            "Growing: money is lost, the log says which.",
            ["kind"],
            registry=self.registry,
        )
        for reason in (*request_log.LOSSES, *game_log.LOSSES):
            self._losses.labels(reason.name.lower())  # what is not there cannot grow
        self._unfilled = Counter(
            "beamer_requests_unfilled",
            "Requests that were not filled, for good or for a while. The log has the figures.",
            ["reason"],
            registry=self.registry,
        )
        self._races = Counter(
            "beamer_races",
            "Requests that this agent wanted to fill, by who has filled them. Often lost: look "
            "at poll-period, ws-url and the gas prices.",
            ["outcome", "filler"],
            registry=self.registry,
        )
        self._lock = threading.Lock()
        """Protects `_rivals`."""
        self._rivals: set[Address] = set()
        """Those that have a label of their own: who may fill is decided by others."""

    def observe(self, batch: Batch) -> None:
        """Count a batch: a `Subscriber` of every monitor."""
        self._batches.observe(batch)

    def of_direction(self, name: str) -> Tallies:
        """The tallies of a direction; the same ones whenever it is built anew.

        For the agent's own thread.
        """
        return self._directions.of(name)

    def observe_endpoints(self, look: Look) -> None:
        """From now on show how the endpoints do, too. Once: names of metrics are unique."""
        EndpointCollector(self.registry, look)

    def count_loss(self, reason: Reason) -> None:
        """Count what was lost for a reason. For any thread."""
        self._losses.labels(reason.name.lower()).inc()

    def count_unfilled(self, reason: Reason) -> None:
        """Count a request that is not filled for a reason. For any thread."""
        self._unfilled.labels(reason.name.lower()).inc()

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """Count a request that we wanted to fill, by who has filled it. For any thread."""
        with self._lock:
            if not is_won and len(self._rivals) < MOST_RIVALS:
                self._rivals.add(filler)
            is_named = is_won or filler in self._rivals
        outcome = "won" if is_won else "lost"
        self._races.labels(outcome, filler if is_named else OTHERS).inc()
