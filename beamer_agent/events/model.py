"""A type for every event of `protocol.md`; in: decoded arguments, out: frozen values.

Field names are the contracts' parameter names in snake case; amounts are base units of the source
or target token, stakes are wei, times are seconds of the emitting chain.
"""

from dataclasses import dataclass

from beamer_agent.types import (
    Address,
    BlockHash,
    BlockNumber,
    ChainId,
    ClaimId,
    FillId,
    RequestId,
    Timestamp,
    TokenAmount,
    TransactionHash,
    Wei,
)


@dataclass(frozen=True, slots=True)
class Event:
    """Where a log stands: what every event has."""

    chain_id: ChainId
    """The chain that emitted it."""
    emitter: Address
    """The contract that emitted it."""
    block_number: BlockNumber
    block_hash: BlockHash
    log_index: int
    transaction_hash: TransactionHash


@dataclass(frozen=True, slots=True)
class RequestEvent(Event):
    """An event about one request."""

    request_id: RequestId


@dataclass(frozen=True, slots=True)
class RequestCreated(RequestEvent):
    """RequestManager: a user locked a deposit (`protocol.md` section 3)."""

    target_chain_id: ChainId
    source_token_address: Address
    target_token_address: Address
    source_address: Address
    target_address: Address
    amount: TokenAmount
    nonce: int
    valid_until: Timestamp
    lp_fee: TokenAmount
    protocol_fee: TokenAmount


@dataclass(frozen=True, slots=True)
class DepositWithdrawn(RequestEvent):
    """RequestManager: the deposit went to a claimer, or back to its sender."""

    receiver: Address


@dataclass(frozen=True, slots=True)
class ClaimMade(RequestEvent):
    """RequestManager: a claim was made or out-bid; the totals after it."""

    claim_id: ClaimId
    claimer: Address
    claimer_stake: Wei
    last_challenger: Address
    challenger_stake_total: Wei
    termination: Timestamp
    fill_id: FillId


@dataclass(frozen=True, slots=True)
class ClaimStakeWithdrawn(RequestEvent):
    """RequestManager: a participant took its part of a claim's stakes."""

    claim_id: ClaimId
    stake_recipient: Address


@dataclass(frozen=True, slots=True)
class RequestResolved(RequestEvent):
    """RequestManager: L1 proved who filled the request."""

    filler: Address
    fill_id: FillId


@dataclass(frozen=True, slots=True)
class FillInvalidatedResolved(RequestEvent):
    """RequestManager: L1 proved that this fill never happened."""

    fill_id: FillId


@dataclass(frozen=True, slots=True)
class RequestFilled(RequestEvent):
    """FillManager: an LP paid the request out."""

    fill_id: FillId
    source_chain_id: ChainId
    target_token_address: Address
    filler: Address
    amount: TokenAmount


@dataclass(frozen=True, slots=True)
class FillInvalidated(RequestEvent):
    """FillManager: a non-fill proof was sent on its way."""

    fill_id: FillId


@dataclass(frozen=True, slots=True)
class FeesUpdated(Event):
    """RequestManager: new fee rates, in parts per million."""

    min_fee_ppm: int
    lp_fee_ppm: int
    protocol_fee_ppm: int


@dataclass(frozen=True, slots=True)
class TokenUpdated(Event):
    """RequestManager: new limit and price of a token (`protocol.md` section 6)."""

    token_address: Address
    transfer_limit: TokenAmount
    eth_in_token: int


@dataclass(frozen=True, slots=True)
class ChainUpdated(Event):
    """RequestManager: new settings of a target chain; the finality period is in seconds."""

    target_chain_id: ChainId
    finality_period: int
    transfer_cost: Wei
    target_weight_ppm: int


@dataclass(frozen=True, slots=True)
class LpAdded(Event):
    """RequestManager or FillManager: an account may claim or fill from now on."""

    lp: Address


@dataclass(frozen=True, slots=True)
class LpRemoved(Event):
    """RequestManager or FillManager: an account may no longer claim or fill."""

    lp: Address


@dataclass(frozen=True, slots=True)
class Resolution(RequestEvent):
    """Resolver: a proof passed L1 on its way to the source chain; filler zero means no fill."""

    source_chain_id: ChainId
    fill_chain_id: ChainId
    filler: Address
    fill_id: FillId


EVENT_TYPES: tuple[type[Event], ...] = (
    RequestCreated,
    DepositWithdrawn,
    ClaimMade,
    ClaimStakeWithdrawn,
    RequestResolved,
    FillInvalidatedResolved,
    RequestFilled,
    FillInvalidated,
    FeesUpdated,
    TokenUpdated,
    ChainUpdated,
    LpAdded,
    LpRemoved,
    Resolution,
)
"""Every event that the contracts of `protocol.md` emit for agents."""
