"""Planner: a request sleeps only when deciding on it cannot give anything else.

Two planners live the same history, of which one decides on everything on every turn.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beamer_agent.actions.testimony import Testimony
from beamer_agent.types import BlockNumber, Timestamp
from tests.factories import (
    SOURCE,
    TARGET,
    US,
)
from tests.made_games import make_progress
from tests.made_views import TERMS
from tests.planner_desk import Desk
from tests.property.twin_history import FINALITY, TwinHistory

pytestmark = pytest.mark.property

STEPS = 200
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


class Twins(TwinHistory):
    """A planner that sleeps, a restless one, and what the agent does with both."""

    def play(self, steps: int) -> None:
        """Some of everything, and a turn now and then."""
        operations = self.chance.choices([*WEIGHTS], [*WEIGHTS.values()], k=steps)
        for operation in operations:
            getattr(self, operation)()

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
