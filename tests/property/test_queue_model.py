"""ActionQueue against a model: each key is in one place, and no action is lost or doubled."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from beamer_agent.actions.model import Action, Urgency
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.types import BlockNumber
from tests.doubles import FakeClock
from tests.made_actions import make_claim_fill, make_fill, make_withdraw

pytestmark = pytest.mark.property

ACTIONS: tuple[Action, ...] = (make_fill(1), make_fill(2), make_claim_fill(1), make_withdraw(1))
actions = st.sampled_from(ACTIONS)


class QueueMachine(RuleBasedStateMachine):
    """The model: where each key is, until when it pauses, and what was asked to be undone."""

    @initialize()
    def begin(self) -> None:
        """An empty queue."""
        self.clock = FakeClock()
        self.queue = ActionQueue(self.clock)
        self.waiting: list[str] = []
        self.in_flight: set[str] = set()
        self.done: dict[str, int] = {}
        self.undone: set[str] = set()
        self.paused_until: dict[str, float] = {}
        self.cancelled: set[str] = set()
        self.height = 0

    def is_known(self, key: str) -> bool:
        """Whether the key is somewhere."""
        return key in self.waiting or key in self.in_flight or key in self.done

    @rule(action=actions)
    def submit(self, action: Action) -> None:
        """Taken exactly when it is nowhere and not paused."""
        is_paused = self.clock.monotonic() < self.paused_until.get(action.key, 0)
        is_free = not self.is_known(action.key) and not is_paused
        assert self.queue.accepts(action.key) is is_free
        assert self.queue.submit(action) is is_free
        if is_free and action.key in self.undone:
            self.undone.discard(action.key)
            self.in_flight.add(action.key)  # its transaction is there already
        elif is_free:
            self.waiting.append(action.key)

    @rule(action=actions)
    def cancel(self, action: Action) -> None:
        """Drops what waits, marks what flies."""
        key = action.key
        if key in self.undone:
            self.undone.discard(key)
            self.in_flight.add(key)
        is_new = key in self.in_flight and key not in self.cancelled
        assert self.queue.cancel(key) is is_new
        if key in self.waiting:
            self.waiting.remove(key)
        if is_new:
            self.cancelled.add(key)

    @rule(action=actions)
    def take_off(self, action: Action) -> None:
        """Only what waits may be sent."""
        may_go = action.key in self.waiting
        if self.is_known(action.key) and not may_go:
            return  # the sender does so for what it saw waiting
        assert self.queue.mark_in_flight(action.key) is may_go
        if may_go:
            self.waiting.remove(action.key)
            self.in_flight.add(action.key)

    @rule(action=actions)
    def take_back(self, action: Action) -> None:
        """What a node refused waits again, unless it was cancelled."""
        if action.key in self.in_flight:
            self.queue.mark_waiting(action)
            self.in_flight.discard(action.key)
            if action.key in self.cancelled:
                self.cancelled.discard(action.key)
            else:
                self.waiting.append(action.key)

    @rule(action=actions)
    def mine(self, action: Action) -> None:
        """Done in a new block, also what a pool had still."""
        if action.key in self.in_flight | self.undone:
            self.height += 1
            self.queue.mark_done(action.key, BlockNumber(self.height))
            self.in_flight.discard(action.key)
            self.undone.discard(action.key)
            self.cancelled.discard(action.key)
            self.done[action.key] = self.height

    @rule(action=actions)
    def refuse(self, action: Action) -> None:
        """Put off from wherever it is being worked on."""
        if action.key in self.waiting or action.key in self.in_flight:
            self.queue.refuse(action.key, "no")
            if action.key in self.waiting:
                self.waiting.remove(action.key)
            self.in_flight.discard(action.key)
            self.cancelled.discard(action.key)
            self.paused_until[action.key] = self.clock.monotonic() + 2  # at least

    @rule(seconds=st.integers(min_value=61, max_value=200))
    def wait(self, seconds: int) -> None:
        """Longer than any pause."""
        self.clock.advance(seconds)

    @rule(depth=st.integers(min_value=0, max_value=3))
    def forget(self, depth: int) -> None:
        """What is done long ago may be done again."""
        until = self.height - depth
        self.queue.forget(BlockNumber(until), 0)
        self.done = {key: block for key, block in self.done.items() if block > until}

    @rule(action=actions)
    def reorganise(self, action: Action) -> None:
        """Only what is done can be undone."""
        is_done = self.done.pop(action.key, None) is not None
        assert self.queue.mark_undone(action) is is_done
        if is_done:
            self.undone.add(action.key)

    @invariant()
    def everything_is_where_the_model_says(self) -> None:
        """And nowhere else."""
        if not hasattr(self, "queue"):
            return
        waiting = self.queue.waiting()
        assert sorted(action.key for action in waiting) == sorted(self.waiting)
        is_late = [action.urgency > Urgency.CHALLENGE for action in waiting]
        assert is_late == sorted(is_late), "something goes before a claim"
        for action in ACTIONS:
            assert self.queue.is_working_on(action.key) is self.is_known(action.key)
            assert self.queue.done_at(action.key) == self.done.get(action.key)
            assert self.queue.is_cancelled(action.key) is (action.key in self.cancelled)
            assert (self.queue.in_flight(action.key) is not None) is (action.key in self.in_flight)
        places = [*self.waiting, *self.in_flight, *self.undone]
        assert self.queue.has_work() is bool(places)


QueueMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestQueue = QueueMachine.TestCase
