"""Planner: a request sleeps only when deciding on it cannot give anything else.

Two planners live the same history, of which one decides on everything on every turn.
"""

from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beamer_agent.actions.model import Action
from beamer_agent.actions.testimony import Testimony
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
from tests.made_games import make_progress
from tests.made_views import TERMS, make_chain_view
from tests.planner_desk import Desk, QueueSender

pytestmark = pytest.mark.property

STEPS = 200
REQUESTS = 4
FINALITY = 6
WEIGHTS = {
    "create": 3,
    "fill": 8,
    "claim": 6,
    "bid": 1,
    "withdraw": 1.5,
    "say_on_l1": 0.2,
    "say_on_target": 0.2,
    "replace_blocks": 2,
    "pass_time": 6,
    "send": 8,
    "mine": 8,
    "refuse": 1,
    "read_balances": 8,
    "disturb": 2,
    "forget": 2,
    "decide": 20,
}


class Twins:
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

    def play(self, steps: int) -> None:
        """Some of everything, and a turn now and then."""
        operations = self.chance.choices([*WEIGHTS], [*WEIGHTS.values()], k=steps)
        for operation in operations:
            getattr(self, operation)()

    # --- the chains

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

    # --- the agent's surroundings

    def send(self) -> None:
        """What waits goes to a node."""
        for desk in self.desks:
            for sender in (desk.source, desk.target):
                for action in sender.waiting():
                    sender.mark_in_flight(action.key)

    def mine(self) -> None:
        """What is in flight is done; its events come by themselves, or not at all."""
        name = self.chance.choice(["source", "target"])
        block = self._next(SOURCE if name == "source" else TARGET)
        for sender in self._senders(name):
            for action in list(sender._in_flight.values()):
                sender.mark_done(action.key, BlockNumber(block))
                if sender in (self.sleeper.source, self.sleeper.target):
                    self.done.append((name, action, block))

    def refuse(self) -> None:
        """What is in flight fails."""
        name = self.chance.choice(["source", "target"])
        is_contradicted = self.chance.random() < 0.5
        for sender in self._senders(name):
            for key in list(sender._in_flight):
                sender.refuse(key, "reverted", is_contradicted=is_contradicted)

    def read_balances(self) -> None:
        """As of a block; what is done long ago is forgotten."""
        heights = self.heights[SOURCE], self.heights[TARGET]
        for desk in self.desks:
            desk.source_wallet.refresh(BlockNumber(heights[0]))
            desk.target_wallet.refresh(BlockNumber(heights[1]))
            desk.source.forget(BlockNumber(heights[0] - FINALITY), 3_600)
            desk.target.forget(BlockNumber(heights[1] - FINALITY), 3_600)

    def disturb(self) -> None:
        """Chains come and go, and so do answers of witnesses and of L1."""
        for name in self.is_calm:
            self.is_calm[name] = self.chance.random() < 0.7
        answers = self.chance.choices([*Testimony], k=3)
        progress = self.chance.choice([None, make_progress()])
        for desk in self.desks:
            witness = desk.witness
            witness.requests, witness.fills, witness.absences = answers
            desk.proofs.others = progress

    def forget(self) -> None:
        """What is settled, by what both chains say now."""
        for desk in self.desks:
            forgotten = desk.fold.forget_settled(
                self._view(SOURCE), self._view(TARGET), TERMS.request_extension
            )
            desk.planner.forget(forgotten)

    def decide(self) -> None:
        """Both come to the same."""
        views = {"source": self._view(SOURCE), "target": self._view(TARGET)}
        self.restless.planner.wake_all()
        for desk in self.desks:
            desk.turn(**views, now=Timestamp(self.now))
        self.compare()
        for request_id in self.sleeper.planner._sleepers._until:
            request = self.sleeper.fold.requests.get(request_id)
            assert request is not None
            assert request.fill is not None
            self.slept[request.fill.filler == US] += 1

    def compare(self) -> None:
        """What was done, told, promised and asked."""
        one, other = (self._outcome(desk) for desk in self.desks)
        for name, outcome in one.items():
            assert outcome == other[name], name

    @staticmethod
    def _outcome(desk: Desk) -> dict[str, Any]:
        claims = [(claim.id, claim.state) for claim in desk.fold.claims]
        return {
            "submitted on the source chain": desk.source.submitted,
            "submitted on the target chain": desk.target.submitted,
            "submitted on L1": desk.base_sender.submitted,
            "on the way to the source chain": desk.source._waiting | desk.source._in_flight,
            "on the way to the target chain": desk.target._waiting | desk.target._in_flight,
            "cancelled": desk.source._cancelled | desk.target._cancelled,
            "told": desk.log.lines,
            "lost": desk.losses,
            "funds": (desk.source_wallet.funds(), desk.target_wallet.funds()),
            "funds on L1": desk.base_wallet.funds(),
            "stakes": desk.book.total(),
            "exposure": desk.exposure._paid,
            "payouts": desk.planner._payouts._book._payouts,
            "proofs": desk.proofs.interest,
            "asked": desk.witness.asked,
            "requests": [(request.id, request.state) for request in desk.fold.requests],
            "claims": claims,
        }

    # ---

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


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_sleeping_changes_nothing(seed: int) -> None:
    """What is submitted, cancelled, told, promised, staked and asked is the same."""
    Twins(seed).play(STEPS)


def test_twins_do_sleep() -> None:
    """The histories have requests of both kinds asleep, ours and those of others."""
    slept: Counter[bool] = Counter()
    for seed in range(30):
        twins = Twins(seed)
        twins.play(STEPS)
        slept += twins.slept
    assert slept[True] > 50
    assert slept[False] > 100
