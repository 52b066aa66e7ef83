"""What a demo came to, in numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from beamer_agent.devnet.transfers import Transfer
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Wei


@dataclass(frozen=True, slots=True)
class Holdings:
    """What somebody owns on all chains together."""

    tokens: dict[str, int]
    """Base units by symbol."""
    native: Wei

    @classmethod
    def of(cls, world: LocalWorld, role: str) -> "Holdings":
        """The balances of a role (see `account_of`) now."""
        owner = world.participant(role)
        tokens = Counter({token.symbol: 0 for token in world.settings.tokens})
        for l2 in world.contracts.l2s:
            for symbol in l2.tokens:
                tokens[symbol] += owner.balance(l2, symbol)
        native = sum(chain.client.balance(owner.address) for chain in world.chains)
        return cls(dict(tokens), Wei(native))

    def __sub__(self, earlier: "Holdings") -> "Holdings":
        return Holdings(
            {symbol: self.tokens[symbol] - earlier.tokens[symbol] for symbol in self.tokens},
            Wei(self.native - earlier.native),
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of stages, and the median of blocks from request to fill (None: nothing filled)."""

    transfers: int
    fills: int
    claims: int
    withdrawals: int
    median_blocks_to_fill: float | None
    gained: Holdings
    """What the agent has more (or, negative, less) than before."""


def summarise(transfers: Sequence[Transfer], gained: Holdings) -> Summary:
    """The summary of transfers that were followed."""
    reached = Counter(stage for transfer in transfers for stage in transfer.stages)
    blocks = [t.blocks_to_fill for t in transfers if t.blocks_to_fill is not None]
    return Summary(
        transfers=len(transfers),
        fills=reached["filled"],
        claims=reached["claimed"],
        withdrawals=reached["withdrawn"],
        median_blocks_to_fill=median(blocks) if blocks else None,
        gained=gained,
    )
