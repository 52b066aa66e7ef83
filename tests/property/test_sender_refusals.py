"""The sender against nodes that refuse some of a batch, or break off in its middle.

Beside all that `MempoolMachine` does. A process that ends leaves no gap in the pool here: what
waits behind one is seen by nobody in its next life.
"""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from beamer_agent.errors import RpcTimeoutError
from tests.doubles import ErrorObject
from tests.property.test_sender_mempool import SEND, MempoolMachine
from tests.sending import Sending

pytestmark = pytest.mark.property

REFUSALS = (
    "intrinsic gas too low",
    "insufficient funds for gas * price + value",
    "txpool is full",
    "max fee per gas less than block base fee",
    "nonce too low",
    "replacement transaction underpriced",
    "in-flight transaction limit reached for delegated accounts",
    "words that nobody knows",
)


class RefusalMachine(MempoolMachine):
    """Whatever is refused, true or not."""

    @rule(
        period=st.integers(min_value=2, max_value=5),
        first=st.integers(min_value=0, max_value=4),
        words=st.sampled_from(REFUSALS),
        blocks=st.integers(min_value=0, max_value=4),
        is_end=st.booleans(),
    )
    def refuse_some(self, period: int, first: int, words: str, blocks: int, is_end: bool) -> None:
        """Every so many transactions; perhaps it is the last that the process sees."""
        take, count = self.chain.answer_of(SEND), first

        def answer(raw: str) -> Any:
            nonlocal count
            count += 1
            return take(raw) if count % period else ErrorObject(words)

        self.chain.on(SEND, answer)
        self.submit()
        self.sending.try_turn()
        if not is_end:
            self.sending.blocks(blocks)
        self.chain.on(SEND, take)
        if is_end:
            self.end()

    @rule(
        taken=st.integers(min_value=0, max_value=4),
        is_answered=st.booleans(),
        blocks=st.integers(min_value=0, max_value=3),
    )
    def break_off(self, taken: int, is_answered: bool, blocks: int) -> None:
        """So many of a batch are carried out, and answered or not; the others are not."""
        post = self.chain.post

        def answer(body: bytes, seconds: float | None = None) -> bytes:
            asked = json.loads(body)
            if not isinstance(asked, list) or asked[0]["method"] != SEND:
                return post(body, seconds)
            answers = [self.chain._respond(entry) for entry in asked[:taken]]
            if not is_answered:
                raise RpcTimeoutError("no answer in time")
            return json.dumps(answers).encode()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.chain, "post", answer)
            self.submit()
            self.sending.try_turn()
            self.sending.blocks(blocks)

    @rule(blocks=st.integers(min_value=1, max_value=3))
    def answer_by_halves(self, blocks: int) -> None:
        """Every second result of a batch of questions is missing."""
        post = self.chain.post

        def answer(body: bytes, seconds: float | None = None) -> bytes:
            answers = json.loads(post(body, seconds))
            is_halved = isinstance(answers, list) and SEND.encode() not in body
            return json.dumps(answers[::2] if is_halved else answers).encode()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.chain, "post", answer)
            self.submit()
            self.sending.try_turn()
            self.sending.blocks(blocks)

    @rule()
    def restart(self) -> None:
        """As in `MempoolMachine`, unless the pool has a gap."""
        self.end()

    def end(self) -> None:
        """The next life begins."""
        first = self.chain.mined_nonces
        if sorted(self.chain.pool) == list(range(first, first + len(self.chain.pool))):
            self.sending = Sending(self.chain)
            self.lives += 1


RefusalMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRefusals = RefusalMachine.TestCase
