"""TransactionSender: what is refused is put off, and nothing stops the rest."""

import pytest

from beamer_agent.errors import RpcConnectionError, RpcError, RpcHttpError, RpcPayloadError
from tests.doubles import ErrorObject
from tests.fake_chain import PoolChain
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
    estimate = chain._estimate

    def bad_for_claims(call: dict[str, str], tag: str) -> object:
        return answer if int(call["value"], 16) else estimate(call, tag)

    chain.on("eth_estimateGas", bad_for_claims)
    sending.sender.submit(make_claim_fill())
    sending.sender.submit(make_fill())
    sending.turn()
    sending.blocks(1)
    assert chain.state.fills_made == 1
    assert sending.put_off() == [reason]


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


def test_answer_that_is_no_answer_puts_the_action_off(chain: PoolChain, sending: Sending) -> None:
    """The endpoint's own confusion."""
    sending.sender.submit(make_claim_fill())
    with chain.trouble(RpcPayloadError("the body is not JSON"), "eth_getLogs"):
        chain.number += 1
        sending.turn()
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
    chain.on("eth_estimateGas", lambda *_: ErrorObject("execution reverted: paused", 3))
    sending.sender.submit(action)
    sending.turn()
    assert not sending.sender.is_contradicted(action.key)
    assert sending.put_off() == ["execution reverted: paused"]
