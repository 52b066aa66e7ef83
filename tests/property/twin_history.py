"""A history that two planners live: what happens on both chains, by chance."""

from collections import Counter
from random import Random
from typing import Any

from beamer_agent.actions.model import Action
from beamer_agent.events.model import RequestEvent
from beamer_agent.events.view import ChainView
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.transactions.payout_book import PayoutBook, PayoutLimits
from beamer_agent.types import BlockNumber, ClaimId, Timestamp, TokenAmount
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
    NOW,
    SOURCE,
    TARGET,
    US,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_id,
    make_fill_invalidated,
    make_fill_invalidated_resolved,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_views import TERMS, make_chain_view
from tests.planner_desk import Desk, QueueSender

FINALITY = 6
REQUESTS = 4


class TwinHistory:
    """A planner that sleeps, a restless one, and what happens to both."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - to be repeated, not to be unguessable
        is_limited = self.chance.random() < 0.5
        caps: dict[str, Any] = {
            "unfinal": {"TST": 2 * AMOUNT} if is_limited else {},
            "tokens": self.chance.choice([1, 3, 100]) * AMOUNT,
        }
        open_limit = {"TST": TokenAmount(5 * AMOUNT)} if is_limited else {}
        limits = PayoutLimits({"TST": TokenAmount(3 * AMOUNT)}, open_limit)
        self.sleeper, self.restless = self.desks = [
            Desk(**caps, payouts=PayoutBook(limits, ["a->b"])) for _ in range(2)
        ]
        self.heights = {SOURCE: 1, TARGET: 1}
        self.now = int(NOW)
        self.numbers = iter(range(1, 10_000))
        self.done: list[tuple[str, Action, int]] = []
        """Sender, action and block of what was carried out."""
        self.is_calm = {"is_synced": True, "is_reachable": True}
        self.slept: Counter[bool] = Counter()
        """How often requests that were ours slept, and others."""

    def create(self) -> None:
        """A user asks; perhaps for the second time, after a reorganisation."""
        nonce = self.chance.randint(1, REQUESTS)
        created = make_request_created(
            nonce=nonce, block_number=self._next(SOURCE), valid_until=Timestamp(self.now + 3_600)
        )
        if self.sleeper.fold.requests.get(created.request_id) is None:
            self._tell(created)

    def fill(self) -> None:
        """Somebody pays a request out, perhaps us."""
        request = self._request()
        if request is not None and request.fill is None:
            filler = self.chance.choice([US, ALICE])
            self._tell(
                make_request_filled(
                    request_id=request.id,
                    filler=filler,
                    fill_id=make_fill_id(next(self.numbers)),
                    block_number=self._next(TARGET),
                )
            )

    def claim(self) -> None:
        """Mostly by the filler, sometimes in its name, for another fill, or by a thief."""
        request = self._request()
        if request is None:
            return
        fill = request.fill
        is_honest = fill is not None and self.chance.random() < 0.9
        claimer = fill.filler if fill and is_honest else self.chance.choice([US, ALICE, BOB])
        fill_id = fill.fill_id if fill and is_honest else make_fill_id(self.chance.randint(1, 9))
        self._tell(
            make_claim_made(
                claim_id=ClaimId(next(self.numbers)),
                request_id=request.id,
                claimer=claimer,
                fill_id=fill_id,
                termination=Timestamp(self.now + TERMS.claim_period),
                block_number=self._next(SOURCE),
            )
        )

    def bid(self) -> None:
        """The game of a claim turns."""
        claim = self._claim()
        if claim is None:
            return
        is_against = claim.is_claimer_ahead
        stakes = {
            "claimer_stake": claim.claimer_stake if is_against else 2 * claim.claimer_stake,
            "challenger_stake_total": claim.claimer_stake + 1,
            "last_challenger": self.chance.choice([US, BOB]),
        }
        self._tell(
            make_claim_made(
                claim_id=claim.id,
                request_id=claim.request_id,
                claimer=claim.claimer,
                fill_id=claim.fill_id,
                termination=Timestamp(self.now + TERMS.challenge_extension),
                block_number=self._next(SOURCE),
                **stakes,
            )
        )

    def withdraw(self) -> None:
        """A claim is paid, with the deposit or without."""
        claim = self._claim()
        if claim is None:
            return
        block = self._next(SOURCE)
        who = {"request_id": claim.request_id, "block_number": block}
        self._tell(
            make_claim_stake_withdrawn(claim_id=claim.id, stake_recipient=claim.claimer, **who)
        )
        if self.chance.random() < 0.7:
            self._tell(make_deposit_withdrawn(receiver=claim.claimer, **who))

    def say_on_l1(self) -> None:
        """L1's word on a request arrives."""
        request = self._request()
        if request is None:
            return
        fill_id = request.fill.fill_id if request.fill else make_fill_id(1)
        who = {"request_id": request.id, "fill_id": fill_id, "block_number": self._next(SOURCE)}
        if self.chance.random() < 0.5:
            self._tell(make_request_resolved(filler=self.chance.choice([US, ALICE]), **who))
        else:
            self._tell(make_fill_invalidated_resolved(**who))

    def say_on_target(self) -> None:
        """The absence of a fill is proven."""
        claim = self._claim()
        if claim is not None:
            block = self._next(TARGET)
            self._tell(
                make_fill_invalidated(
                    request_id=claim.request_id, fill_id=claim.fill_id, block_number=block
                )
            )

    def replace_blocks(self) -> None:
        """Events and transactions of the newest blocks are gone; sometimes the head is lower."""
        chain = self.chance.choice([SOURCE, TARGET])
        above = max(0, self.heights[chain] - self.chance.choice([1, 2, 4, 12]))
        for desk in self.desks:
            for request_id in desk.fold.rewind(chain, BlockNumber(above)):
                desk.planner.reopen(request_id)
        if self.chance.random() < 0.5:
            self.heights[chain] = above
        name = "source" if chain == SOURCE else "target"
        for entry in [e for e in self.done if e[0] == name and e[2] > above]:
            self.done.remove(entry)
            for sender in self._senders(name):
                sender.mark_undone(entry[1])

    def pass_time(self) -> None:
        """On both chains, sometimes until claims end."""
        seconds = self.chance.choice([1, 12, 60, 600, 3_600])
        self.now += seconds
        for desk in self.desks:
            desk.clock.advance(seconds)
        for chain in (SOURCE, TARGET):
            self.heights[chain] += self.chance.randint(0, 8)

    def _next(self, chain: Any) -> int:
        self.heights[chain] += 1
        return self.heights[chain]

    def _tell(self, event: RequestEvent) -> None:
        for desk in self.desks:
            desk.fold.apply(event)
            desk.planner.reopen(event.request_id)

    def _request(self) -> Request | None:
        requests = list(self.sleeper.fold.requests)
        return self.chance.choice(requests) if requests else None

    def _claim(self) -> Claim | None:
        claims = list(self.sleeper.fold.claims)
        return self.chance.choice(claims) if claims else None

    def _senders(self, name: str) -> list[QueueSender]:
        return [desk.source if name == "source" else desk.target for desk in self.desks]

    def _view(self, chain: Any) -> ChainView:
        height = self.heights[chain]
        return make_chain_view(
            chain,
            head=make_block(height, timestamp=Timestamp(self.now)),
            final_until=BlockNumber(height - FINALITY),
            **self.is_calm,
        )
