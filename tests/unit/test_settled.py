"""Settled: what has to be done again if its block is replaced."""

import pytest

from beamer_agent.transactions.model import ReplacedTransaction
from beamer_agent.transactions.settled import FIRST_LOOK_BLOCKS, Settled
from beamer_agent.types import BlockNumber
from tests.made_sent import make_mined, make_sent

pytestmark = pytest.mark.unit


def settle(settled: Settled, *blocks: int) -> None:
    """One transaction after the other, in these blocks."""
    first = settled.next_nonce
    for nonce, block in enumerate(blocks, first):
        settled.add(make_mined(make_sent(nonce), block))


def test_replaced_blocks_give_theirs_back() -> None:
    """Once, and no others."""
    settled = Settled()
    settle(settled, 10, 11, 12)
    assert [sent.nonce for sent in settled.take_above(BlockNumber(10))] == [1, 2]
    assert settled.take_above(BlockNumber(10)) == []
    assert len(settled) == 1
    assert settled.next_nonce == 1


def test_final_ones_are_forgotten_but_not_their_nonces() -> None:
    """Nothing of the next life may use them."""
    settled = Settled()
    settle(settled, 10, 11)
    settled.forget(BlockNumber(11))
    assert len(settled) == 0
    assert settled.next_nonce == 2


def test_looks_become_rarer_with_depth() -> None:
    """A block that stood for long is likely to stand on."""
    settled = Settled()
    settle(settled, 100)
    looks = []
    for head in range(100, 400):
        for mined in settled.due(BlockNumber(head)):
            settled.confirm(mined, BlockNumber(head))
            looks.append(head - 100)
    assert looks == [FIRST_LOOK_BLOCKS * 2**n for n in range(7)]


def test_nonce_that_somebody_else_has_is_not_asked_for() -> None:
    """There is no receipt of ours; it comes back when its block is replaced."""
    settled = Settled()
    settled.add(ReplacedTransaction(make_sent(0), BlockNumber(10)))
    assert settled.due(BlockNumber(1_000)) == []
    assert [sent.nonce for sent in settled.take_above(BlockNumber(9))] == [0]


def test_other_block_with_the_same_transaction_counts() -> None:
    """It was replaced without anybody noticing; the next reorganisation may take that one."""
    settled = Settled()
    settle(settled, 10)
    (mined,) = settled.due(BlockNumber(20))
    settled.confirm(make_mined(mined.sent, 12), BlockNumber(20))
    assert len(settled.take_above(BlockNumber(11))) == 1
