"""Everything a rule may look at besides the request or claim itself: one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass

from beamer_agent.events.view import ChainView
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address, BlockNumber, Seconds, Timestamp, TokenAmount, Wei


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
class FillPolicy:
    """What the operator said about filling."""

    pairs: TokenPairs
    unsafe_fill_time: Seconds
    min_source_balance: Wei
    """Native balance on the source chain below which nothing is filled."""


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """The source chain's RequestManager immutables that a claim depends on."""

    stake: Wei
    request_extension: Seconds
    """How long after `validUntil` a request may still be claimed."""


@dataclass(frozen=True, slots=True)
class DirectionView:
    """Both chains of a direction at the moment of deciding."""

    account: Address
    source: ChainView
    target: ChainView
    source_funds: Funds | None
    target_funds: Funds | None
    policy: FillPolicy
    terms: ClaimTerms
    now: Timestamp
    """Wall clock."""

    @property
    def latest_time(self) -> Timestamp:
        """For "is there still time": the later of the source chain's clock and ours."""
        return max(self.source.head.timestamp, self.now)
