"""What adversaries can do, by the numbers that hypothesis draws.

A number chooses among what there is at the moment; nothing happens where there is nothing.
"""

from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

from beamer_agent.types import ClaimId, FillId, RequestId
from tests.factories import make_fill_id
from tests.property.game.facts import ClaimFacts
from tests.property.game.terms import ADVERSARIES, LPS, STAKE
from tests.property.game.world import World

T = TypeVar("T")


class FillIdKind(Enum):
    """Where a claimed fill id comes from."""

    UNKNOWN = "of no fill at all"
    ANOTHERS = "of the request's fill by another"
    OTHER_REQUESTS = "of the fill of another request"
    FUTURE = "of fills in the open block: the hash of the newest one"


class BidKind(Enum):
    """How much is bid."""

    LEAST = "what the contract asks for"
    MORE = "somewhat more"
    HUGE = "more than any honest agent may answer"


class Moves:
    """The hands of all adversaries."""

    def __init__(self, world: World) -> None:
        self._world = world

    def claim_falsely(self, request: int, who: int, kind: FillIdKind, times: int = 1) -> None:
        """A claim, or many, without a fill of the claimer; with a future id it may become true."""
        request_id = self._request(request)
        if request_id is None:
            return
        fill_id = self._fill_id(request_id, kind)
        for _ in range(times):
            self._world.on_source(
                _chosen(ADVERSARIES, who), "claimRequest", request_id, fill_id, value=STAKE
            )

    def claim_for_another(self, request: int, who: int, kind: FillIdKind) -> None:
        """Anybody may pay the stake of anybody's claim."""
        request_id = self._request(request)
        if request_id is not None:
            fill_id = self._fill_id(request_id, kind)
            claimer = _chosen(LPS, who)
            payer = ADVERSARIES[0]
            self._world.on_source(payer, "claimRequest", claimer, request_id, fill_id, value=STAKE)

    def claim_own_fill(self, request: int) -> None:
        """Adversaries do honest business too; claims of it may be repeated."""
        request_id = self._request(request)
        fill = None if request_id is None else self._world.fills.get(request_id)
        if fill is not None and fill.filler in ADVERSARIES:
            self._world.on_source(
                fill.filler, "claimRequest", request_id, fill.fill_id, value=STAKE
            )

    def fill(self, request: int, who: int) -> None:
        """In the same block as a claim with a future id, this makes it true."""
        request_id = self._request(request)
        if request_id is not None:
            self._world.fill(_chosen(ADVERSARIES, who), request_id)

    def bid(self, claim: int, who: int, kind: BidKind) -> None:
        """In any game: for a false claim, against an honest one, or against a friend's."""
        facts = self.claim(claim)
        if facts is not None:
            self._bid(facts, who, kind)

    def bid_for(self, claim_id: ClaimId, who: int, kind: BidKind) -> None:
        """In the game of a known claim."""
        self._bid(self._world.claim(claim_id), who, kind)

    def withdraw(self, claim: int, who: int) -> None:
        """Whatever can be withdrawn, for oneself or for others."""
        facts = self.claim(claim)
        if facts is not None:
            self._world.on_source(ADVERSARIES[0], "withdraw", _chosen(LPS, who), facts.id)

    def withdraw_expired(self, request: int) -> None:
        """The user's deposit goes back, when it can."""
        request_id = self._request(request)
        if request_id is not None:
            self._world.on_source(ADVERSARIES[0], "withdrawExpiredRequest", request_id)

    def invalidate(self, claim: int, request: int, kind: FillIdKind) -> None:
        """A non-fill proof for a claimed fill id, or for any other."""
        facts, request_id = self.claim(claim), self._request(request)
        if facts is not None and request % 2:
            self.invalidate_for(facts.id)
        elif request_id is not None:
            fill_id = self._fill_id(request_id, kind)
            self._world.invalidate(ADVERSARIES[0], request_id, fill_id)

    def invalidate_for(self, claim_id: ClaimId) -> None:
        """A non-fill proof for a known claim's fill id, perhaps once more."""
        facts = self._world.claim(claim_id)
        self._world.invalidate(ADVERSARIES[0], facts.request_id, facts.fill_id)

    def deliver(self, message: int) -> None:
        """Anybody may carry a message over L1, once it is mature."""
        waiting = [m for m in self._world.messages if not m.is_delivered]
        if waiting:
            self._world.deliver(_chosen(waiting, message))

    def claim(self, number: int) -> ClaimFacts | None:
        """A claim from which something is still to be had, newest first."""
        open_ids = [
            claim_id
            for claim_id in reversed(self._world.claim_ids)
            if self._world.books.claims[claim_id].unpaid
        ]
        return self._world.claim(_chosen(open_ids, number)) if open_ids else None

    def _bid(self, facts: ClaimFacts, who: int, kind: BidKind) -> None:
        bidder = _chosen(ADVERSARIES, who) if facts.is_claimer_ahead else facts.claimer
        if bidder in ADVERSARIES:
            more = {BidKind.LEAST: 0, BidKind.MORE: STAKE // 3, BidKind.HUGE: 60 * STAKE}[kind]
            self._world.on_source(bidder, "challengeClaim", facts.id, value=facts.least_bid + more)

    def _request(self, number: int) -> RequestId | None:
        return _chosen([*reversed(self._world.requests)], number) if self._world.requests else None

    def _fill_id(self, request_id: RequestId, kind: FillIdKind) -> FillId:
        fills = self._world.fills
        if kind is FillIdKind.ANOTHERS and request_id in fills:
            return fills[request_id].fill_id
        if kind is FillIdKind.OTHER_REQUESTS and fills:
            return next(iter(fills.values())).fill_id
        if kind is FillIdKind.FUTURE:
            return FillId(self._world.target.head.hash)
        return make_fill_id(len(self._world.claim_ids))


def _chosen(choices: Sequence[T], number: int) -> T:
    return choices[number % len(choices)]
