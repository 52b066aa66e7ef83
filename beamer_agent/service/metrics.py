"""Prometheus metrics, counted from the events that the monitors publish."""

import threading
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from beamer_agent.actions.model import Reason
from beamer_agent.events.model import ClaimMade, DepositWithdrawn, RequestFilled
from beamer_agent.events.view import BEFORE_ALL_BLOCKS, Batch
from beamer_agent.service.endpoints import EndpointCollector, Look
from beamer_agent.types import Address

MOST_RIVALS: Final = 20
"""So many have a label of their own; the others share one."""
OTHERS: Final = "other"


class AgentMetrics:
    """The metrics of one agent, in a registry of their own. A subscriber of every EventMonitor.

    Counters start with the contracts' history, not with the process: an agent that is started
    again counts the same events again.
    """

    def __init__(self, account: Address) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._account = account
        self._events = Counter(
            "beamer_events",
            "Contract events read, by type. Flat for long: look at beamer_chain_reachable.",
            ["chain_id", "event"],
            registry=self.registry,
        )
        self._own = Counter(
            "beamer_own_actions",
            "Fills, claims and deposits withdrawn by this agent's account.",
            ["chain_id", "action"],
            registry=self.registry,
        )
        self._head = Gauge(
            "beamer_chain_head_block",
            "Number of the newest block seen. Not growing: endpoint or chain stands still.",
            ["chain_id"],
            registry=self.registry,
        )
        self._events_until = Gauge(
            "beamer_chain_events_until_block",
            "Events are read up to this block. Far below the head: history is being read.",
            ["chain_id"],
            registry=self.registry,
        )
        self._reachable = Gauge(
            "beamer_chain_reachable",
            "1 when the last question to the chain was answered. 0: check its rpc-url.",
            ["chain_id"],
            registry=self.registry,
        )
        self._events_from = Gauge(
            "beamer_chain_events_from_block",
            "Events are read from this block on. It falls to the deployment's: history is read.",
            ["chain_id"],
            registry=self.registry,
        )
        self._reorganisations = Counter(
            "beamer_chain_reorganisations",
            "How often blocks were replaced; final: deeper than finality-blocks, an alarm.",
            ["chain_id", "depth"],
            registry=self.registry,
        )
        self._losses = Counter(
            "beamer_losses",
            "What was logged as lost. Fills that moved also count claims that others paid for.",
            ["kind"],
            registry=self.registry,
        )
        self._unfilled = Counter(
            "beamer_requests_unfilled",
            "Requests that were not filled, for good or for a while. The log has the figures.",
            ["reason"],
            registry=self.registry,
        )
        self._races = Counter(
            "beamer_races",
            "Requests that this agent wanted to fill, by who has filled them.",
            ["outcome", "filler"],
            registry=self.registry,
        )
        self._lock = threading.Lock()
        """Protects `_rivals`."""
        self._rivals: set[Address] = set()
        """Those that have a label of their own: who may fill is decided by others."""

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

    def observe_endpoints(self, look: Look) -> None:
        """From now on show how the endpoints do, too. Once: names of metrics are unique."""
        EndpointCollector(self.registry, look)

    def observe(self, batch: Batch) -> None:
        """Count a batch."""
        view = batch.view
        chain_id = str(view.chain_id)
        self._head.labels(chain_id).set(view.head.number)
        self._events_until.labels(chain_id).set(view.events_until)
        self._reachable.labels(chain_id).set(view.is_reachable)
        self._events_from.labels(chain_id).set(view.events_from)
        if batch.dead_above is not None:
            is_final = batch.dead_above == BEFORE_ALL_BLOCKS
            self._reorganisations.labels(chain_id, "final" if is_final else "unfinal").inc()
        for event in batch.events:
            self._events.labels(chain_id, type(event).__name__).inc()
            action = self._own_action(event)
            if action is not None:
                self._own.labels(chain_id, action).inc()

    def _own_action(self, event: object) -> str | None:
        match event:
            case RequestFilled(filler=self._account):
                return "fill"
            case ClaimMade(claimer=self._account, challenger_stake_total=0):
                return "claim"
            case DepositWithdrawn(receiver=self._account):
                return "withdraw"
            case _:
                return None
