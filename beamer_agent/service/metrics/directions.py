"""Prometheus metrics of directions: what comes, what becomes of it, and how long that takes."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from beamer_agent.actions.model import Reason
from beamer_agent.planning.ledger import Ledger
from beamer_agent.planning.misses import TRANSACTION, TROUBLES
from beamer_agent.planning.tallies import Ending, Leg
from beamer_agent.service.metrics.families import counter
from beamer_agent.types import Address, ClaimId, RequestId

SHORT_SECONDS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600)
"""From a block to one of the next, up to an hour of trouble."""
LONG_SECONDS: Final = (180, 900, *(h * 3_600 for h in (0.5, 1, 2, 4, 8, 16, 24, 48, 96, 168)))
"""Claim periods and games: minutes to a week."""
SHORT_BLOCKS: Final = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1_000)
LONG_BLOCKS: Final = tuple(n * 10**e for e in range(1, 6) for n in (1, 2, 5))
"""Of an hour on L1, or of a week on a chain of four blocks a second."""

_TEXTS: Final[Mapping[Leg, tuple[str, str]]] = MappingProxyType(
    {
        Leg.REQUEST_TO_FILL: (
            "from a request's block to that of our fill",
            "Long: look at confirmations, gas prices and the age of the newest blocks.",
        ),
        Leg.FILL_TO_CLAIM: (
            "from our fill's block to that of our claim",
            "Long: look at claim-confirmations and at the source chain's gas.",
        ),
        Leg.CLAIM_TO_WITHDRAWAL: (
            "from our claim's block to that of the withdrawal",
            "Much more than the claim period: it was challenged, or the source chain was down.",
        ),
    }
)


class SharedTallies(Protocol):
    """What is counted of all directions together."""

    def count_loss(self, reason: Reason) -> None:
        """Something of ours is lost."""

    def count_unfilled(self, reason: Reason) -> None:
        """A request is not filled, for good or for now."""

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """A request that we wanted to fill is filled, by us or by another."""


class DirectionMetrics(Collector):
    """The metrics, once for a registry: names are unique. `of` is for the agent's own thread.

    Args:
        registry: which asks for what the ledgers hold.
    """

    def __init__(self, registry: CollectorRegistry, shared: SharedTallies) -> None:
        self._shared = shared
        self._tallies: dict[str, DirectionTallies] = {}
        self.seen = Counter(
            "beamer_requests_seen",
            "Requests that came while the agent ran. Flat for long: look at the chain's lag.",
            ["direction"],
            registry=registry,
        )
        self.endings = Counter(
            "beamer_requests",
            "What became of requests while the agent ran: filled by us, by another, or refunded. "
            "Few of ours: look at beamer_requests_unfilled_total and beamer_races_total.",
            ["direction", "outcome"],
            registry=registry,
        )
        self.missed = Counter(
            "beamer_requests_missed",
            "Requests that nobody filled in time, though no rule of the operator's spoke against "
            "it, by what kept us last. Growing: mend that.",
            ["direction", "reason"],
            registry=registry,
        )
        self.seconds = {leg: _seconds(leg, registry) for leg in Leg}
        self.blocks = {leg: _blocks(leg, registry) for leg in Leg}
        registry.register(self)

    def of(self, direction: str) -> "DirectionTallies":
        """The tallies of a direction; the same ones whenever it is built anew."""
        if direction not in self._tallies:
            tallies = DirectionTallies(direction, self, self._shared)
            self._tallies = {**self._tallies, direction: tallies}
        return self._tallies[direction]

    def describe(self) -> Iterable[Metric]:
        """Nothing: directions need not be known when the collector is made."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """What each ledger holds."""
        ledgers = {name: tallies.ledger.read() for name, tallies in self._tallies.items()}
        yield counter(
            "beamer_fees_earned_base_units",
            "LP fees of withdrawn deposits while the agent ran, in the token's smallest unit. "
            "Compare it with beamer_transactions_fees_paid_wei_total.",
            ("direction", "token"),
            [((n, token), fee) for n, read in ledgers.items() for token, fee in read.fees.items()],
        )
        yield counter(
            "beamer_stakes_won_wei",
            "What others have lost to us in games, when it was paid out. Growing: somebody makes "
            "false claims, keep enough for the next.",
            ("direction",),
            [((name,), read.stakes_won) for name, read in ledgers.items()],
        )
        yield counter(
            "beamer_stakes_lost_wei",
            "What we have lost in games, when it was paid out. Any: the log says which claim.",
            ("direction",),
            [((name,), read.stakes_lost) for name, read in ledgers.items()],
        )


class DirectionTallies:
    """The `Tallies` of one direction. For any thread."""

    def __init__(self, direction: str, metrics: DirectionMetrics, shared: SharedTallies) -> None:
        self.ledger = Ledger()
        self._lost: set[tuple[RequestId | ClaimId, Reason]] = set()
        """A direction that is built anew finds them again."""
        self._shared = shared
        self._seen = metrics.seen.labels(direction)
        # All from the start: what is not there cannot grow.
        self._endings = {end: metrics.endings.labels(direction, end.value) for end in Ending}
        self._seconds = {leg: metrics.seconds[leg].labels(direction) for leg in Leg}
        self._blocks = {leg: metrics.blocks[leg].labels(direction) for leg in Leg}
        names = {TRANSACTION, *(reason.name.lower() for reason in TROUBLES)}
        self._missed = {name: metrics.missed.labels(direction, name) for name in sorted(names)}

    def count_loss(self, what: RequestId | ClaimId, reason: Reason) -> None:
        """See `Tallies`, as for the others."""
        if (what, reason) not in self._lost:
            self._lost.add((what, reason))
            self._shared.count_loss(reason)

    def count_unfilled(self, reason: Reason) -> None:
        """Of all directions together."""
        self._shared.count_unfilled(reason)

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """Of all directions together."""
        self._shared.count_race(filler, is_won=is_won)

    def count_seen(self) -> None:
        """One more."""
        self._seen.inc()

    def count_ending(self, ending: Ending) -> None:
        """One more of these."""
        self._endings[ending].inc()

    def count_missed(self, trouble: str) -> None:
        """One more, by what kept us."""
        self._missed[trouble].inc()

    def count_leg(self, leg: Leg, seconds: float, blocks: float | None) -> None:
        """Into the histograms of its leg."""
        self._seconds[leg].observe(seconds)
        if blocks is not None:
            self._blocks[leg].observe(blocks)


def _seconds(leg: Leg, registry: CollectorRegistry) -> Histogram:
    what, advice = _TEXTS[leg]
    return Histogram(
        f"beamer_{leg.value}_seconds",
        f"Seconds {what}, by the chains' clocks; between two known heads, blocks count as equally "
        f"far apart. Only what happened while the agent ran. {advice}",
        ["direction"],
        buckets=LONG_SECONDS if leg is Leg.CLAIM_TO_WITHDRAWAL else SHORT_SECONDS,
        registry=registry,
    )


def _blocks(leg: Leg, registry: CollectorRegistry) -> Histogram:
    what, advice = _TEXTS[leg]
    return Histogram(
        f"beamer_{leg.value}_blocks",
        f"Blocks {what}, of the chain that has the second. {advice}",
        ["direction"],
        buckets=LONG_BLOCKS if leg is Leg.CLAIM_TO_WITHDRAWAL else SHORT_BLOCKS,
        registry=registry,
    )
