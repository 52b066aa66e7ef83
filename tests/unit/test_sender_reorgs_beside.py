"""TransactionSender: around a reorganisation: who notices it, whose nonces, what is asked."""

import pytest

from beamer_agent.errors import RpcConnectionError
from beamer_agent.transactions.orphans import PATIENCE_SECONDS
from beamer_agent.transactions.settled import FIRST_LOOK_BLOCKS
from tests.doubles import ErrorObject
from tests.factories import AMOUNT, TARGET_TOKEN
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill, make_fill
from tests.sending import Sending

pytestmark = pytest.mark.unit


def test_reorganisation_that_nobody_tells_of_is_found(chain: PoolChain, sending: Sending) -> None:
    """The block was newer than any that the monitor had seen: its receipt is asked for again."""
    sending.carry_out(make_claim_fill())
    chain.reorg(1, keep_in_pool=False)
    sending.blocks(FIRST_LOOK_BLOCKS)
    assert sending.log.sentences("warning") == ["Transaction's block was replaced"]
    sending.sender.submit(make_claim_fill())
    sending.turn()
    sending.blocks(1)
    assert len(chain.state.claims) == 1


def test_two_reorganisations_between_two_turns(chain: PoolChain, sending: Sending) -> None:
    """The deeper one counts, whichever came last."""
    sending.carry_out(make_claim_fill(1))
    sending.carry_out(make_claim_fill(2))
    sending.reorganise(2, keep_in_pool=False)
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    assert all(sending.sender.accepts(make_claim_fill(n).key) for n in (1, 2))


def test_settled_transactions_are_asked_for_ever_more_rarely(
    chain: PoolChain, sending: Sending
) -> None:
    """Not on every head; and not at all once they are final."""
    sending.finality_blocks = 100
    sending.carry_out(make_claim_fill())
    before = len(chain.calls)
    sending.blocks(99)
    assert set(chain.methods()[before:]) == {"eth_getTransactionReceipt"}
    assert len(chain.calls) - before <= 5
    sending.blocks(1)
    before = len(chain.calls)
    sending.blocks(300)
    assert len(chain.calls) == before


def test_new_action_takes_no_nonce_of_a_lost_one(chain: PoolChain, sending: Sending) -> None:
    """Though the chain counts fewer, and nobody has told why; or counts it as waiting."""
    sending.carry_out(make_claim_fill(1))
    chain.reorg(1, keep_in_pool=False)
    chain.stale_pending = 1
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    assert [t.nonce for t in chain.waiting()] == [1]


def test_count_of_before_the_reorganisation_stops_nothing(
    chain: PoolChain, sending: Sending
) -> None:
    """Some nodes go on counting what waited: it was ours, and we know what became of it."""
    sending.carry_out(make_claim_fill(1))
    sending.carry_out(make_claim_fill(2))
    chain.stale_pending = 2
    sending.reorganise(2, keep_in_pool=False)
    sending.turn()
    for nonce in (1, 2, 3):
        sending.sender.submit(make_claim_fill(nonce))
    sending.turn()
    sending.blocks(1)
    assert len(chain.state.claims) == 3
    assert "Waiting for transactions of an earlier life" not in sending.log.sentences()


def test_nothing_is_added_behind_a_lost_transaction_of_an_earlier_life(
    chain: PoolChain, sending: Sending
) -> None:
    """The pool has it still: the same action behind it would be a second one."""
    sending.carry_out(make_claim_fill(1))
    after = Sending(chain)
    after.turn()
    after.carry_out(make_claim_fill(2))
    chain.held.update({0, 1})
    after.reorganise(2, keep_in_pool=True)
    after.turn()
    after.sender.submit(make_claim_fill(2))
    after.sender.submit(make_claim_fill(1))
    after.turn()
    assert [t.nonce for t in chain.waiting()] == [0, 1]
    chain.held.clear()
    after.blocks(2)
    assert len(chain.state.claims) == 2


def test_balances_are_read_again_after_a_reorganisation(
    chain: PoolChain, sending: Sending
) -> None:
    """What was paid is there again; what is promised is decided upon that."""
    sending.carry_out(make_fill())
    changes = sending.changes
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    funds = sending.wallet.funds()
    assert funds is not None
    assert funds.tokens_free[TARGET_TOKEN] == 1_000 * AMOUNT
    assert sending.changes == changes + 1


def test_endpoint_that_fails_loses_no_orphan(chain: PoolChain, sending: Sending) -> None:
    """The next turn goes on where this one stopped."""
    sending.carry_out(make_claim_fill())
    sending.reorganise(1, keep_in_pool=False)
    with chain.trouble(RpcConnectionError("refused"), "eth_getTransactionReceipt"):
        sending.try_turn()
    sending.sender.submit(make_claim_fill())
    with chain.trouble(RpcConnectionError("refused"), "eth_simulateV1"):
        sending.try_turn()
    sending.turn()
    sending.blocks(1)
    assert len(chain.state.claims) == 1
    assert [t.nonce for t in chain.executed] == [0]


def test_endpoint_that_cannot_simulate_holds_up_for_a_while_only(
    chain: PoolChain, sending: Sending
) -> None:
    """Then the nonce is used up, so that others can go on."""
    chain.simulates_blocks = False
    sending.carry_out(make_claim_fill(1))
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    sending.sender.submit(make_claim_fill(1))
    chain.on("eth_estimateGas", lambda *_: "no number")
    sending.turn()
    assert chain.pool == {}
    sending.clock.advance(PATIENCE_SECONDS)
    sending.turn()
    assert [t.data for t in chain.waiting()] == [b""]


def test_endpoint_without_news_holds_up_for_a_while_only(
    chain: PoolChain, sending: Sending
) -> None:
    """Nobody knows whether another has carried it out: it is not sent, and then undone."""
    sending.carry_out(make_claim_fill(1))
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    sending.sender.submit(make_claim_fill(1))
    chain.always("eth_getLogs", ErrorObject("internal error"))
    sending.turn()
    assert chain.pool == {}
    sending.clock.advance(PATIENCE_SECONDS)
    sending.turn()
    assert [t.data for t in chain.waiting()] == [b""]


def test_sender_has_work_until_everything_is_settled(chain: PoolChain, sending: Sending) -> None:
    """A chain that is followed only for it may be left alone after that."""
    assert not sending.sender.has_work()
    sending.sender.submit(make_claim_fill())
    assert sending.sender.has_work()
    sending.turn()
    assert sending.sender.has_work()
    sending.blocks(1)
    assert not sending.sender.has_work()
    sending.reorganise(1, keep_in_pool=False)
    sending.turn()
    assert sending.sender.has_work()
