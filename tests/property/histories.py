"""Legal histories of several requests: the contracts of `protocol.md`, played in memory.

`Ledger` is the contracts' own state, written from section 3 of `protocol.md` without a look at
`beamer_agent.state`: what the fold makes of the events must agree with it.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

from beamer_agent.events.model import RequestCreated, RequestEvent
from beamer_agent.types import Address, ClaimId, FillId
from tests.factories import (
    ALICE,
    BOB,
    SOURCE,
    TARGET,
    US,
    USER,
    make_address,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_id,
    make_fill_invalidated_resolved,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)

OWNER = make_address(99)
AGENTS = (US, ALICE, BOB)
CLAIM_STAKE = 10
REQUESTS = 2
_NEEDS_NO_REQUEST = ("create", "fill", "resolve", "invalidate")


@dataclass
class LedgerClaim:
    """A claim as the RequestManager stores it."""

    claimer: Address
    fill_id: FillId
    claimer_stake: int = CLAIM_STAKE
    stakes: dict[Address, int] = field(default_factory=dict)
    """Of every challenger, withdrawn or not."""
    last_challenger: Address | None = None
    has_terminated: bool = False
    is_paid_out: bool = False
    gone: set[Address] = field(default_factory=set)
    """Challengers that have withdrawn."""

    @property
    def challenger_total(self) -> int:
        """The contract's `challengerStakeTotal`."""
        return sum(self.stakes.values())

    @property
    def is_active(self) -> bool:
        """Whether nothing of it has been withdrawn."""
        return not self.is_paid_out and not self.gone


@dataclass
class LedgerRequest:
    """A request as the contracts of both chains store it."""

    created: RequestCreated
    is_created: bool = False
    fill: tuple[Address, FillId] | None = None
    resolution: tuple[Address, FillId] | None = None
    invalidated: set[FillId] = field(default_factory=set)
    claims: dict[ClaimId, LedgerClaim] = field(default_factory=dict)
    withdrawn_by: ClaimId | str | None = None
    """The claim that took the deposit, or "expiry"."""


class Ledger:
    """Both chains. Every operation is refused silently where the contracts would revert."""

    def __init__(self) -> None:
        self.requests = [LedgerRequest(make_request_created(nonce=n + 1)) for n in range(REQUESTS)]
        self.events: list[RequestEvent] = []
        """In the order of each chain."""
        self._blocks = {SOURCE: 1, TARGET: 1}
        self._logs = {SOURCE: 0, TARGET: 0}
        self._claims = 1_000

    def play(self, step: "Step") -> None:
        """One operation."""
        request = self.requests[step.request]
        for chain_id in (SOURCE, TARGET) if step.is_new_block else ():
            self._blocks[chain_id] += 1
            self._logs[chain_id] = 0
        if request.is_created or step.operation in _NEEDS_NO_REQUEST:
            getattr(self, "_" + step.operation)(request, step)

    def _emit(self, make: Any, request: LedgerRequest, chain_id: int, **changes: Any) -> None:
        position = {
            "block_number": self._blocks[chain_id],  # type: ignore[index]  # a chain id
            "log_index": self._logs[chain_id],  # type: ignore[index]  # a chain id
        }
        self._logs[chain_id] += 1  # type: ignore[index]  # a chain id
        self.events.append(make(request_id=request.created.request_id, **position, **changes))

    def _create(self, request: LedgerRequest, _step: "Step") -> None:
        if not request.is_created:
            request.is_created = True
            nonce = request.created.nonce
            self._emit(make_request_created, request, SOURCE, nonce=nonce)

    def _fill(self, request: LedgerRequest, step: "Step") -> None:
        if request.fill is None:
            request.fill = (step.actor, step.fill_id)
            self._emit(
                make_request_filled, request, TARGET, filler=step.actor, fill_id=step.fill_id
            )

    def _resolve(self, request: LedgerRequest, step: "Step") -> None:
        filler, fill_id = request.fill or (step.actor, step.fill_id)
        request.resolution = (filler, fill_id)
        request.invalidated.discard(fill_id)
        self._emit(make_request_resolved, request, SOURCE, filler=filler, fill_id=fill_id)

    def _invalidate(self, request: LedgerRequest, step: "Step") -> None:
        if request.resolution is None and step.fill_id not in request.invalidated:
            request.invalidated.add(step.fill_id)
            self._emit(make_fill_invalidated_resolved, request, SOURCE, fill_id=step.fill_id)

    def _claim(self, request: LedgerRequest, step: "Step") -> None:
        if request.withdrawn_by is None:
            self._claims += 1
            claim_id = ClaimId(self._claims)
            request.claims[claim_id] = LedgerClaim(step.actor, step.fill_id)
            self._emit_claim(request, claim_id)

    def _bid(self, request: LedgerRequest, step: "Step") -> None:
        claim_id, claim = _chosen(request, step)
        if claim is None or not self._may_be_challenged(request, claim):
            return
        claimer_stake, total = claim.claimer_stake, claim.challenger_total
        if claimer_stake > total and step.actor != claim.claimer:
            bid = claimer_stake - total + 1 + step.extra
            claim.stakes[step.actor] = claim.stakes.get(step.actor, 0) + bid
            claim.last_challenger = step.actor
        elif claimer_stake <= total and step.actor == claim.claimer:
            claim.claimer_stake += total - claimer_stake + CLAIM_STAKE + step.extra
        else:
            return
        self._emit_claim(request, claim_id)

    @staticmethod
    def _may_be_challenged(request: LedgerRequest, claim: LedgerClaim) -> bool:
        is_proven = request.resolution is not None or claim.fill_id in request.invalidated
        return claim.is_active and not claim.has_terminated and not is_proven

    def _terminate(self, request: LedgerRequest, step: "Step") -> None:
        _, claim = _chosen(request, step)
        if claim is not None:
            claim.has_terminated = True

    def _withdraw(self, request: LedgerRequest, step: "Step") -> None:
        claim_id, claim = _chosen(request, step)
        validity = None if claim is None else validity_of(request, claim)
        if claim is None or claim.is_paid_out or validity is None:
            return
        if validity:
            claim.is_paid_out = True
            self._emit_stake(request, claim_id, claim.claimer)
            if request.withdrawn_by is None:
                request.withdrawn_by = claim_id
                self._emit(make_deposit_withdrawn, request, SOURCE, receiver=claim.claimer)
        elif not claim.stakes:
            claim.is_paid_out = True
            self._emit_stake(request, claim_id, OWNER)
        elif step.actor in claim.stakes.keys() - claim.gone:
            claim.gone.add(step.actor)
            claim.is_paid_out = claim.gone == claim.stakes.keys()
            self._emit_stake(request, claim_id, step.actor)

    def _expire(self, request: LedgerRequest, _step: "Step") -> None:
        has_active = any(claim.is_active for claim in request.claims.values())
        if request.withdrawn_by is None and not has_active:
            request.withdrawn_by = "expiry"
            self._emit(make_deposit_withdrawn, request, SOURCE, receiver=USER)

    def _emit_claim(self, request: LedgerRequest, claim_id: ClaimId) -> None:
        claim = request.claims[claim_id]
        challenger = {"last_challenger": claim.last_challenger} if claim.last_challenger else {}
        self._emit(
            make_claim_made,
            request,
            SOURCE,
            claim_id=claim_id,
            claimer=claim.claimer,
            claimer_stake=claim.claimer_stake,
            challenger_stake_total=claim.challenger_total,
            fill_id=claim.fill_id,
            **challenger,
        )

    def _emit_stake(self, request: LedgerRequest, claim_id: ClaimId, recipient: Address) -> None:
        self._emit(
            make_claim_stake_withdrawn,
            request,
            SOURCE,
            claim_id=claim_id,
            stake_recipient=recipient,
        )


@dataclass(frozen=True)
class Step:
    """One attempt of somebody to do something."""

    operation: str
    request: int
    actor: Address
    fill_id: FillId
    claim: int
    extra: int
    is_new_block: bool


def validity_of(request: LedgerRequest, claim: LedgerClaim) -> bool | None:
    """The first rule of `protocol.md`, withdraw, that applies; None when none does yet."""
    if request.resolution is not None:
        return request.resolution == (claim.claimer, claim.fill_id)
    if claim.fill_id in request.invalidated:
        return False
    if request.withdrawn_by is not None:
        if request.withdrawn_by == "expiry":
            return False
        paid = request.claims[request.withdrawn_by]  # type: ignore[index]  # no expiry here
        return (paid.claimer, paid.fill_id) == (claim.claimer, claim.fill_id)
    return claim.claimer_stake > claim.challenger_total if claim.has_terminated else None


def _chosen(request: LedgerRequest, step: Step) -> tuple[ClaimId, LedgerClaim | None]:
    if not request.claims:
        return ClaimId(0), None
    claim_id = list(request.claims)[step.claim % len(request.claims)]
    return claim_id, request.claims[claim_id]


_WEIGHTS = {
    "create": 4,
    "fill": 2,
    "claim": 2,
    "bid": 30,
    "terminate": 1,
    "withdraw": 6,
    "expire": 1,
    "resolve": 0.4,
    "invalidate": 0.8,
}
"""So that challenge games get long, and every end of a claim is reached now and then."""
_ALL_OPERATIONS = tuple(_WEIGHTS)
_FILL_IDS = (make_fill_id(1), make_fill_id(2))


def played(seed: int, attempts: int) -> Ledger:
    """The ledger after so many attempts, many of which the contracts refused.

    With fewer attempts a seed plays the beginning of the same history.
    """
    chance = Random(seed)  # noqa: S311  # to be repeated, not to be unguessable
    ledger = Ledger()
    for _ in range(attempts):
        ledger.play(
            Step(
                operation=chance.choices(_ALL_OPERATIONS, [*_WEIGHTS.values()])[0],
                request=chance.randrange(REQUESTS),
                actor=chance.choice(AGENTS),
                fill_id=chance.choice(_FILL_IDS),
                claim=chance.randrange(4),
                extra=chance.randrange(4),
                is_new_block=chance.random() < 0.5,
            )
        )
    return ledger


# Drawing every step by itself finds short histories only, without a single challenge.
ledgers = st.builds(played, st.integers(0, 2**32), st.integers(1, 300)).filter(
    lambda led: led.events
)
"""Chains with a history."""
