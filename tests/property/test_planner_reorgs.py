"""Planner: whatever reorganisations do, nothing goes on that has lost its ground."""

from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from beamer_agent.actions.model import Action, ClaimFill, FillRequest, Reason
from beamer_agent.state.request import Request
from beamer_agent.types import BlockNumber, ClaimId, RequestId
from tests.factories import (
    SOURCE,
    TARGET,
    make_claim_made,
    make_fill_id,
    make_request_created,
    make_request_filled,
)
from tests.planner_desk import Desk, QueueSender

pytestmark = pytest.mark.property

NONCES = st.integers(1, 3)
DEPTHS = st.integers(1, 4)


class PlannerInReorgs(RuleBasedStateMachine):
    """A planner whose transactions are mined, late or never, on chains that change their minds."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.heights = {SOURCE: 1, TARGET: 1}
        self.numbers = count(1)
        self.done: list[tuple[Action, int, int]] = []
        """What was carried out, its chain and its block."""
        self.has_decided = False

    @initialize()
    def begin(self) -> None:
        """There is a request, and a fill of ours on its way."""
        self.create(1)
        self.decide(0, is_quick=True)

    # --- the chains

    @rule(nonce=NONCES)
    def create(self, nonce: int) -> None:
        """A user's request is mined, perhaps for the second time."""
        created = make_request_created(nonce=nonce, block_number=self._next(SOURCE))
        if self.desk.fold.requests.get(created.request_id) is None:
            self._tell(created)

    @rule(is_cancelled=st.booleans())
    def mine_fills(self, is_cancelled: bool) -> None:
        """All in flight; those that are cancelled may be too late, or not."""
        self.has_decided = False
        for action in self._in_flight(self.desk.target):
            assert isinstance(action, FillRequest)
            if self.desk.target.is_cancelled(action.key) and is_cancelled:
                self.desk.target.refuse(action.key, "cancelled")
                continue
            fill_id = make_fill_id(next(self.numbers))
            self._mine(self.desk.target, action, TARGET)
            block = self.heights[TARGET]
            self._tell(
                make_request_filled(
                    request_id=action.request_id, fill_id=fill_id, block_number=block
                )
            )

    @rule(is_cancelled=st.booleans())
    def mine_claims(self, is_cancelled: bool) -> None:
        """Likewise."""
        self.has_decided = False
        for action in self._in_flight(self.desk.source):
            if not isinstance(action, ClaimFill):
                continue
            if self.desk.source.is_cancelled(action.key) and is_cancelled:
                self.desk.source.refuse(action.key, "cancelled")
                continue
            self._mine(self.desk.source, action, SOURCE)
            self._tell(
                make_claim_made(
                    claim_id=ClaimId(next(self.numbers)),
                    request_id=action.request_id,
                    fill_id=action.fill_id,
                    block_number=self.heights[SOURCE],
                )
            )

    @rule(chain=st.sampled_from([SOURCE, TARGET]), depth=DEPTHS)
    def replace_blocks(self, chain: Any, depth: int) -> None:
        """Events and transactions of the newest blocks are gone."""
        above = max(0, self.heights[chain] - depth)
        for request_id in self.desk.fold.rewind(chain, BlockNumber(above)):
            self.desk.planner.reopen(request_id)
        sender = self.desk.source if chain == SOURCE else self.desk.target
        for entry in list(self.done):
            action, where, block = entry
            if where == chain and block > above:
                self.done.remove(entry)
                sender.mark_undone(action)
        self.has_decided = False

    # --- the agent

    @rule(seconds=st.integers(0, 60), is_quick=st.booleans())
    def decide(self, seconds: int, is_quick: bool) -> None:
        """A turn; what waits goes to a node before the next one, or after it."""
        self.desk.clock.advance(seconds)
        self.desk.turn()
        self.has_decided = True
        if is_quick:
            for sender in (self.desk.source, self.desk.target):
                for action in sender.waiting():
                    sender.mark_in_flight(action.key)

    # --- what must hold after every turn, before anything else happens

    @precondition(lambda self: self.has_decided)
    @invariant()
    def no_fill_goes_on_without_its_request(self) -> None:
        """It would be for nothing."""
        for action in self._going_on(self.desk.target):
            assert self._request(action.request_id) is not None

    @precondition(lambda self: self.has_decided)
    @invariant()
    def no_claim_goes_on_without_its_fill(self) -> None:
        """Its stake would be lost."""
        for action in self._going_on(self.desk.source):
            if isinstance(action, ClaimFill):
                request = self._request(action.request_id)
                assert request is not None
                assert request.fill is not None
                assert request.fill.fill_id == action.fill_id

    @precondition(lambda self: self.has_decided)
    @invariant()
    def only_what_is_on_its_way_is_remembered(self) -> None:
        """And what the fold knows, and the claims of requests that sleep."""
        recalls, sleepers = self.desk.planner._recalls, self.desk.planner._sleepers
        assert all(self._request(request_id) is not None for request_id in recalls._filled)
        for request_id, claims in recalls._claims.items():
            assert request_id in sleepers or all(map(self.desk.source.is_working_on, claims))

    @invariant()
    def nothing_is_lost_without_having_been_filled(self) -> None:
        """A fill that was never mined costs nothing."""
        if Reason.REQUEST_VANISHED in self.desk.losses:
            assert next(self.numbers) > 1

    def teardown(self) -> None:
        """When the chains are quiet at last, every request that is left is filled and claimed."""
        for _ in range(6):
            self.decide(60, is_quick=True)
            self.mine_fills(is_cancelled=True)
            self.mine_claims(is_cancelled=True)
        for request in self.desk.fold.requests:
            claims = self.desk.fold.claims.of_request(request.id)
            assert request.fill is not None
            assert [c.fill_id for c in claims].count(request.fill.fill_id) == 1

    # ---

    def _next(self, chain: Any) -> int:
        self.heights[chain] += 1
        return self.heights[chain]

    def _tell(self, event: Any) -> None:
        self.desk.fold.apply(event)
        self.desk.planner.reopen(event.request_id)
        self.has_decided = False

    def _mine(self, sender: QueueSender, action: Action, chain: Any) -> None:
        block = self._next(chain)
        sender.mark_done(action.key, BlockNumber(block))
        self.done.append((action, chain, block))

    def _request(self, request_id: RequestId) -> Request | None:
        return self.desk.fold.requests.get(request_id)

    @staticmethod
    def _in_flight(sender: QueueSender) -> list[Any]:
        return list(sender._in_flight.values())

    def _going_on(self, sender: QueueSender) -> list[Any]:
        flying = [a for a in self._in_flight(sender) if not sender.is_cancelled(a.key)]
        return [*sender.waiting(), *flying]


PlannerInReorgs.TestCase.settings = settings(max_examples=250, stateful_step_count=20)
TestPlannerInReorgs = PlannerInReorgs.TestCase
