"""TransactionSender: what all that is in flight could cost, and what the account has."""

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.transactions.delivery import TOO_MUCH
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.doubles import ErrorObject
from tests.factories import AMOUNT, STAKE
from tests.fake_chain import BASE_FEE, TIP, PoolChain
from tests.made_actions import (
    make_claim_fill,
    make_fill,
    make_invalidate,
    make_relay,
    make_withdraw,
)
from tests.sending import Sending

pytestmark = pytest.mark.unit

COST = 125_000 * (2 * BASE_FEE + TIP)
"""Of any transaction on the chain in memory, besides its value."""


def have(sending: Sending, native: int) -> None:
    """The account has so much, and the sender knows it."""
    sending.chain.state.native = native
    sending.wallet.refresh(sending.chain.head().number)


def test_withdrawals_beyond_the_balance_wait(chain: PoolChain, sending: Sending) -> None:
    """As many go out as half of it could pay for, and the others when those are mined."""
    have(sending, 5 * COST)
    for claim_id in (1, 2, 3, 4):
        sending.sender.submit(make_withdraw(claim_id))
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1]
    assert sending.put_off() == [TOO_MUCH] * 2
    sending.blocks(1)
    for claim_id in (3, 4):
        sending.sender.submit(make_withdraw(claim_id))
    sending.turn()
    sending.blocks(1)
    assert sorted(chain.state.withdrawn) == [1, 2, 3, 4]
    assert len(sending.put_off()) == 2


def test_half_of_the_balance_is_kept_for_replacements(chain: PoolChain, sending: Sending) -> None:
    """The base fee rises thirtyfold: what stands before a proof is raised, one after the other."""
    have(sending, 40 * COST)
    for claim_id in range(1, 41):
        sending.sender.submit(make_withdraw(claim_id))
    sending.turn()
    assert len(chain.pool) == 20
    chain.base_fee = 20 * BASE_FEE
    proof = make_invalidate()
    for _ in range(25 * RESEND_BLOCKS):
        sending.sender.submit(proof)
        sending.blocks(1)
    assert chain.mined_nonces == 21
    assert sending.sender.done_at(proof.key) is not None


def test_what_is_in_flight_already_counts(chain: PoolChain, sending: Sending) -> None:
    """It is told once, however often it is tried."""
    have(sending, COST + COST // 2)
    chain.held.add(0)
    sending.sender.submit(make_withdraw(1))
    sending.turn()
    for _ in range(3):
        sending.sender.submit(make_withdraw(2))
        sending.turn()
        sending.clock.advance(10)
    assert len(chain.sent) == 1
    assert sending.put_off() == [TOO_MUCH]


@pytest.mark.parametrize("action", [make_fill(), make_withdraw(), make_relay(value=0)], ids=repr)
def test_what_can_wait_leaves_the_balance_to_a_claim(
    chain: PoolChain, sending: Sending, action: Action
) -> None:
    """The claim goes first, and takes what there is."""
    chain.state.allowance = AMOUNT
    have(sending, STAKE + COST + COST // 2)
    sending.sender.submit(action)
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    assert [t.value for t in chain.waiting()] == [STAKE]


@pytest.mark.parametrize("action", [make_claim_fill(), make_invalidate()], ids=repr)
def test_wrong_balance_stops_nothing_that_has_a_deadline(
    chain: PoolChain, sending: Sending, action: Action
) -> None:
    """The node knows better; a withdrawal waits until the balance is right."""
    chain.always("eth_getBalance", "0x0")
    sending.wallet.refresh(chain.head().number)
    sending.sender.submit(action)
    sending.sender.submit(make_withdraw())
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0]
    chain.always("eth_getBalance", hex(chain.state.native))
    sending.blocks(1)
    assert sending.sender.done_at(action.key) is not None
    sending.sender.submit(make_withdraw())
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [1]


def test_unknown_balance_stops_nothing(chain: PoolChain) -> None:
    """An endpoint may not tell it; then pools say what they do not take."""
    chain.on("eth_getBalance", lambda *_: ErrorObject("out of order"))
    sending = Sending(chain)
    sending.sender.submit(make_claim_fill())
    sending.sender.submit(make_withdraw())
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1]
    sending.blocks(1)
    assert len(chain.state.claims) == 1


def test_no_approval_is_sent_without_its_fill(chain: PoolChain, sending: Sending) -> None:
    """It would be for nothing: both must be covered."""
    have(sending, COST + COST // 2)
    sending.sender.submit(make_fill())
    sending.turn()
    assert chain.sent == []
    assert sending.put_off() == [TOO_MUCH]
    have(sending, 2 * COST)
    sending.clock.advance(10)
    sending.carry_out(make_fill())
