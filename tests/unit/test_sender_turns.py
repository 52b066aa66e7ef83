"""TransactionSender: when it turns, in which order it sends, and when it reads balances itself."""

import pytest

from beamer_agent.errors import RpcTimeoutError
from beamer_agent.transactions.fee_limits import FeeLimits
from beamer_agent.transactions.queue import LONGEST_URGENT_RETRY_SECONDS
from beamer_agent.transactions.sender import TURN_SECONDS
from beamer_agent.transactions.wallet import BALANCE_SECONDS
from beamer_agent.types import Timestamp, Wei
from tests.factories import AMOUNT, TARGET_TOKEN
from tests.fake_chain import BASE_FEE, PoolChain
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
from tests.sending import NO_ANSWER, Sending

pytestmark = pytest.mark.unit


def test_nothing_happens_before_the_first_head(chain: PoolChain) -> None:
    """The chain is not asked anything."""
    sending = Sending(chain)
    sending.sender.submit(make_fill())
    assert sending.sender.step() == TURN_SECONDS
    assert chain.calls == []


def test_claims_go_before_fills_and_withdrawals(sending: Sending) -> None:
    """Nonces follow urgency."""
    for action in (make_withdraw(), make_fill(), make_claim_fill(2)):
        sending.sender.submit(action)
    sending.turn()
    assert sending.sent_labels() == ["claim", "approve", "fill", "withdraw"]


def test_submit_and_head_wake(sending: Sending) -> None:
    """A submit that changes nothing does not."""
    for wakes in (lambda: sending.sender.submit(make_fill()), sending.notice):
        sending.wake.clear()
        wakes()
        assert sending.wake.is_set()
    sending.wake.clear()
    sending.sender.submit(make_fill())
    assert not sending.wake.is_set()


def test_unknown_balances_are_read_at_once(chain: PoolChain, sending: Sending) -> None:
    """And those who decide are woken; later the monitor asks along with its polls."""
    assert sending.changes == 1
    sending.clock.advance(10 * BALANCE_SECONDS)
    sending.turn()
    assert sending.changes == 1


def test_balances_are_read_after_a_transaction(chain: PoolChain, sending: Sending) -> None:
    """They are those of its block, even when the monitor has not seen it yet."""
    sending.sender.submit(make_fill())
    sending.turn()
    chain.number += 1
    sending.notice()
    chain.mine()
    sending.sender.step()
    funds = sending.wallet.funds()
    assert funds is not None
    assert funds.block_number == chain.number == 102
    assert funds.tokens_free[TARGET_TOKEN] == 999 * AMOUNT
    assert sending.changes == 2


def test_unread_balances_are_read_next_time(chain: PoolChain, sending: Sending) -> None:
    """When the endpoint fails just then."""
    sending.sender.submit(make_fill())
    sending.turn()
    chain.mine()
    with (
        chain.trouble(NO_ANSWER, "eth_getBalance"),
        pytest.raises(RpcTimeoutError),
    ):
        sending.turn()
    sending.turn()
    assert sending.changes == 2


def test_idle_sender_asks_nothing(chain: PoolChain, sending: Sending) -> None:
    """Whatever heads arrive."""
    before = len(chain.calls)
    for _ in range(10):
        chain.number += 1
        sending.turn()
    assert len(chain.calls) == before


def test_what_gas_is_too_dear_for_waits_and_the_others_go(chain: PoolChain) -> None:
    """Nothing of it is sent; it is tried again when its pause is over."""
    sending = Sending(chain, fee_limits=FeeLimits(ordinary=Wei(1)))
    soon = Timestamp(sending.clock.now() + 60)
    sending.sender.submit(make_withdraw())
    sending.sender.submit(make_claim_fill(deadline=soon))
    sending.turn()
    assert sending.sent_labels() == ["claim"]
    assert sending.put_off() == ["gas is dearer than the operator pays for it"]


def test_what_gas_was_too_dear_for_is_sent_soon_after_it_is_cheap(chain: PoolChain) -> None:
    """However long it has been dear: others fill then, too."""
    sending = Sending(chain, fee_limits=FeeLimits(ordinary=Wei(4 * BASE_FEE)))
    cheap, chain.base_fee = chain.base_fee, 5 * BASE_FEE
    for _ in range(30):
        sending.sender.submit(make_withdraw())
        sending.blocks(1)
        sending.clock.advance(LONGEST_URGENT_RETRY_SECONDS)
    assert sending.sent_labels() == []
    chain.base_fee = cheap
    sending.clock.advance(LONGEST_URGENT_RETRY_SECONDS)
    sending.sender.submit(make_withdraw())
    sending.blocks(1)
    assert sending.sent_labels() == ["withdraw"]
