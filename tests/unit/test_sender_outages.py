"""TransactionSender: a chain was away, and its pool may have forgotten what waited there."""

import pytest

from beamer_agent.types import Timestamp
from tests.fake_chain import PoolChain
from tests.made_actions import make_fill
from tests.sending import Sending

pytestmark = pytest.mark.unit


def lose_pool(sending: Sending) -> None:
    """The node is killed and started again, and the monitor tells of both."""
    sending.chain.pool.clear()
    sending.sender.notice_return()


def test_what_waited_in_a_pool_is_handed_over_again_when_its_chain_is_back(
    chain: PoolChain, sending: Sending
) -> None:
    """The same bytes, at once: no block needs to come first."""
    sending.sender.submit(make_fill())
    sending.turn()
    waiting = chain.waiting()
    lose_pool(sending)
    sending.turn()
    assert chain.waiting() == waiting
    sending.blocks(1)
    assert sending.sender.done_at(make_fill().key) is not None


def test_what_its_pool_still_has_is_no_news(chain: PoolChain, sending: Sending) -> None:
    """It is sent once more, in vain, and nothing is logged of that."""
    sending.sender.submit(make_fill())
    sending.turn()
    waiting, lines = chain.waiting(), len(sending.log.lines)
    sending.sender.notice_return()
    sending.turn()
    sending.turn()
    assert chain.waiting() == waiting
    assert len(sending.log.lines) == lines


def test_what_became_too_late_meanwhile_is_not_handed_over(
    chain: PoolChain, sending: Sending
) -> None:
    """Whoever decides will have it undone; until then it must not reach a pool again."""
    deadline = Timestamp(sending.clock.now() + 60)
    sending.sender.submit(make_fill(deadline=deadline))
    sending.turn()
    lose_pool(sending)
    sending.clock.advance(60)
    sending.turn()
    assert chain.waiting() == []
