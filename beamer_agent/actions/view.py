"""Everything a rule may look at besides the request or claim itself: one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.config import Tier
from beamer_agent.events.model import RequestCreated
from beamer_agent.events.view import ChainView
from beamer_agent.switches import Halt
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import (
    Address,
    BlockNumber,
    FillId,
    RequestId,
    Seconds,
    Timestamp,
    TokenAmount,
    Wei,
)

NOTHING: Final = Wei(0)
LONGEST_ANSWER_MARGIN: Final = 300
"""Seconds: a few blocks of a congested chain."""
CLOCK_DIFFERENCE: Final = 3_600
"""Seconds that the clocks of two chains are apart at most."""


@dataclass(frozen=True, slots=True)
class Funds:
    """What the account owns on one chain at a block, and how much of it is still free."""

    block_number: BlockNumber
    native_balance: Wei
    native_free: Wei
    """The balance less the stakes that open obligations will need; may be negative."""
    tokens_free: Mapping[Address, TokenAmount]
    """Balances less the fills on their way, by token; may be negative."""


@dataclass(frozen=True, slots=True)
class EarningsPolicy:
    """What the operator wants a fill to earn."""

    min_profit: Wei | None = None
    """In the source chain's native currency; None: whatever it earns, or costs."""
    min_fee_ppm: int = 0
    """Of the amount."""
    risk_ppm: int = 0
    """Of the amount: what the risk of a request costs, unless a tier says otherwise."""

    @property
    def is_any(self) -> bool:
        """Whether every fee will do."""
        return self.min_profit is None and self.min_fee_ppm == 0


ANY_EARNINGS: Final = EarningsPolicy()
"""The protocol's fee is enough."""


@dataclass(frozen=True, slots=True)
class FillPolicy:
    """What the operator said about filling."""

    pairs: TokenPairs
    unsafe_fill_time: Seconds
    min_source_balance: Wei
    """Native balance on the source chain below which nothing is filled."""
    is_filling: bool = True
    """False: the direction is only watched (`fill = false`)."""
    earnings: EarningsPolicy = ANY_EARNINGS
    denied_recipients: frozenset[Address] = frozenset()
    max_request: Mapping[str, TokenAmount] = field(default_factory=dict)
    """The largest request, by the operator's names of tokens."""


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """The source chain's RequestManager immutables that a claim depends on."""

    stake: Wei
    request_extension: Seconds
    """How long after `validUntil` a request may still be claimed."""
    claim_period: Seconds
    """How long a claim runs that nobody challenges."""
    challenge_extension: Seconds
    """How long every bid leaves to the other side, at least."""
    max_validity: Seconds
    """How long after its creation a request may be valid at most."""

    @property
    def answer_margin(self) -> Seconds:
        """How long before a claim ends its answer must be on its way, whatever is known."""
        return Seconds(min(LONGEST_ANSWER_MARGIN, self.claim_period // 4))


@dataclass(frozen=True, slots=True)
class GamePolicy:
    """What the operator said about claims of others and the stakes against them."""

    fill_wait_time: Seconds
    """How long after a claim its fill may remain unseen on a target chain that is behind."""
    max_claim_stake: Wei
    """The most of ours in the game of one claim."""
    max_total_stake: Wei
    """The most of ours in all open games of a source chain."""


@dataclass(frozen=True, slots=True)
class DepthPolicy:
    """What the operator said about how deep events have to be, in blocks on top of theirs."""

    request: int = 0
    """Of any request, on the source chain, before it is filled."""
    by_amount: Mapping[str, tuple[Tier, ...]] = field(default_factory=dict)
    """Of larger requests, by the name of their token."""
    claim: int = 0
    """Of our fill, on the target chain, before it is claimed."""


SHALLOW: Final = DepthPolicy()
"""Whatever is seen counts."""


@dataclass(frozen=True, slots=True)
class KnownFill:
    """A fill, wherever it is mined."""

    request_id: RequestId
    filler: Address
    fill_id: FillId


@dataclass(frozen=True, slots=True)
class DirectionView:
    """Both chains of a direction at the moment of deciding."""

    account: Address
    source: ChainView
    target: ChainView
    source_funds: Funds | None
    target_funds: Funds | None
    policy: FillPolicy
    game: GamePolicy
    terms: ClaimTerms
    now: Timestamp
    """Wall clock."""
    depths: DepthPolicy = SHALLOW
    base_funds: Funds | None = None
    """On L1; None: no L1, or not read yet."""
    staked_in_games: Wei = NOTHING
    """What is ours in all open games of the source chain."""
    eth_in_token: Mapping[Address, int] = field(default_factory=dict)
    """What one ether is worth, in base units of a source token (`protocol.md` section 6)."""
    source_prices: Mapping[Address, int] = field(default_factory=dict)
    """Base units of a token that one native coin of the source chain is worth now."""
    target_prices: Mapping[Address, int] = field(default_factory=dict)
    """The same of the target chain."""
    missed_fills: frozenset[KnownFill] = frozenset()
    """Those that a reorganisation has taken away just now, and may bring back."""
    source_costs: ActionCosts | None = None
    """What actions cost there; None: not known yet."""
    target_costs: ActionCosts | None = None
    halt: Halt | None = None
    """Why nothing new is to be begun; None: it may be."""

    @property
    def latest_time(self) -> Timestamp:
        """For "is there still time": the later of the source chain's clock and ours."""
        return max(self.source.head.timestamp, self.now)

    @property
    def is_live(self) -> bool:
        """Whether both chains answer and are read: nothing of it is known to be stale."""
        chains = (self.source, self.target)
        return all(chain.is_reachable and chain.is_synced for chain in chains)

    def target_covers(self, created: RequestCreated) -> bool:
        """Whether a fill of this request that was not seen is not there.

        The target chain's history may still be read backwards; a request cannot have been made
        earlier than its validity allows, nor filled before it was made.
        """
        earliest = created.valid_until - self.terms.max_validity - CLOCK_DIFFERENCE
        return self.target.is_whole or self.target.events_since <= earliest
