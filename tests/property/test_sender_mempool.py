"""The sender against a pool that drops, holds and reprices, and an endpoint that loses answers.

Whatever happens, and in whichever life of the process:

    - no action is carried out twice;
    - two different actions share a nonce only when the one before cannot be mined any more;
    - when pool and endpoint behave again, everything is mined.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from beamer_agent.actions.model import Action, ClaimFill, FillRequest
from beamer_agent.errors import RpcConnectionError, RpcError, RpcHttpError, RpcTimeoutError
from beamer_agent.types import BlockNumber
from tests.factories import AMOUNT
from tests.fake_chain import BASE_FEE, PoolChain
from tests.fake_contracts import PoolTransaction
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
from tests.sending import Sending

pytestmark = pytest.mark.property

SEND, BY_BLOCK = "eth_sendRawTransaction", "eth_getBlockReceipts"
METHODS = (
    SEND,
    BY_BLOCK,
    "eth_getTransactionReceipt",
    "eth_getTransactionCount",
    "eth_estimateGas",
    "eth_simulateV1",
    "eth_call",
    "eth_getLogs",
    "eth_getBalance",
)
ERRORS: tuple[RpcError, ...] = (
    RpcTimeoutError("no answer"),
    RpcConnectionError("reset"),
    RpcHttpError(502),
)
CALM_BLOCKS = 120
"""More than the longest pause, some resends and a hand-over between lives need."""


class MempoolMachine(RuleBasedStateMachine):
    """What is wanted is submitted on every turn, as a planner does."""

    @initialize(
        is_zero_first=st.booleans(),
        has_pending_state=st.booleans(),
        simulates_blocks=st.booleans(),
        serves_block_receipts=st.booleans(),
        bump_percent=st.sampled_from([10, 50]),
    )
    def begin(
        self,
        is_zero_first: bool,
        has_pending_state: bool,
        simulates_blocks: bool,
        serves_block_receipts: bool,
        bump_percent: int,
    ) -> None:
        """One chain for all lives."""
        self.chain = PoolChain()
        self.chain.serves_block_receipts = serves_block_receipts
        self.chain.bump_percent = bump_percent
        self.chain.mine(6)
        self.chain.state.is_zero_first = is_zero_first
        self.chain.has_pending_state = has_pending_state
        self.chain.simulates_blocks = simulates_blocks
        self.sending = Sending(self.chain)
        self.lives = 1
        self.wanted: dict[str, Action] = {}

    def submit(self) -> None:
        """As the planner does: with what is folded by now, and nothing that is seen done."""
        for action in self.wanted.values():
            if not self.is_folded(action):
                self.sending.sender.submit(self.renewed(action))

    def renewed(self, action: Action) -> Action:
        """Its planner knows the chain up to the last block but one."""
        if isinstance(action, ClaimFill | FillRequest):
            return replace(action, known_until=BlockNumber(self.chain.number - 1))
        return action

    def is_folded(self, action: Action) -> bool:
        """Whether the event is in a block that the planner knows."""
        known_until = self.chain.number - 1
        return isinstance(action, ClaimFill) and any(
            (event.request_id, event.fill_id) == (action.request_id, action.fill_id)
            and event.block_number <= known_until
            for event in self.chain.claims_made
        )

    @rule(nonce=st.integers(min_value=1, max_value=8), approval=st.sampled_from([1, 2, 5]))
    def want_fill(self, nonce: int, approval: int) -> None:
        """Exact or limited allowances, all of one token."""
        action = make_fill(nonce, approval=approval * AMOUNT)
        self.wanted.setdefault(action.key, action)

    @rule(nonce=st.integers(min_value=11, max_value=18))
    def want_claim(self, nonce: int) -> None:
        """The contract would take it twice."""
        self.wanted[make_claim_fill(nonce).key] = make_claim_fill(nonce)

    @rule(claim_id=st.integers(min_value=1, max_value=3))
    def want_withdrawal(self, claim_id: int) -> None:
        """The least urgent."""
        self.wanted[make_withdraw(claim_id).key] = make_withdraw(claim_id)

    @rule(blocks=st.integers(min_value=0, max_value=6))
    def go_on(self, blocks: int) -> None:
        """Turns, with blocks between them."""
        self.submit()
        self.sending.try_turn()
        self.sending.blocks(blocks)

    @rule(
        methods=st.lists(st.sampled_from(METHODS), min_size=1, max_size=3),
        error=st.sampled_from(ERRORS),
        is_late=st.booleans(),
        blocks=st.integers(min_value=1, max_value=6),
    )
    def go_on_in_trouble(
        self, methods: list[str], error: RpcError, is_late: bool, blocks: int
    ) -> None:
        """The endpoint fails, before or after it has done what it was asked."""
        self.submit()
        with self.chain.trouble(error, *methods, is_late=is_late):
            self.sending.try_turn()
            self.sending.blocks(blocks)

    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        """The pool loses the last transaction of the account, or one that others wait for.

        Only this life's: one of an earlier life behind the gap would be one nobody can see.
        """
        if self.chain.pool and not self.is_before_own():
            self.chain.drop(data.draw(st.sampled_from(sorted(self.chain.pool))))

    @rule()
    def evict(self) -> None:
        """The pool was full, or its node was started anew: all of this life is gone from it."""
        if not self.is_before_own():
            for nonce in tuple(self.chain.pool):
                self.chain.drop(nonce)

    @rule(blocks=st.integers(min_value=1, max_value=6), period=st.integers(2, 3))
    def swallow(self, blocks: int, period: int) -> None:
        """The node says that it has taken a transaction, and forgets it at once."""
        take, handed_over = self.chain.answer_of(SEND), 0

        def answer(raw: str) -> Any:
            nonlocal handed_over
            handed_over += 1
            before = dict(self.chain.pool)
            result = take(raw)
            if handed_over % period == 0 and not self.is_before_own():
                self.chain.pool.clear()
                self.chain.pool.update(before)
            return result

        self.chain.on(SEND, answer)
        self.submit()
        self.sending.try_turn()
        self.sending.blocks(blocks)
        self.chain.on(SEND, take)

    @rule(blocks=st.integers(min_value=1, max_value=3))
    def shorten_lists(self, blocks: int) -> None:
        """Receipts of whole blocks lack some."""
        truth = self.chain.answer_of(BY_BLOCK)
        self.chain.on(BY_BLOCK, lambda number: _halved(truth(number)))
        self.submit()
        self.sending.blocks(blocks)
        self.chain.on(BY_BLOCK, truth)

    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        """A transaction is not mined for now."""
        if self.chain.pool:
            self.chain.held.add(data.draw(st.sampled_from(sorted(self.chain.pool))))

    @rule(factor=st.sampled_from([1, 3, 30]))
    def reprice(self, factor: int) -> None:
        """The base fee moves."""
        self.chain.base_fee = factor * BASE_FEE

    @rule(depth=st.integers(min_value=1, max_value=6), is_told=st.booleans())
    def reorganise(self, depth: int, is_told: bool) -> None:
        """The pool has what the replaced blocks had, of whichever life."""
        self.chain.reorg(depth, keep_in_pool=True)
        if is_told:
            self.sending.notice(self.chain.number - depth)
        self.submit()
        self.sending.try_turn()

    @rule()
    def foreign(self) -> None:
        """Somebody with the same key uses a nonce, perhaps one that is in flight."""
        self.chain.send_foreign()
        self.sending.try_turn()

    @rule()
    def late_receipts(self) -> None:
        """Receipts are indexed late."""
        self.submit()
        self.chain.has_late_receipts = True
        self.sending.blocks(6)
        self.chain.has_late_receipts = False

    @rule()
    def restart(self) -> None:
        """Nothing is stored: the next life knows only the chain."""
        self.sending = Sending(self.chain)
        self.lives += 1

    def is_before_own(self) -> bool:
        """Whether the pool has transactions of an earlier life."""
        sent = set(self.sending.log.sentences())
        return "Sent transaction" not in sent

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
        """What was sent at a nonce is repriced or undone there, never something else.

        Unless the pool of an earlier life lost it: then its nonce is free again.
        """
        if not hasattr(self, "chain") or self.lives > 1:
            return
        calls: dict[int, set[bytes]] = {}
        for transaction in self.chain.sent:
            if not self.is_undoing(transaction) and self.was_taken(transaction):
                calls.setdefault(transaction.nonce, set()).add(transaction.data)
        assert all(len(data) == 1 for data in calls.values())

    def is_undoing(self, transaction: PoolTransaction) -> bool:
        """Whether it only uses up its nonce."""
        return transaction.data == b""

    def was_taken(self, transaction: PoolTransaction) -> bool:
        """Whether a node may have it."""
        return transaction.hash in self.chain.receipts or transaction in self.chain.pool.values()

    def teardown(self) -> None:
        """Calm: everything that was wanted comes about."""
        if not hasattr(self, "chain"):
            return
        self.chain.held.clear()
        self.chain.base_fee = BASE_FEE
        for _ in range(CALM_BLOCKS):
            self.submit()
            self.sending.blocks(1)
        state = self.chain.state
        fills = {a.key for a in self.wanted.values() if a.key.startswith("fill")}
        claims = {a.key for a in self.wanted.values() if isinstance(a, ClaimFill)}
        withdrawals = {key for key in self.wanted if key.startswith("withdraw")}
        self.nothing_is_done_twice()
        assert state.fills_made == len(fills)
        assert len(state.claims) == len(claims)
        assert len(state.withdrawn) == len(withdrawals)
        assert not self.stuck()

    def stuck(self) -> list[int]:
        """The nonces of what waits in the pool."""
        return list(self.chain.pool)


def _halved(answer: Any) -> Any:
    return answer[::2] if isinstance(answer, list) else answer


MempoolMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestMempool = MempoolMachine.TestCase
