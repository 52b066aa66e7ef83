"""Books: what everybody must own by the rules of `protocol.md` section 3, to the wei.

Kept from the events and the stakes that were sent along, without a look at the balances.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from beamer_agent.events.model import (
    ClaimMade,
    ClaimStakeWithdrawn,
    DepositWithdrawn,
    Event,
    FillInvalidatedResolved,
    RequestResolved,
)
from beamer_agent.types import Address, ClaimId, FillId, RequestId, Timestamp, TransactionHash
from tests.property.game.terms import OWNER


@dataclass
class BookedClaim:
    """A claim's stakes, and what has been paid of them."""

    request_id: RequestId
    claimer: Address
    fill_id: FillId
    claimer_stake: int
    termination: int
    stakes: dict[Address, int] = field(default_factory=dict)
    """Of each challenger, paid out or not."""
    last_challenger: Address | None = None
    paid: dict[Address, int] = field(default_factory=dict)

    @property
    def challenger_total(self) -> int:
        """The contract's `challengerStakeTotal`."""
        return sum(self.stakes.values())

    @property
    def pot(self) -> int:
        """Everything that was put in."""
        return self.claimer_stake + self.challenger_total

    @property
    def unpaid(self) -> int:
        """What the contract still holds of it."""
        return self.pot - sum(self.paid.values())


@dataclass
class BookedRequest:
    """What decides about the claims on a request."""

    resolution: tuple[Address, FillId] | None = None
    invalidated: set[FillId] = field(default_factory=set)
    withdrawn_by: ClaimId | None = None
    is_withdrawn: bool = False


class Books:
    """The accounts on the source chain; `balances` is native currency, in wei."""

    def __init__(self, balances: Mapping[Address, int]) -> None:
        self.balances = dict(balances)
        self.claims: dict[ClaimId, BookedClaim] = {}
        self._requests: dict[RequestId, BookedRequest] = {}
        self._last_paid: tuple[TransactionHash, ClaimId] | None = None

    @property
    def held(self) -> int:
        """What the RequestManager must own."""
        return sum(claim.unpaid for claim in self.claims.values())

    def pay(self, account: Address, value: int) -> None:
        """A stake that somebody sent along with a call."""
        self.balances[account] -= value

    def note(self, event: Event, now: Timestamp) -> None:
        """An event of the source chain, in the block of this timestamp."""
        match event:
            case ClaimMade():
                self._bid(event)
            case ClaimStakeWithdrawn():
                self._pay_out(event, now)
            case DepositWithdrawn():
                self._move_deposit(event)
            case RequestResolved():
                request = self.request(event.request_id)
                request.resolution = (event.filler, event.fill_id)
                request.invalidated.discard(event.fill_id)
            case FillInvalidatedResolved():
                self.request(event.request_id).invalidated.add(event.fill_id)

    def request(self, request_id: RequestId) -> BookedRequest:
        """What is known of a request."""
        return self._requests.setdefault(request_id, BookedRequest())

    def is_valid(self, claim: BookedClaim, now: int) -> bool | None:
        """The first rule of `protocol.md`, withdraw, that applies; None when none does yet."""
        request = self.request(claim.request_id)
        if request.resolution is not None:
            return request.resolution == (claim.claimer, claim.fill_id)
        if claim.fill_id in request.invalidated:
            return False
        if request.is_withdrawn:
            paid = None if request.withdrawn_by is None else self.claims[request.withdrawn_by]
            same = (claim.claimer, claim.fill_id)
            return paid is not None and (paid.claimer, paid.fill_id) == same
        if now < claim.termination:
            return None
        return claim.claimer_stake > claim.challenger_total

    def _bid(self, event: ClaimMade) -> None:
        claim = self.claims.get(event.claim_id)
        if claim is None:
            claim = BookedClaim(event.request_id, event.claimer, event.fill_id, 0, 0)
            self.claims[event.claim_id] = claim
        bid = event.challenger_stake_total - claim.challenger_total
        if bid:
            challenger = event.last_challenger
            claim.stakes[challenger] = claim.stakes.get(challenger, 0) + bid
            claim.last_challenger = challenger
        claim.claimer_stake = event.claimer_stake
        claim.termination = event.termination

    def _pay_out(self, event: ClaimStakeWithdrawn, now: Timestamp) -> None:
        claim, recipient = self.claims[event.claim_id], event.stake_recipient
        is_valid = self.is_valid(claim, now)
        assert is_valid is not None, "a claim was paid before anything decided about it"
        assert recipient not in claim.paid, "a participant was paid twice"
        due = claim.claimer if is_valid else OWNER if not claim.stakes else None
        assert due is None or recipient == due, "a stake went to the wrong one"
        share = claim.pot if due is not None else self._challenger_share(claim, recipient)
        claim.paid[recipient] = share
        self.balances[recipient] += share
        self._last_paid = (event.transaction_hash, event.claim_id)

    @staticmethod
    def _challenger_share(claim: BookedClaim, challenger: Address) -> int:
        share = 2 * claim.stakes[challenger]
        if challenger == claim.last_challenger:
            share += claim.claimer_stake - claim.challenger_total
        return share

    def _move_deposit(self, event: DepositWithdrawn) -> None:
        request = self.request(event.request_id)
        request.is_withdrawn = True
        # The contract's deposits leave right after a stake, or else the request had expired.
        if self._last_paid is not None and self._last_paid[0] == event.transaction_hash:
            request.withdrawn_by = self._last_paid[1]
