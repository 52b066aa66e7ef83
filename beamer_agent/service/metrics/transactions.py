"""Prometheus metrics of transactions, told by the senders of all chains."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from beamer_agent.clock import Clock
from beamer_agent.service.metrics.chains import LABELS, chain_labels
from beamer_agent.service.metrics.families import gauge
from beamer_agent.service.status import ChainStatus
from beamer_agent.transactions.flight import FlightReading
from beamer_agent.transactions.model import MinedTransaction, Outcome
from beamer_agent.types import ChainId


class TransactionMetrics:
    """The metrics, once for a registry: names are unique."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.waiting = Gauge(
            "beamer_transactions_waiting",
            "Actions not sent yet, by kind. Not falling: look for what was put off in the log.",
            ["chain_id", "action"],
            registry=registry,
        )
        self.in_flight = Gauge(
            "beamer_transactions_in_flight",
            "Transactions sent and not mined. Not falling: gas is too dear, or a cap too low.",
            ["chain_id"],
            registry=registry,
        )
        self.held_back = Counter(
            "beamer_transactions_held_back",
            "Turns in which actions waited for earlier transactions. Growing: blocks are full.",
            ["chain_id"],
            registry=registry,
        )
        self.ended = Counter(
            "beamer_transactions_ended",
            "How transactions ended. Reverted ones cost gas: look for who was faster.",
            ["chain_id", "transaction", "outcome"],
            registry=registry,
        )
        self.gas = Counter(
            "beamer_transactions_gas_used",
            "Gas of mined transactions, by what was planned. Much more than others need: batch.",
            ["chain_id", "transaction"],
            registry=registry,
        )
        self.fees = Counter(
            "beamer_transactions_fees_paid_wei",
            "What mined transactions cost, data on L1 included. More than fills earn: min-profit.",
            ["chain_id", "transaction"],
            registry=registry,
        )
        self.sent_again = Counter(
            "beamer_transactions_sent_again",
            "Dearer versions. Many: the first price is too low, raise min-priority-fee.",
            ["chain_id", "transaction"],
            registry=registry,
        )
        self.gaps = Counter(
            "beamer_transactions_gaps_closed",
            "Nonces used up by nothing, so that later ones are mined. Many: endpoints drop ours.",
            ["chain_id"],
            registry=registry,
        )
        self.foreign = Counter(
            "beamer_transactions_foreign",
            "Transactions of our account that are not ours. Growing: give the agent its own key.",
            ["chain_id"],
            registry=registry,
        )

        self.flights: dict[ChainId, FlightReading] = {}
        """What was in flight after each sender's last turn."""
        self._chains: dict[ChainId, ChainTransactionMetrics] = {}

    def of_chain(self, chain_id: ChainId) -> "ChainTransactionMetrics":
        """The observer of one chain's sender; the same one whenever the chain is built anew.

        What waited at the former sender waits no longer, and only who has shown it can tell.
        """
        if chain_id not in self._chains:
            self._chains[chain_id] = ChainTransactionMetrics(self, chain_id)
        return self._chains[chain_id]


class ChainTransactionMetrics:
    """A `SenderObserver` that counts."""

    def __init__(self, metrics: TransactionMetrics, chain_id: ChainId) -> None:
        self._metrics = metrics
        self._number = chain_id
        self._chain_id = str(chain_id)
        self._kinds: frozenset[str] = frozenset()
        """Of actions that have waited. Replaced as a whole: a sender that hangs may come back."""

    def waits(self, actions: Mapping[str, int]) -> None:
        """See `SenderObserver`."""
        self._kinds = kinds = self._kinds | actions.keys()
        for kind in kinds:
            self._metrics.waiting.labels(self._chain_id, kind).set(actions.get(kind, 0))

    def flies(self, flight: FlightReading) -> None:
        """See `SenderObserver`."""
        self._metrics.in_flight.labels(self._chain_id).set(flight.count)
        self._metrics.flights[self._number] = flight

    def held_back(self) -> None:
        """See `SenderObserver`."""
        self._metrics.held_back.labels(self._chain_id).inc()

    def mined(self, mined: MinedTransaction) -> None:
        """See `SenderObserver`."""
        label = mined.sent.planned.label
        self._metrics.ended.labels(self._chain_id, label, mined.outcome.value).inc()
        self._metrics.gas.labels(self._chain_id, label).inc(mined.receipt.gas_used)
        self._metrics.fees.labels(self._chain_id, label).inc(mined.cost)

    def lost(self, label: str, outcome: Outcome) -> None:
        """See `SenderObserver`."""
        self._metrics.ended.labels(self._chain_id, label, outcome.value).inc()

    def sent_again(self, label: str) -> None:
        """See `SenderObserver`."""
        self._metrics.sent_again.labels(self._chain_id, label).inc()

    def closed_gap(self) -> None:
        """See `SenderObserver`."""
        self._metrics.gaps.labels(self._chain_id).inc()

    def foreign(self) -> None:
        """See `SenderObserver`."""
        self._metrics.foreign.labels(self._chain_id).inc()


class FlightCollector(Collector):
    """How long transactions wait for their blocks, now; keeps nothing itself.

    Args:
        registry: which asks.
        flights: what was in flight after the last turn of each chain's sender.
        chains: which have names.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        flights: Mapping[ChainId, FlightReading],
        chains: Callable[[], Iterable[ChainStatus]],
        clock: Clock,
    ) -> None:
        self._flights = flights
        self._chains = chains
        self._clock = clock
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing: no sender is there when the collector is made."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """One value for each chain with a sender."""
        now = self._clock.monotonic()
        flights = [
            (chain_labels(chain.name, chain.chain_id), self._flights[chain.chain_id])
            for chain in self._chains()
            if chain.chain_id is not None and chain.chain_id in self._flights
        ]
        yield gauge(
            "beamer_transactions_oldest_seconds",
            "How long the first of the transactions in flight waits for its block; 0: there is "
            "none. Growing: gas is too dear, a cap too low, or the endpoint forgets them.",
            LABELS,
            [
                (labels, 0 if flight.oldest_since is None else max(0, now - flight.oldest_since))
                for labels, flight in flights
            ],
        )
        yield gauge(
            "beamer_transactions_nonce_gaps",
            "Nonces that no transaction has, though others wait behind them. They are closed by "
            "themselves; not falling: see beamer_transactions_foreign_total.",
            LABELS,
            [(labels, flight.vacant) for labels, flight in flights],
        )
