"""TransactionSender on a chain in memory: everything once, nothing stops the rest."""

import pytest

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPayloadError,
    RpcTimeoutError,
)
from beamer_agent.transactions.sender import BALANCE_SECONDS, REMEMBER_BLOCKS, TURN_SECONDS
from tests.doubles import ErrorObject
from tests.factories import AMOUNT, TARGET_TOKEN
from tests.fake_chain import PoolChain, make_claim_fill, make_fill, make_withdraw
from tests.sending import Sending

pytestmark = pytest.mark.unit

NO_ANSWER = RpcTimeoutError("no answer in time")


@pytest.fixture
def chain() -> PoolChain:
    """An empty chain."""
    return PoolChain()


@pytest.fixture
def sending(chain: PoolChain) -> Sending:
    """A sender that knows its balances."""
    sending = Sending(chain)
    sending.turn()
    return sending


def put_off(sending: Sending) -> list[str]:
    """Why actions were put off, in order."""
    return [line["error"] for line in sending.log.lines if line["event"] == "Put action off"]


def test_nothing_happens_before_the_first_head(chain: PoolChain) -> None:
    """The chain is not asked anything."""
    sending = Sending(chain)
    sending.sender.submit(make_fill())
    assert sending.sender.step() == TURN_SECONDS
    assert chain.calls == []


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
    """On such chains it cannot be simulated earlier; the approval is not repeated."""
    chain.has_pending_state = False
    sending.sender.submit(make_fill())
    sending.turn()
    sending.turn()
    assert sending.sent_labels() == ["approve"]
    sending.blocks(2)
    assert sending.sent_labels() == ["approve", "fill"]
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


def test_claims_go_before_fills_and_withdrawals(sending: Sending) -> None:
    """Nonces follow urgency."""
    for action in (make_withdraw(), make_fill(), make_claim_fill(2)):
        sending.sender.submit(action)
    sending.turn()
    assert sending.sent_labels() == ["claim", "approve", "fill", "withdraw"]


def test_action_is_carried_out_once(chain: PoolChain, sending: Sending) -> None:
    """Whenever it is submitted again: waiting, in flight, mined."""
    claim = make_claim_fill()
    for _ in range(5):
        sending.sender.submit(claim)
        sending.sender.submit(claim)
        sending.blocks(1)
    assert len(chain.state.claims) == 1
    assert not sending.sender.accepts(claim.key)
    assert sending.sender.is_working_on(claim.key)


def test_done_action_is_remembered_until_its_event_must_be_folded(chain: PoolChain) -> None:
    """Confirmation depth and a good deal more; a reorg may have undone it after that."""
    sending = Sending(chain, confirmation_blocks=10)
    sending.sender.submit(make_claim_fill())
    sending.blocks(2)
    sending.blocks(REMEMBER_BLOCKS + 10 - 1)
    assert sending.sender.is_working_on(make_claim_fill().key)
    sending.blocks(2)
    assert not sending.sender.is_working_on(make_claim_fill().key)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ErrorObject("execution reverted: paused", 3), "execution reverted: paused"),
        (
            ErrorObject("insufficient funds for transfer"),
            "insufficient funds for transfer (code -32000)",
        ),
        ("no number", "the result does not have the shape that was asked for"),
    ],
)
def test_bad_action_does_not_stop_the_others(
    chain: PoolChain, sending: Sending, answer: object, reason: str
) -> None:
    """Its simulation fails in whatever way; it is put off, with the reason."""
    estimate = chain._estimate

    def bad_for_claims(call: dict[str, str], tag: str) -> object:
        return answer if int(call["value"], 16) else estimate(call, tag)

    chain.on("eth_estimateGas", bad_for_claims)
    sending.sender.submit(make_claim_fill())
    sending.sender.submit(make_fill())
    sending.turn()
    sending.blocks(1)
    assert chain.state.fills_made == 1
    assert put_off(sending) == [reason]


def test_token_that_answers_nonsense_does_not_stop_the_others(
    chain: PoolChain, sending: Sending
) -> None:
    """As one without code does."""
    chain.on("eth_call", lambda *_: "0x")
    sending.sender.submit(make_fill())
    sending.sender.submit(make_withdraw())
    sending.turn()
    assert sending.sent_labels() == ["withdraw"]


@pytest.mark.parametrize("error", [NO_ANSWER, RpcHttpError(500)])
def test_action_that_the_endpoint_chokes_on_does_not_stay_first(
    chain: PoolChain, sending: Sending, error: RpcError
) -> None:
    """The turn ends, and the next one begins with the others."""
    sending.sender.submit(make_fill())
    sending.sender.submit(make_withdraw())
    with chain.trouble(error, "eth_call"):
        with pytest.raises(type(error)):
            sending.turn()
        sending.turn()
    assert sending.sent_labels() == ["withdraw"]


def test_lost_connection_puts_nothing_off(chain: PoolChain, sending: Sending) -> None:
    """It is nobody's fault; all go on as soon as it is back."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(RpcConnectionError("refused"), "eth_estimateGas"):
        for _ in range(3):
            with pytest.raises(RpcConnectionError):
                sending.turn()
    sending.turn()
    assert sending.sent_labels() == ["claim"]


def test_refused_action_is_tried_again_after_a_pause(chain: PoolChain, sending: Sending) -> None:
    """Not before, and not for ever more often; the reason is logged once."""
    chain.state.unpayable_claims.add(1)
    tries = []
    for second in range(100):
        sending.sender.submit(make_withdraw())
        before = len(chain.calls)
        sending.turn()
        if len(chain.calls) > before + 2:
            tries.append(second)
        sending.clock.advance(1)
    assert tries == [0, 2, 6, 14, 30, 62]
    assert len(put_off(sending)) == 1
    chain.state.unpayable_claims.clear()
    sending.clock.advance(60)
    sending.sender.submit(make_withdraw())
    sending.turn()
    assert sending.sent_labels() == ["withdraw"]


def test_request_that_another_has_filled_costs_nothing(chain: PoolChain, sending: Sending) -> None:
    """And is no warning."""
    chain.fill_by_other(make_fill())
    sending.sender.submit(make_fill())
    sending.turn()
    assert chain.sent == []
    assert put_off(sending) == ["the request is filled"]
    assert "warning" not in [line["log_level"] for line in sending.log.lines]


@pytest.mark.parametrize("is_late", [False, True])
def test_lost_answer_does_not_send_twice(
    chain: PoolChain, sending: Sending, is_late: bool
) -> None:
    """Whether the node had it or not: the same bytes are repeated, and mined once."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(NO_ANSWER, "eth_sendRawTransaction", is_late=is_late):
        with pytest.raises(RpcTimeoutError):
            sending.turn()
        assert not sending.sender.accepts(make_claim_fill().key)
    sending.clock.advance(120)
    sending.sender.submit(make_claim_fill())
    sending.turn()
    sending.blocks(10)
    assert len(chain.state.claims) == 1
    assert len({transaction.hash for transaction in chain.sent}) == 1


def test_transaction_that_never_arrived_is_repeated_at_once(
    chain: PoolChain, sending: Sending
) -> None:
    """On the next turn, not only when it is overdue."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(NO_ANSWER, "eth_sendRawTransaction"):
        sending.try_turn()
    assert chain.pool == {}
    sending.turn()
    assert list(chain.pool) == [0]


def test_node_that_knows_it_already_has_taken_it(chain: PoolChain, sending: Sending) -> None:
    """Some load balancers hand a transaction over twice; it is in flight, not refused."""
    take = chain._take

    def take_twice(raw: str) -> object:
        take(raw)
        return take(raw)

    chain.on("eth_sendRawTransaction", take_twice)
    sending.sender.submit(make_claim_fill())
    sending.turn()
    assert put_off(sending) == []
    sending.blocks(1)
    assert sending.sender.done_at(make_claim_fill().key) == chain.number


def test_answer_lost_and_mined_at_once(chain: PoolChain, sending: Sending) -> None:
    """The receipt tells what the answer did not."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(NO_ANSWER, "eth_sendRawTransaction", is_late=True):
        sending.try_turn()
    sending.blocks(10)
    assert len(chain.state.claims) == 1
    assert len(chain.sent) == 1


@pytest.mark.parametrize("words", ["nonce too low", "max fee per gas less than block base fee"])
def test_outdated_view_is_tried_again_with_the_next_head(
    chain: PoolChain, sending: Sending, words: str
) -> None:
    """Nothing was wrong with the action: no pause."""
    take = chain._take
    chain.on("eth_sendRawTransaction", lambda *_: ErrorObject(words))
    sending.sender.submit(make_claim_fill())
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    assert len(sending.sent_labels()) == 1  # the second one would meet with the same
    chain.on("eth_sendRawTransaction", take)
    sending.blocks(2)
    assert len(chain.state.claims) == 2


def test_node_that_refuses_one_takes_the_next_at_its_nonce(
    chain: PoolChain, sending: Sending
) -> None:
    """No gap is left, and the others go on in the same turn."""
    take = chain._take
    refusals = iter([ErrorObject("intrinsic gas too low")])
    chain.on("eth_sendRawTransaction", lambda raw: next(refusals, None) or take(raw))
    sending.sender.submit(make_claim_fill(1))
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    sending.blocks(1)
    assert [t.nonce for t in chain.executed] == [0]
    assert len(chain.state.claims) == 1


def test_nothing_is_added_where_the_pool_knows_of_another(
    chain: PoolChain, sending: Sending
) -> None:
    """Its nonce is taken by a transaction that is not ours: this turn sends nothing more."""
    chain.on(
        "eth_sendRawTransaction", lambda *_: ErrorObject("replacement transaction underpriced")
    )
    sending.sender.submit(make_claim_fill(1))
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    assert len(sending.sent_labels()) == 1


def test_nothing_is_added_behind_an_earlier_life(chain: PoolChain, sending: Sending) -> None:
    """Until it is mined; it may be the very same action."""
    sending.sender.submit(make_claim_fill(1))
    sending.turn()
    after = Sending(chain)
    after.sender.submit(make_claim_fill(1))
    after.sender.submit(make_fill(2))
    for _ in range(3):
        after.turn()
    assert len(chain.pool) == 1
    assert after.log.sentences() == ["Waiting for transactions of an earlier life"]
    after.blocks(2)
    assert len(chain.state.claims) == 1
    assert chain.state.fills_made == 1


def test_transactions_of_an_earlier_life_may_vanish(chain: PoolChain, sending: Sending) -> None:
    """Then theirs is done anew."""
    sending.sender.submit(make_claim_fill(1))
    sending.turn()
    after = Sending(chain)
    after.sender.submit(make_claim_fill(1))
    after.turn()
    chain.drop(0)
    after.turn()
    after.blocks(1)
    assert len(chain.state.claims) == 1


def test_cancelled_before_it_is_sent_is_not_sent(chain: PoolChain, sending: Sending) -> None:
    """Also when the turn has already begun with it."""
    estimate = chain._estimate

    def cancel_meanwhile(call: dict[str, str], tag: str) -> object:
        sending.sender.cancel(make_fill().key)
        return estimate(call, tag)

    chain.state.allowance = AMOUNT
    chain.on("eth_estimateGas", cancel_meanwhile)
    sending.sender.submit(make_fill())
    sending.turn()
    assert chain.sent == []
    assert not sending.sender.is_working_on(make_fill().key)


def test_cancelled_fill_is_undone(chain: PoolChain, sending: Sending) -> None:
    """Its nonce is used up by nothing; then the funds are free again."""
    chain.state.allowance = AMOUNT
    sending.sender.submit(make_fill())
    sending.turn()
    sending.wake.clear()
    sending.sender.cancel(make_fill().key)
    assert sending.wake.is_set()
    assert sending.sender.is_working_on(make_fill().key)
    sending.turn()
    sending.blocks(2)
    assert chain.state.fills_made == 0
    assert [transaction.value for transaction in chain.executed] == [0]
    assert not sending.sender.is_working_on(make_fill().key)


def test_cancelling_wakes_only_when_there_is_something_to_undo(sending: Sending) -> None:
    """A planner may say it on every turn."""
    sending.wake.clear()
    sending.sender.cancel(make_fill().key)
    sending.sender.submit(make_fill())
    sending.turn()
    sending.sender.cancel(make_fill().key)
    sending.wake.clear()
    sending.sender.cancel(make_fill().key)
    assert not sending.wake.is_set()


def test_submit_and_head_wake(sending: Sending) -> None:
    """A submit that changes nothing does not."""
    for wakes in (lambda: sending.sender.submit(make_fill()), sending.notice):
        sending.wake.clear()
        wakes()
        assert sending.wake.is_set()
    sending.wake.clear()
    sending.sender.submit(make_fill())
    assert not sending.wake.is_set()


def test_balances_are_read_at_first_then_now_and_then(chain: PoolChain, sending: Sending) -> None:
    """And those who decide are woken."""
    assert sending.changes == 1
    sending.turn()
    assert sending.changes == 1
    sending.clock.advance(BALANCE_SECONDS)
    sending.turn()
    assert sending.changes == 2


def test_balances_are_read_after_a_transaction(chain: PoolChain, sending: Sending) -> None:
    """They are those of its block, even when the monitor has not seen it yet."""
    sending.sender.submit(make_fill())
    sending.turn()
    sending.notice()
    chain.mine()
    sending.sender.step()
    funds = sending.wallet.funds()
    assert funds is not None
    assert funds.block_number == chain.number == 101
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


def test_answer_that_is_no_answer_puts_the_action_off(chain: PoolChain, sending: Sending) -> None:
    """The endpoint's own confusion."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(RpcPayloadError("the body is not JSON"), "eth_getLogs"):
        chain.number += 1
        sending.turn()
    assert put_off(sending) == ["the body is not JSON"]
    assert chain.sent == []
