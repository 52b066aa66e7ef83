"""The sender and endpoints that count the account's transactions wrongly for a while.

As in `test_sender_mempool`, nothing is done twice, and everything comes about in the end.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from beamer_agent.transactions.counts import WIDEST_GAP
from beamer_agent.transactions.losses import LOSS_SECONDS
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.property.test_sender_mempool import MempoolMachine
from tests.sending import BLOCK_SECONDS

pytestmark = pytest.mark.property


LIE_BLOCKS = int(LOSS_SECONDS / BLOCK_SECONDS) - 1


class CountMachine(MempoolMachine):
    """One life: what an earlier one had at a nonce that is not mined next is seen by nobody."""

    @rule(
        count=st.sampled_from([0, 3, 100, 1_000_000]),
        blocks=st.integers(min_value=0, max_value=LIE_BLOCKS),
    )
    def count_wrongly(self, count: int, blocks: int) -> None:
        """For many looks: less time than a nonce takes to be lost."""
        truth = self.chain.answer_of("eth_getTransactionCount")
        self.chain.on("eth_getTransactionCount", lambda *_: hex(count))
        self.submit()
        self.sending.try_turn()
        self.sending.blocks(blocks)
        self.chain.on("eth_getTransactionCount", truth)
        self.sending.blocks(RESEND_BLOCKS + 2)

    def restart(self) -> None:
        """Not here."""

    def stuck(self) -> list[int]:
        """What is so far away that nobody waits for it does no harm."""
        reached = self.chain.mined_nonces + WIDEST_GAP
        return [nonce for nonce in super().stuck() if nonce <= reached]


CountMachine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestCounts = CountMachine.TestCase
