"""TransactionSender: what is refused is put off, and nothing stops the rest."""

import itertools

import pytest

from beamer_agent.errors import RpcConnectionError, RpcError, RpcHttpError, RpcPayloadError
from beamer_agent.transactions.delivery import MOST_TOGETHER
from beamer_agent.transactions.dispatch import MOST_ACTIONS
from tests.doubles import ErrorObject
from tests.factories import AMOUNT, STAKE
from tests.fake_chain import PoolChain
from tests.fake_contracts import decoded
from tests.fee_desk import history
from tests.made_actions import make_claim_fill, make_fill, make_invalidate, make_withdraw
from tests.sending import NO_ANSWER, Sending

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ErrorObject("execution reverted: paused", 3), "execution reverted: paused"),
        (
            ErrorObject("insufficient funds for transfer"),
            "insufficient funds for transfer (code -32000)",
        ),
        ("no number", "eth_estimateGas: not a number"),
    ],
)
def test_bad_action_does_not_stop_the_others(
    chain: PoolChain, sending: Sending, answer: object, reason: str
) -> None:
    """Its simulation fails in whatever way; it is put off, with the reason."""
    chain.simulates_blocks = False
    estimate = chain._estimate

    def bad_for_claims(call: dict[str, str], tag: str) -> object:
        return answer if int(call["value"], 16) else estimate(call, tag)

    chain.on("eth_estimateGas", bad_for_claims)
    chain.state.allowance = AMOUNT
    sending.sender.submit(make_claim_fill())
    sending.sender.submit(make_fill())
    sending.turn()
    sending.blocks(1)
    assert chain.state.fills_made == 1
    assert sending.put_off() == [reason]


def test_action_that_would_revert_does_not_stop_those_in_its_block(
    chain: PoolChain, sending: Sending
) -> None:
    """The simulated block goes on behind it."""
    chain.state.unpayable_claims.add(2)
    for claim_id in (1, 2, 3):
        sending.sender.submit(make_withdraw(claim_id))
    sending.turn()
    sending.blocks(1)
    assert chain.state.withdrawn == [1, 3]
    assert sending.put_off() == ["execution reverted: nothing to withdraw"]


def test_call_that_cannot_be_paid_does_not_keep_the_others_from_being_simulated(
    chain: PoolChain, sending: Sending
) -> None:
    """Nodes refuse the whole block then: each is tried alone."""
    chain.state.native = STAKE - 1
    sending.sender.submit(make_claim_fill(1))
    sending.sender.submit(make_withdraw())
    sending.turn()
    assert sending.sent_labels() == ["withdraw"]
    assert sending.put_off() == [
        "Insufficient funds for gas * price + value (code -32003)",
    ]


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
    """Fewer are asked about together, until it is known which one it is."""
    sending.sender.submit(make_invalidate())
    sending.sender.submit(make_withdraw(1))
    sending.sender.submit(make_withdraw(2))
    with chain.trouble(error, "eth_call"):
        for _ in range(2):
            with pytest.raises(type(error)):
                sending.turn()
        sending.turn()
    assert sending.sent_labels() == ["withdraw", "withdraw"]
    assert sending.put_off() == [str(error)]


def test_lost_connection_puts_nothing_off(chain: PoolChain, sending: Sending) -> None:
    """It is nobody's fault; all go on as soon as it is back."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(RpcConnectionError("refused"), "eth_simulateV1"):
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
    assert len(sending.put_off()) == 1
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
    assert sending.put_off() == ["the request is filled"]
    assert "warning" not in [line["log_level"] for line in sending.log.lines]


@pytest.mark.parametrize(
    "words", ["nonce too low", "max fee per gas less than block base fee", "txpool is full"]
)
def test_outdated_view_is_tried_again_with_the_next_head(
    chain: PoolChain, sending: Sending, words: str
) -> None:
    """Nothing was wrong with the actions: no pause."""
    take = chain._take
    chain.on("eth_sendRawTransaction", lambda *_: ErrorObject(words))
    sending.sender.submit(make_claim_fill())
    sending.sender.submit(make_claim_fill(2))
    sending.turn()
    assert sending.put_off() == []
    chain.on("eth_sendRawTransaction", take)
    sending.blocks(2)
    assert len(chain.state.claims) == 2


def refuse(chain: PoolChain, words: str, *places: int) -> None:
    """Have the pool refuse some of the next transactions, by their place."""
    take, count = chain._take, itertools.count()
    chain.on(
        "eth_sendRawTransaction",
        lambda raw: ErrorObject(words) if next(count) in places else take(raw),
    )


@pytest.mark.parametrize("place", [0, 1, MOST_ACTIONS - 2])
def test_refused_transaction_leaves_no_gap_in_front_of_others(
    chain: PoolChain, sending: Sending, place: int
) -> None:
    """Its nonce goes to the next action of the turn."""
    refuse(chain, "intrinsic gas too low", place)
    for nonce in range(MOST_ACTIONS + 2):
        sending.sender.submit(make_claim_fill(nonce))
    sending.blocks(2)
    assert len(chain.state.claims) == len(chain.executed) == MOST_ACTIONS + 1
    assert sending.log.sentences("warning") == ["Put action off"]


def test_fill_takes_no_nonce_before_its_approval(chain: PoolChain, sending: Sending) -> None:
    """It would fail there."""
    refuse(chain, "intrinsic gas too low", 0)
    sending.sender.submit(make_claim_fill(1))
    sending.sender.submit(make_fill(2, approval=5 * AMOUNT))
    sending.turn()
    sending.sender.submit(make_fill(3))
    sending.turn()
    sending.blocks(3)
    assert chain.state.fills_made == 2


def test_fill_whose_approval_is_refused_is_undone(chain: PoolChain, sending: Sending) -> None:
    """It is taken, but would fail; afterwards it is made with a new approval."""
    refuse(chain, "intrinsic gas too low", 0)
    sending.sender.submit(make_fill())
    sending.turn()
    sending.blocks(4)
    assert [bool(t.data) for t in chain.executed] == [False, False]
    sending.clock.advance(60)
    sending.carry_out(make_fill())
    assert chain.state.fills_made == 1


def test_rest_of_a_turn_waits_when_nothing_is_taken(chain: PoolChain, sending: Sending) -> None:
    """The pool is full: it is not asked fifty times more."""
    refuse(chain, "txpool is full", *range(1_000))
    for nonce in range(1, 2 * MOST_TOGETHER):
        sending.sender.submit(make_claim_fill(nonce))
    sending.turn()
    assert chain.methods().count("eth_sendRawTransaction") == MOST_TOGETHER
    assert sending.is_idle()


def test_nonce_that_the_pool_knows_of_another_is_left_to_it(
    chain: PoolChain, sending: Sending
) -> None:
    """It is taken by a transaction that is not ours: the action waits for a while."""
    refuse(chain, "replacement transaction underpriced", 0)
    sending.sender.submit(make_claim_fill(1))
    sending.turn()
    assert sending.put_off() == ["replacement transaction underpriced (code -32000)"]


def test_delegated_account_sends_one_at_a_time_when_nodes_say_so(
    chain: PoolChain, sending: Sending
) -> None:
    """The others wait until it is mined, without a pause and without being tried."""
    limit = "in-flight transaction limit reached for delegated accounts"
    take = chain._take
    chain.on("eth_sendRawTransaction", lambda raw: ErrorObject(limit) if chain.pool else take(raw))
    for nonce in (1, 2, 3):
        sending.sender.submit(make_claim_fill(nonce))
    sending.turn()
    sending.turn()
    assert len(chain.sent) == 1
    sending.blocks(5)
    assert len(chain.state.claims) == 3
    assert sending.put_off() == []


def test_answer_that_is_no_answer_puts_the_action_off(chain: PoolChain, sending: Sending) -> None:
    """The endpoint's own confusion."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(RpcPayloadError("the body is not JSON"), "eth_getLogs"):
        chain.number += 1
        sending.try_turn()
    assert sending.put_off() == ["the body is not JSON"]
    assert chain.sent == []


def test_chain_that_contradicts_an_action_is_remembered(
    chain: PoolChain, sending: Sending
) -> None:
    """The claimed fill exists, though its event was never seen."""
    action = make_invalidate()
    chain.state.fills[action.request_id] = action.fill_id
    sending.sender.submit(action)
    sending.turn()
    assert sending.sender.is_contradicted(action.key)
    assert sending.put_off() == ["the fill exists"]
    assert chain.sent == []


def test_contract_that_refuses_an_absence_contradicts_nothing(
    chain: PoolChain, sending: Sending
) -> None:
    """Its bridge may be paused; that says nothing of the fill."""
    action = make_invalidate()
    chain.simulates_blocks = False
    chain.on("eth_estimateGas", lambda *_: ErrorObject("execution reverted: paused", 3))
    sending.sender.submit(action)
    sending.turn()
    assert not sending.sender.is_contradicted(action.key)
    assert sending.put_off() == ["execution reverted: paused"]


def test_tip_that_blocks_take_and_pools_refuse_is_raised(
    chain: PoolChain, sending: Sending
) -> None:
    """Blocks may have transactions that never were in a pool."""
    chain.on("eth_feeHistory", lambda *_: history(1))
    take = chain._take

    def insist(raw: str) -> object:
        is_cheap = decoded(bytes.fromhex(raw[2:])).priority < chain.tip
        return ErrorObject("transaction underpriced: tip needed") if is_cheap else take(raw)

    chain.on("eth_sendRawTransaction", insist)
    sending.sender.submit(make_claim_fill())
    sending.turn()
    sending.blocks(2)
    assert len(chain.state.claims) == 1
