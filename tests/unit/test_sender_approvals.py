"""TransactionSender: fills and the approvals that they need, on a chain in memory."""

import pytest

from tests.factories import AMOUNT
from tests.fake_chain import PoolChain
from tests.made_actions import make_fill
from tests.sending import Sending

pytestmark = pytest.mark.unit


def test_approval_and_fill_go_into_one_block(chain: PoolChain, sending: Sending) -> None:
    """The fill is simulated behind the approval."""
    assert sending.sender.submit(make_fill())
    sending.turn()
    assert sending.sent_labels() == ["approve", "fill"]
    sending.blocks(1)
    assert chain.state.fills_made == 1
    assert chain.state.allowance == 0
    assert sending.sender.done_at(make_fill().key) == chain.number


def test_fill_waits_for_its_approval_where_there_is_no_pending_state(
    chain: PoolChain, sending: Sending
) -> None:
    """Where it cannot be simulated behind it either; the approval is not repeated."""
    chain.simulates_blocks = chain.has_pending_state = False
    sending.sender.submit(make_fill())
    sending.turn()
    sending.turn()
    assert sending.sent_labels() == ["approve"]
    sending.blocks(2)
    assert sending.sent_labels() == ["approve", "fill"]
    assert chain.state.fills_made == 1


def test_where_no_block_is_simulated_a_fill_goes_once_its_approval_is_pending(
    chain: PoolChain, sending: Sending
) -> None:
    """In two turns, at once one after the other."""
    chain.simulates_blocks = False
    sending.sender.submit(make_fill())
    sending.notice()
    sending.wake.clear()
    sending.sender.step()
    assert sending.sent_labels() == ["approve"]
    assert sending.wake.is_set()
    sending.turn()
    sending.blocks(1)
    assert chain.state.fills_made == 1


def test_many_fills_of_one_token_go_into_one_block(chain: PoolChain, sending: Sending) -> None:
    """Each with an allowance of its own, exactly."""
    for nonce in range(1, 41):
        sending.sender.submit(make_fill(nonce))
    sending.turn()
    sending.blocks(1)
    assert chain.state.fills_made == 40
    assert chain.state.allowance == 0


def test_one_unlimited_approval_serves_all(chain: PoolChain, sending: Sending) -> None:
    """In flight or mined."""
    for nonce in (1, 2):
        sending.sender.submit(make_fill(nonce, approval=2**256 - 1))
    sending.turn()
    sending.blocks(1)
    sending.sender.submit(make_fill(3, approval=2**256 - 1))
    sending.turn()
    assert sending.sent_labels() == ["approve", "fill", "fill", "fill"]


def test_limited_allowance_of_a_token_that_wants_zero_first(
    chain: PoolChain, sending: Sending
) -> None:
    """Two fills and a half of allowance: nothing reverts, though nothing is mined yet."""
    chain.state.is_zero_first = True
    for nonce in range(1, 4):
        sending.sender.submit(make_fill(nonce, approval=AMOUNT * 3 // 2))
    sending.turn()
    sending.blocks(1)
    assert chain.state.fills_made == 3
    assert all(receipt["status"] == "0x1" for receipt in chain.receipts.values())


def test_estimated_gas_is_enough_to_set_an_allowance_anew(
    chain: PoolChain, sending: Sending
) -> None:
    """A fill that is on its way will have used up the one that the estimate sees (EIP-2929)."""
    changes_it, sets_it = 26_000, 46_000
    chain.simulates_blocks = False
    chain.on("eth_estimateGas", lambda *_: hex(changes_it))
    sending.sender.submit(make_fill())
    sending.turn()
    (approval,) = chain.waiting()
    assert approval.gas >= sets_it


@pytest.mark.parametrize("simulates_blocks", [True, False])
def test_fill_that_fails_keeps_no_other_from_the_allowance_it_was_to_use(
    chain: PoolChain, sending: Sending, simulates_blocks: bool
) -> None:
    """However often both are tried together, and though the token takes no other approval."""
    chain.simulates_blocks = simulates_blocks
    chain.state.is_zero_first = True
    chain.state.allowance = AMOUNT
    chain.state.bad_nonces.add(1)
    for _ in range(3):
        sending.sender.submit(make_fill(1, approval=5 * AMOUNT))
        sending.sender.submit(make_fill(2, approval=5 * AMOUNT))
        sending.blocks(1)
    assert chain.state.fills_made == 1
