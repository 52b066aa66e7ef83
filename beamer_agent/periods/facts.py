"""Facts: what is known, and what the contracts say, brought into one form and compared.

    Remainder --known_facts--> Facts -----\
                                           compare --> Differences
    contracts' answers --reader--> Facts -/

Pure: nobody is asked anything here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from beamer_agent.periods.remainder import KnownClaim, KnownRequest, Remainder
from beamer_agent.types import ClaimId, RequestId

WITHDRAWN_EXPIRED: Final = 2**96 - 1
"""In place of the claim through which a deposit went: it went back to its sender."""
NO_ADDRESS: Final = "0x" + 40 * "0"
NO_ID: Final = bytes(32)
NOTHING, PART, ALL = "nothing", "part", "all"
"""How much of a claim's stakes is paid out."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fact is about: a field of a request, or of one of the claims on it."""

    request_id: RequestId
    claim_id: ClaimId | None
    field: str


Fact: TypeAlias = int | str | bytes
"""Amounts and times, addresses, ids."""
Facts: TypeAlias = Mapping[Subject, Fact]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is known, and what a contract says instead."""

    subject: Subject
    known: Fact
    told: Fact


def compare(known: Facts, told: Facts) -> frozenset[Difference]:
    """Where the contracts say something else. Both must be about the same subjects."""
    return frozenset(
        Difference(subject, fact, told[subject])
        for subject, fact in known.items()
        if fact != told[subject]
    )


def known_facts(remainder: Remainder) -> Facts:
    """What is known of everything that is kept."""
    facts: dict[Subject, Fact] = {}
    for request in remainder.requests:
        request_id = request.created.request_id
        for field, fact in _of_request(request):
            facts[Subject(request_id, None, field)] = fact
        for claim in request.claims:
            for field, fact in _of_claim(claim, request):
                facts[Subject(request_id, claim.id, field)] = fact
    for request_id in remainder.awaited:
        facts[Subject(request_id, None, "is_open")] = False
    return facts


def _of_request(request: KnownRequest) -> Iterator[tuple[str, Fact]]:
    created, resolution = request.created, request.resolution
    yield "sender", created.source_address
    yield "source_token", created.source_token_address
    yield "target_chain_id", created.target_chain_id
    yield "amount", created.amount
    yield "valid_until", created.valid_until
    yield "lp_fee", created.lp_fee
    yield "protocol_fee", created.protocol_fee
    yield "active_claims", sum(not claim.is_payout_begun for claim in request.claims)
    yield "withdraw_claim_id", _withdraw_claim_id(request)
    yield "proven_filler", NO_ADDRESS if resolution is None else resolution.filler
    yield "proven_fill_id", NO_ID if resolution is None else resolution.fill_id
    yield "fill_id", NO_ID if request.fill is None else request.fill.fill_id


def _withdraw_claim_id(request: KnownRequest) -> int:
    if request.withdrawal is None:
        return 0
    claim_id = request.withdrawal.claim_id
    return WITHDRAWN_EXPIRED if claim_id is None else claim_id


def _of_claim(claim: KnownClaim, request: KnownRequest) -> Iterator[tuple[str, Fact]]:
    yield "request_id", request.created.request_id
    yield "claimer", claim.claimer
    yield "claimer_stake", claim.claimer_stake
    yield "last_challenger", claim.last_challenger
    yield "challenger_stake_total", claim.challenger_stake_total
    yield "termination", claim.termination
    yield "fill_id", claim.fill_id
    yield "paid_out", ALL if claim.is_paid_out else PART if claim.is_payout_begun else NOTHING
    yield "is_invalidated", claim.fill_id in request.invalidated_fill_ids
