"""The sender on a chain whose newest blocks are replaced, again and again.

Whatever the depth, whether the monitor tells of it, and whether the pool still has what was mined:

    - no obligation is ever met twice on the chain that counts;
    - a nonce serves one action only;
    - what has become wrong while it was mined is never sent again;
    - when the chain behaves again, everything that is wanted comes about.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from beamer_agent.actions.model import Action, ClaimFill
from beamer_agent.errors import RpcTimeoutError
from beamer_agent.types import BlockNumber
from tests.factories import AMOUNT
from tests.fake_chain import PoolChain
from tests.fake_contracts import called
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
from tests.sending import Sending

pytestmark = pytest.mark.property

CALM_BLOCKS = 100
"""More than patience, pauses, resends and the longest look at settled blocks need."""
METHODS = ("eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_estimateGas", "eth_call")


class ReorgMachine(RuleBasedStateMachine):
    """What is wanted is submitted on every turn, as a planner does."""

    @initialize(has_pending_state=st.booleans(), is_zero_first=st.booleans())
    def begin(self, has_pending_state: bool, is_zero_first: bool) -> None:
        """One chain, one life."""
        self.chain = PoolChain()
        self.chain.has_pending_state = has_pending_state
        self.chain.state.is_zero_first = is_zero_first
        self.sending = Sending(self.chain, finality_blocks=10_000)
        self.chain.mine(12)
        self.wanted: dict[str, Action] = {}
        self.nonces: dict[str, int] = {}
        self.forbidden: dict[bytes, int] = {}
        """Claims that became wrong while they were mined, and how often they were sent by then."""

    # --- what the planner does

    def planned(self) -> list[Action]:
        """What is wanted and not seen done, with what is folded by now."""
        return [self.renewed(a) for a in self.wanted.values() if not self.is_folded(a)]

    def submit(self, actions: list[Action]) -> None:
        """As on every turn."""
        for action in actions:
            self.sending.sender.submit(action)

    def renewed(self, action: Action) -> Action:
        """A claim's planner knows the chain up to the last block but one."""
        if not isinstance(action, ClaimFill):
            return action
        known_until = BlockNumber(self.chain.number - 1)
        return make_claim_fill(self.nonces[action.key], known_until=known_until)

    def is_folded(self, action: Action) -> bool:
        """Whether its event is in a block that the planner knows."""
        return isinstance(action, ClaimFill) and any(
            event.request_id == action.request_id and event.block_number < self.chain.number
            for event in self.chain.claims_made
        )

    # --- what happens

    @rule(nonce=st.integers(min_value=1, max_value=4), approval=st.sampled_from([1, 3]))
    def want_fill(self, nonce: int, approval: int) -> None:
        """With an approval for one, or for three."""
        action = make_fill(nonce, approval=approval * AMOUNT)
        self.wanted.setdefault(action.key, action)

    @rule(nonce=st.integers(min_value=11, max_value=14))
    def want_claim(self, nonce: int) -> None:
        """The contract would take it twice."""
        action = make_claim_fill(nonce)
        if action.request_id not in self.forbidden:
            self.wanted[action.key] = action
            self.nonces[action.key] = nonce

    @rule(claim_id=st.integers(min_value=1, max_value=3))
    def want_withdrawal(self, claim_id: int) -> None:
        """The least urgent."""
        self.wanted[make_withdraw(claim_id).key] = make_withdraw(claim_id)

    @rule(blocks=st.integers(min_value=0, max_value=5))
    def go_on(self, blocks: int) -> None:
        """Turns, with blocks between them."""
        self.submit(self.planned())
        self.sending.try_turn()
        self.sending.blocks(blocks)

    @rule(
        methods=st.lists(st.sampled_from(METHODS), min_size=1, max_size=2), is_late=st.booleans()
    )
    def go_on_in_trouble(self, methods: list[str], is_late: bool) -> None:
        """The endpoint fails, before or after it has done what it was asked."""
        self.submit(self.planned())
        with self.chain.trouble(RpcTimeoutError("no answer"), *methods, is_late=is_late):
            self.sending.try_turn()
            self.sending.blocks(2)

    @rule(
        depth=st.integers(min_value=1, max_value=10),
        keep_in_pool=st.booleans(),
        is_told=st.booleans(),
        is_planner_late=st.booleans(),
        turns=st.integers(min_value=0, max_value=2),
    )
    def reorganise(
        self, depth: int, keep_in_pool: bool, is_told: bool, is_planner_late: bool, turns: int
    ) -> None:
        """The sender hears of it first, at once or by its own looks; the planner later."""
        planned = self.planned()
        self.chain.reorg(depth, keep_in_pool=keep_in_pool)
        if is_told:
            self.sending.notice(self.chain.number - depth)
        for _ in range(turns):
            self.sending.try_turn()
        self.submit(planned if is_planner_late else self.planned())
        self.sending.try_turn()

    @rule(data=st.data())
    def become_wrong(self, data: st.DataObject) -> None:
        """A mined claim's fill has vanished; nobody tells the sender, which knows it as done."""
        mined = [
            action
            for action in self.wanted.values()
            if isinstance(action, ClaimFill)
            and self.sending.sender.done_at(action.key) is not None
            and self.is_folded(action)
        ]
        if mined:
            action = data.draw(st.sampled_from(mined))
            del self.wanted[action.key]
            self.forbidden[action.request_id] = self.times_sent(action.request_id)

    @rule(data=st.data(), is_cancelled=st.booleans())
    def change_mind(self, data: st.DataObject, is_cancelled: bool) -> None:
        """A fill comes too late, or its request has vanished."""
        fills = sorted(key for key in self.wanted if key.startswith("fill"))
        if fills and is_cancelled:
            key = data.draw(st.sampled_from(fills))
            del self.wanted[key]
            self.sending.sender.cancel(key)

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        """The pool loses a transaction."""
        if self.chain.pool:
            self.chain.drop(data.draw(st.sampled_from(sorted(self.chain.pool))))

    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        """A transaction is not mined for now."""
        if self.chain.pool:
            self.chain.held.add(data.draw(st.sampled_from(sorted(self.chain.pool))))

    @rule()
    def release(self) -> None:
        """Everything may be mined again."""
        self.chain.held.clear()

    # --- what holds

    def times_sent(self, request_id: bytes) -> int:
        """How often a claim of the request was handed to a node."""
        return sum(
            1
            for transaction in self.chain.sent
            if transaction.value and called(transaction.to, transaction.data)[1][0] == request_id
        )

    @invariant()
    def nothing_is_done_twice(self) -> None:
        """Each claim once; a second fill or withdrawal would have reverted."""
        if not hasattr(self, "chain"):
            return
        state = self.chain.state
        assert len(set(state.claims)) == len(state.claims)
        assert len(set(state.withdrawn)) == len(state.withdrawn)
        assert state.fills_made == len(state.fills)

    @invariant()
    def a_nonce_serves_one_action(self) -> None:
        """What was sent at a nonce is repeated, repriced or undone there, never something else."""
        if not hasattr(self, "chain"):
            return
        calls: dict[int, set[bytes]] = {}
        for transaction in self.chain.sent:
            if transaction.data:
                calls.setdefault(transaction.nonce, set()).add(transaction.data)
        assert all(len(data) == 1 for data in calls.values())

    @invariant()
    def nothing_wrong_is_sent_again(self) -> None:
        """Not even when it would be mined as it was before."""
        if not hasattr(self, "chain"):
            return
        for request_id, times in self.forbidden.items():
            assert self.times_sent(request_id) == times

    def teardown(self) -> None:
        """Calm: everything that is wanted comes about."""
        if not hasattr(self, "chain"):
            return
        self.chain.held.clear()
        for _ in range(CALM_BLOCKS):
            self.submit(self.planned())
            self.sending.blocks(1)
        self.nothing_is_done_twice()
        self.nothing_wrong_is_sent_again()
        state = self.chain.state
        claimed = {request_id for request_id, _ in state.claims}
        for action in self.wanted.values():
            match action:
                case ClaimFill():
                    assert action.request_id in claimed
                case _ if action.key.startswith("fill"):
                    assert action.request_id in state.fills  # type: ignore[union-attr]
                case _:
                    assert action.claim_id in state.withdrawn  # type: ignore[union-attr]
        assert not self.chain.pool


ReorgMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestReorgs = ReorgMachine.TestCase
