"""Chains: `[chains.NAME]` and `[base-chain]`, and the endpoints that serve them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from beamer_agent.config.fields import (
    Amount,
    Count,
    Ether,
    Flag,
    Period,
    Positive,
    PositiveSpan,
    Ppm,
)
from beamer_agent.config.gas import GasTable
from beamer_agent.config.prices import PriceConfig
from beamer_agent.config.table import Table
from beamer_agent.config.urls import PushUrls, Urls, is_push
from beamer_agent.faults import Location, SeveralFaultsError
from beamer_agent.types import Wei

DEFAULT_MIN_SOURCE_BALANCE: Final = Wei(10**17)
DEFAULT_MAX_CLAIM_STAKE: Final = Wei(10**18)
DEFAULT_MAX_TOTAL_STAKE: Final = Wei(5 * 10**18)
DEFAULT_POLL_PERIOD: Final = 1.0
DEFAULT_FINALITY_BLOCKS: Final = 256

_TIER_KEYS: Final = ("amount", "blocks", "risk-ppm")
_LEAST_TIER_KEYS: Final = 2


class _Served(Table):
    """A chain that is asked through endpoints, the one named first being the operator's choice."""

    rpc_url: Urls
    """Where questions and transactions go: http:// and https:// only."""
    ws_url: PushUrls = ()
    """Who tells of new heads: those given here, then those among `rpc-url`."""

    def model_post_init(self, _context: object, /) -> None:
        """Part the URLs by what they serve; the file may have them in one list."""
        answering = tuple(url for url in self.rpc_url if not is_push(url))
        telling = [*self.ws_url, *(url for url in self.rpc_url if is_push(url))]
        # The table is not frozen before it is made.
        self.__dict__.update(rpc_url=answering, ws_url=tuple(dict.fromkeys(telling)))

    @property
    def ws_urls(self) -> tuple[SecretStr, ...]:
        """All endpoints that tell of new heads."""
        return self.ws_url


class BaseChainConfig(_Served):
    """`[base-chain]`: the L1, for resolution."""


class Tier(Table):
    """An entry of `confirmations`: `[amount, blocks]` or `[amount, blocks, risk-ppm]`."""

    amount: Amount
    """Base units; the entry is about this much and more."""
    blocks: Count
    """How many have to stand on top of a request's block."""
    risk_ppm: Ppm | None = None
    """What the risk of such a request costs; None: as much as that of any other."""

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: object) -> object:
        if isinstance(value, Mapping | Tier):
            return value
        lengths = range(_LEAST_TIER_KEYS, len(_TIER_KEYS) + 1)
        if not isinstance(value, list | tuple) or len(value) not in lengths:
            raise ValueError("must be [amount, blocks] or [amount, blocks, risk-ppm]")
        return dict(zip(_TIER_KEYS, value, strict=False))


class ChainConfig(_Served, GasTable):
    """`[chains.NAME]`: one L2. What is not given comes from the top of the file."""

    quorum: Positive = 0
    """How many endpoints have to vouch for a request or a fill; never 0 once it is read."""
    confirmation_blocks: Count = 0
    claim_confirmations: Count = 0
    """Blocks on top of a fill's block here before it is claimed; by default as many as above."""
    finality_blocks: Positive = DEFAULT_FINALITY_BLOCKS
    """A reorganisation within this many blocks is followed."""
    stale_after: PositiveSpan | None = None
    """How old the head may be for acting on it; None: of any age."""
    poll_period: Period = DEFAULT_POLL_PERIOD
    fill: Flag = True
    """Whether fills are paid out on this chain."""
    batch: Flag = False
    """Whether transactions of a kind go together, once the account delegates to the executor."""
    min_source_balance: Ether = DEFAULT_MIN_SOURCE_BALANCE
    max_claim_stake: Ether = DEFAULT_MAX_CLAIM_STAKE
    """The most of the agent's own money in the game of one claim."""
    max_total_stake: Ether = DEFAULT_MAX_TOTAL_STAKE
    """The most of the agent's own money in all open games of this chain."""
    confirmations: Mapping[str, tuple[Tier, ...]] = Field(default_factory=dict)
    """By token of a request from this chain: how deep its block must be, from an amount on."""
    max_unfinal: Mapping[str, Amount] = Field(default_factory=dict)
    """By token: the most that is paid out for requests from this chain that may yet vanish."""
    risk_ppm: Ppm = 0
    """Of the amount of a request from this chain: what its risk costs."""
    prices: Mapping[str, PriceConfig] = Field(default_factory=dict)
    """By token: what the native coin is worth; without one, the RequestManager's word counts."""

    @field_validator("quorum", mode="after")
    @classmethod
    def _can_be_reached(cls, quorum: int, info: ValidationInfo) -> int:
        endpoints = [url for url in info.data.get("rpc_url", ()) if not is_push(url)]
        if endpoints and quorum > len(endpoints):
            raise ValueError(f"must be at most {len(endpoints)}, the number of URLs in rpc-url")
        return quorum

    @field_validator("confirmations", mode="after")
    @classmethod
    def _rise(
        cls, confirmations: Mapping[str, tuple[Tier, ...]]
    ) -> Mapping[str, tuple[Tier, ...]]:
        faults: list[tuple[Location, str]] = [
            ((symbol, position), "must have more of both than the entry before it")
            for symbol, tiers in confirmations.items()
            for position, (lower, tier) in enumerate(pairwise(tiers), start=1)
            if not (tier.amount > lower.amount and tier.blocks > lower.blocks)
        ]
        if faults:
            raise SeveralFaultsError(faults)
        return confirmations

    def model_post_init(self, context: object, /) -> None:
        """Fill in the quorum: two that agree, where there are two."""
        super().model_post_init(context)
        self.__dict__["quorum"] = self.quorum or min(2, len(self.rpc_url))
