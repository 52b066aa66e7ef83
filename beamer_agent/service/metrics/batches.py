"""Prometheus metrics of what monitors publish: heads, how far events are read, events."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from beamer_agent.events.model import ClaimMade, DepositWithdrawn, Event, RequestFilled
from beamer_agent.events.view import BEFORE_ALL_BLOCKS, Batch
from beamer_agent.types import Address, ChainId


class BatchMetrics:
    """The metrics, once for a registry: names are unique. `observe` is for any thread.

    Counters start with the contracts' history, not with the process: an agent that is started
    again counts the same events again.
    """

    def __init__(self, account: Address, registry: CollectorRegistry) -> None:
        self.account = account
        self._chains: dict[ChainId, _ChainMetrics] = {}
        self.events = Counter(
            "beamer_events",
            "Contract events read, by type. Flat for long: look at beamer_chain_reachable.",
            ["chain_id", "event"],
            registry=registry,
        )
        self.own = Counter(
            "beamer_own_actions",
            "Fills, claims and deposits withdrawn by this agent's account, those of earlier lives "
            "included. Flat while events come: look at beamer_requests_unfilled_total.",
            ["chain_id", "action"],
            registry=registry,
        )
        self.head = Gauge(
            "beamer_chain_head_block",
            "Number of the newest block seen. Not growing: endpoint or chain stands still.",
            ["chain_id"],
            registry=registry,
        )
        self.events_until = Gauge(
            "beamer_chain_events_until_block",
            "Events are read up to this block. Far below the head: history is being read.",
            ["chain_id"],
            registry=registry,
        )
        self.reachable = Gauge(
            "beamer_chain_reachable",
            "1 when the last question to the chain was answered. 0: check its rpc-url.",
            ["chain_id"],
            registry=registry,
        )
        self.events_from = Gauge(
            "beamer_chain_events_from_block",
            "Events are read from this block on. It falls to the deployment's: history is read.",
            ["chain_id"],
            registry=registry,
        )
        self.reorganisations = Counter(
            "beamer_chain_reorganisations",
            "How often blocks were replaced; final: deeper than finality-blocks, an alarm.",
            ["chain_id", "depth"],
            registry=registry,
        )

    def observe(self, batch: Batch) -> None:
        """Count a batch: a `Subscriber` of every monitor."""
        chain_id = batch.view.chain_id
        chain = self._chains.get(chain_id)
        if chain is None:
            chain = self._chains.setdefault(chain_id, _ChainMetrics(self, str(chain_id)))
        chain.observe(batch)


class _ChainMetrics:
    """Those of one chain. Looking up the labels of each event would cost more than counting it."""

    def __init__(self, metrics: BatchMetrics, chain_id: str) -> None:
        self._metrics = metrics
        self._chain_id = chain_id
        self._account = metrics.account
        self._head = metrics.head.labels(chain_id)
        self._events_until = metrics.events_until.labels(chain_id)
        self._reachable = metrics.reachable.labels(chain_id)
        self._events_from = metrics.events_from.labels(chain_id)
        self._events: dict[type[Event], Counter] = {}
        self._own: dict[str, Counter] = {}

    def observe(self, batch: Batch) -> None:
        """Count a batch of this chain."""
        view = batch.view
        self._head.set(view.head.number)
        self._events_until.set(view.events_until)
        self._reachable.set(view.is_reachable)
        self._events_from.set(view.events_from)
        if batch.dead_above is not None:
            depth = "final" if batch.dead_above == BEFORE_ALL_BLOCKS else "unfinal"
            self._metrics.reorganisations.labels(self._chain_id, depth).inc()
        for event in batch.events:
            self._count(event)

    def _count(self, event: Event) -> None:
        type_ = type(event)
        if type_ not in self._events:
            self._events[type_] = self._metrics.events.labels(self._chain_id, type_.__name__)
        self._events[type_].inc()
        action = self._own_action(event)
        if action is None:
            return
        if action not in self._own:
            self._own[action] = self._metrics.own.labels(self._chain_id, action)
        self._own[action].inc()

    def _own_action(self, event: Event) -> str | None:
        match event:
            case RequestFilled(filler=self._account):
                return "fill"
            case ClaimMade(claimer=self._account, challenger_stake_total=0):
                return "claim"
            case DepositWithdrawn(receiver=self._account):
                return "withdraw"
            case _:
                return None
