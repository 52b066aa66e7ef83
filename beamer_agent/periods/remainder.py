"""Remainder: what crosses the end of a period, as a frozen copy for the auditor.

    fold --take_remainder, in the processor's thread--> Remainder --> PeriodAuditor

It is all that a direction knows of the chains: requests that are not settled for good, with their
claims, and requests of which only events are known. Everything else is forgotten by then.
"""

from dataclasses import dataclass

from beamer_agent.events.model import RequestCreated, RequestFilled, RequestResolved
from beamer_agent.events.view import ChainView
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.fold import Fold
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.types import Address, ClaimId, FillId, RequestId, Timestamp, Wei


@dataclass(frozen=True, slots=True)
class KnownClaim:
    """A claim as events tell of it. Stakes are wei."""

    id: ClaimId
    claimer: Address
    claimer_stake: Wei
    last_challenger: Address
    challenger_stake_total: Wei
    termination: Timestamp
    fill_id: FillId
    is_paid_out: bool
    """Whether nothing is left of its stakes."""
    is_payout_begun: bool
    """Whether somebody has taken a part of its stakes, or all."""


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request as events tell of it."""

    created: RequestCreated
    fill: RequestFilled | None
    resolution: RequestResolved | None
    withdrawal: DepositWithdrawal | None
    invalidated_fill_ids: frozenset[FillId]
    claims: tuple[KnownClaim, ...]


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is known at a moment: all events up to the `events_until` of both views."""

    source: ChainView
    target: ChainView
    requests: tuple[KnownRequest, ...]
    awaited: tuple[RequestId, ...]
    """Requests that events speak of, though their `RequestCreated` was not seen."""

    @property
    def is_comparable(self) -> bool:
        """Whether both chains answer and are read completely, the past and the present."""
        views = (self.source, self.target)
        return all(view.is_whole and view.is_synced and view.is_reachable for view in views)


def take_remainder(fold: Fold, source: ChainView, target: ChainView) -> Remainder:
    """Copy what a fold knows. All events up to the views must have been applied."""
    return Remainder(
        source,
        target,
        tuple(_known_request(request, fold) for request in fold.requests),
        fold.awaited,
    )


def _known_request(request: Request, fold: Fold) -> KnownRequest:
    return KnownRequest(
        request.created,
        request.fill,
        request.resolution,
        request.withdrawal,
        frozenset(request.invalidated_fill_ids),
        tuple(_known_claim(claim) for claim in fold.claims.of_request(request.id)),
    )


def _known_claim(claim: Claim) -> KnownClaim:
    is_paid_out = claim.state == ClaimMachine.withdrawn.value
    left = sum(claim.challenger_stakes.values())
    return KnownClaim(
        claim.id,
        claim.claimer,
        claim.claimer_stake,
        claim.last_challenger,
        claim.challenger_stake_total,
        claim.termination,
        claim.fill_id,
        is_paid_out=is_paid_out,
        # Of several challengers each takes its own part.
        is_payout_begun=is_paid_out or left < claim.challenger_stake_total,
    )
