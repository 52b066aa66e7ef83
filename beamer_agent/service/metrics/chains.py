"""Prometheus metrics of chains: how old is what is known of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from beamer_agent.clock import Clock
from beamer_agent.service.metrics.families import gauge
from beamer_agent.service.status import ChainStatus
from beamer_agent.types import ChainId

LABELS = ("chain", "chain_id")


class ChainCollector(Collector):
    """How far behind the chains is what is known of them; keeps nothing itself.

    Args:
        registry: which asks.
        confirmations: the configured ones, by the names of the chains of transfers. L1 is not
            followed while nothing is wanted of it, so that its age says nothing.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        chains: Callable[[], Iterable[ChainStatus]],
        confirmations: Mapping[str, int],
        clock: Clock,
    ) -> None:
        self._chains = chains
        self._confirmations = confirmations
        self._clock = clock
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing: chains need not be known when the collector is made."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """One value for each chain of which it is known."""
        now = self._clock.now()
        chains = [
            (chain_labels(chain.name, chain.chain_id), chain)
            for chain in self._chains()
            if chain.name in self._confirmations
        ]
        yield gauge(
            "beamer_chain_lag_seconds",
            "Age of the newest block by our clock. Growing: the chain or its endpoints stand "
            "still, or our clock is wrong.",
            LABELS,
            [(ls, max(0, now - c.head_time)) for ls, c in chains if c.head_time is not None],
        )
        yield gauge(
            "beamer_chain_unread_blocks",
            "Blocks whose events are not read yet, those that wait for confirmations included. "
            "Growing: the endpoint is too slow for the chain.",
            LABELS,
            [
                (ls, max(0, c.head - c.events_until))
                for ls, c in chains
                if c.head is not None and c.events_until is not None
            ],
        )
        yield gauge(
            "beamer_chain_confirmation_blocks",
            "Blocks that must stand on top of an event's before it counts, as configured. "
            "Requests are filled late: it is too much.",
            LABELS,
            [(ls, self._confirmations[c.name]) for ls, c in chains],
        )
        yield gauge(
            "beamer_chain_last_answer_age_seconds",
            "Since the chain has told its newest block. Growing: check its endpoints.",
            LABELS,
            [
                (ls, c.answered_seconds_ago)
                for ls, c in chains
                if c.answered_seconds_ago is not None
            ],
        )


def chain_labels(name: str, chain_id: ChainId | None) -> tuple[str, str]:
    """The values of `LABELS`; a chain that has never answered has no id."""
    return name, "" if chain_id is None else str(chain_id)
