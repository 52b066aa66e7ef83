"""TransactionSender: many actions cost a handful of questions, and one request to send them."""

from collections import Counter
from typing import Any

import pytest

from beamer_agent.actions.model import ApproveToken
from beamer_agent.errors import RpcError, RpcHttpError, RpcPayloadError
from beamer_agent.transactions.delivery import MOST_TOGETHER
from beamer_agent.transactions.dispatch import MOST_ACTIONS, SENDING_SECONDS
from beamer_agent.transactions.simulation import MOST_CALLS
from beamer_agent.types import TokenAmount
from tests.doubles import ErrorObject
from tests.factories import AMOUNT, TARGET_TOKEN
from tests.fake_chain import PoolChain
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
from tests.sending import NO_ANSWER, Sending

pytestmark = pytest.mark.unit

ENDLESS = 2**256 - 1


def asked(chain: PoolChain, before: int) -> Counter[str]:
    """The calls since then."""
    return Counter(chain.methods()[before:])


def test_fill_leaves_after_one_question(chain: PoolChain, sending: Sending) -> None:
    """All that must be known is asked in one HTTP request; another one sends it."""
    sending.carry_out(make_fill(1, approval=ENDLESS))
    sending.sender.submit(make_fill(2, approval=ENDLESS))
    posts, calls = chain.posts, len(chain.calls)
    sending.turn()
    assert sending.sent_labels() == ["approve", "fill", "fill"]
    assert chain.posts - posts == 2
    assert asked(chain, calls)["eth_call"] == 0  # the allowance is known


def test_many_actions_are_asked_about_together(chain: PoolChain, sending: Sending) -> None:
    """News once, one simulated block for all of them."""
    chain.state.allowance = ENDLESS
    count = MOST_CALLS
    for nonce in range(1, count + 1):
        sending.sender.submit(make_fill(nonce, approval=ENDLESS))
    posts, calls = chain.posts, len(chain.calls)
    sending.turn()
    by_method = asked(chain, calls)
    assert by_method["eth_sendRawTransaction"] == count
    assert by_method["eth_simulateV1"] == 1
    assert by_method["eth_getLogs"] == 1
    assert by_method["eth_call"] == 1  # the allowance, once
    assert sum(by_method.values()) - count <= 8
    assert chain.posts - posts <= 3 + -(-count // MOST_TOGETHER)
    sending.blocks(1)
    assert chain.state.fills_made == count


def test_more_than_one_question_holds_are_sent_in_one_turn(
    chain: PoolChain, sending: Sending
) -> None:
    """One round after the other, each action once."""
    count = MOST_ACTIONS + 10
    for claim_id in range(count):
        sending.sender.submit(make_withdraw(claim_id))
    sending.turn()
    sending.blocks(1)
    assert sorted(chain.state.withdrawn) == list(range(count))


def test_sending_that_takes_long_ends_with_its_turn(chain: PoolChain, sending: Sending) -> None:
    """What is more urgent may have come meanwhile: it goes before what is left."""
    simulate = chain.answer_of("eth_simulateV1")

    def slowly(*params: Any) -> Any:
        sending.clock.advance(SENDING_SECONDS)
        return simulate(*params)

    chain.on("eth_simulateV1", slowly)
    for claim_id in range(MOST_ACTIONS + 10):
        sending.sender.submit(make_withdraw(claim_id))
    sending.notice()
    sending.wake.clear()
    sending.sender.step()
    assert len(chain.pool) == MOST_ACTIONS
    assert sending.wake.is_set()
    sending.sender.submit(make_claim_fill())
    sending.turn()
    assert [nonce for nonce, t in chain.pool.items() if t.value] == [MOST_ACTIONS]


@pytest.mark.parametrize(
    "answer",
    [ErrorObject("the method eth_simulateV1 does not exist", -32601), RpcHttpError(403)],
    ids=["no such method", "gateway"],
)
def test_where_no_block_is_simulated_each_is_tried_alone(
    chain: PoolChain, sending: Sending, answer: object
) -> None:
    """In one request; it is not asked for again."""
    chain.state.allowance = ENDLESS
    chain.on("eth_simulateV1", lambda *_: _given(answer))
    sending.carry_out(make_fill(1, approval=ENDLESS), make_fill(2, approval=ENDLESS))
    sending.carry_out(make_fill(3, approval=ENDLESS))
    assert asked(chain, 0)["eth_simulateV1"] == 1
    assert sending.log.sentences().count("Endpoint simulates one transaction at a time") == 1


def _given(answer: object) -> object:
    if isinstance(answer, RpcError):
        raise answer
    return answer


def test_nonsense_for_a_simulation_is_not_remembered(chain: PoolChain, sending: Sending) -> None:
    """It was one answer; each is tried alone this time."""
    simulate = chain.answer_of("eth_simulateV1")
    chain.always("eth_simulateV1", [{"calls": "all fine"}])
    sending.carry_out(make_claim_fill(1))
    chain.on("eth_simulateV1", simulate)
    sending.carry_out(make_claim_fill(2))
    assert asked(chain, 0)["eth_estimateGas"] == 1


def test_gas_limit_covers_refunds(chain: PoolChain, sending: Sending) -> None:
    """A simulation tells what is paid; a quarter more may be needed on the way."""
    sending.sender.submit(make_claim_fill())
    sending.turn()
    assert chain.sent[0].gas >= 75_000 * 5 / 4 + 22_100


def test_fill_behind_an_approval_on_its_way_is_simulated_with_it(
    chain: PoolChain, sending: Sending
) -> None:
    """No block has it yet, and the pending state is not asked for."""
    chain.has_pending_state = False
    sending.sender.submit(make_fill(1, approval=ENDLESS))
    sending.turn()
    sending.sender.submit(make_fill(2, approval=ENDLESS))
    sending.turn()
    assert sending.sent_labels() == ["approve", "fill", "fill"]


def test_approval_is_not_sent_for_a_fill_that_would_fail(
    chain: PoolChain, sending: Sending
) -> None:
    """The two are simulated together; the fills behind it do not count on the approval."""
    chain.state.bad_nonces.add(1)
    for nonce in (1, 2):
        sending.sender.submit(make_fill(nonce, approval=ENDLESS))
    sending.notice()
    sending.wake.clear()
    sending.sender.step()
    assert chain.sent == []
    assert sending.wake.is_set()
    sending.turn()
    assert sending.sent_labels() == ["approve", "fill"]


def test_nothing_is_approved_for_a_receiver_that_the_token_refuses(
    chain: PoolChain, sending: Sending
) -> None:
    """Where the fill cannot be simulated behind its approval, its payment is tried alone."""
    chain.simulates_blocks = False
    chain.state.refused_receivers.add(make_fill().receiver.lower())
    sending.sender.submit(make_fill())
    sending.turn()
    assert chain.sent == []
    assert len(sending.put_off()) == 1


@pytest.mark.parametrize("simulates_blocks", [True, False])
def test_token_that_wants_zero_first_is_given_it_at_once(
    chain: PoolChain, sending: Sending, simulates_blocks: bool
) -> None:
    """It has refused one approval in a simulation, and is known from then on."""
    chain.simulates_blocks = simulates_blocks
    chain.state.is_zero_first, chain.state.allowance = True, 1
    sending.sender.submit(make_fill(1))
    for _ in range(4):
        sending.turn()
    sending.blocks(1)
    assert sending.sent_labels() == ["approve", "approve", "fill"]
    assert chain.state.fills_made == 1
    assert sending.put_off() == []


def test_allowance_is_asked_anew_after_a_setback(chain: PoolChain, sending: Sending) -> None:
    """Somebody with the same key has revoked it: a fill fails once, not for ever."""
    sending.carry_out(make_fill(1, approval=ENDLESS))
    chain.state.allowance = 0
    chain.foresees = False
    sending.sender.submit(make_fill(2, approval=ENDLESS))
    sending.turn()
    sending.blocks(1)
    chain.foresees = True
    sending.clock.advance(60)
    sending.carry_out(make_fill(2, approval=ENDLESS))
    assert sending.sent_labels() == ["approve", "fill", "fill", "approve", "fill"]


def test_allowance_is_asked_anew_after_a_fill_that_cannot_be_made(
    chain: PoolChain, sending: Sending
) -> None:
    """It has been revoked in between: the next attempt begins with an approval."""
    sending.carry_out(make_fill(1, approval=ENDLESS))
    chain.state.allowance = 0
    sending.sender.submit(make_fill(2, approval=ENDLESS))
    sending.turn()
    assert len(sending.put_off()) == 1
    sending.clock.advance(60)
    sending.carry_out(make_fill(2, approval=ENDLESS))
    assert sending.sent_labels() == ["approve", "fill", "approve", "fill"]


def test_approval_ahead_of_time_serves_the_fills_behind_it(
    chain: PoolChain, sending: Sending
) -> None:
    """It is made once; when it is not needed, nobody is told."""
    approve = ApproveToken(TARGET_TOKEN, TokenAmount(ENDLESS), TokenAmount(2**255))
    sending.sender.submit(make_fill(1, approval=ENDLESS))
    sending.sender.submit(approve)
    sending.turn()
    sending.blocks(1)
    assert sending.sent_labels() == ["approve", "fill"]
    after = Sending(chain)
    after.sender.submit(approve)
    after.turn()
    assert (after.sent_labels(), after.put_off()) == ([], [])
    assert not after.sender.has_work()


@pytest.mark.parametrize("error", [NO_ANSWER, RpcPayloadError("the body is not JSON")])
def test_lost_answer_for_many_sends_none_twice(
    chain: PoolChain, sending: Sending, error: RpcError
) -> None:
    """Whether the node had them or not: the same bytes are repeated."""
    chain.state.allowance = 10 * AMOUNT
    actions = [make_fill(nonce, amount=AMOUNT) for nonce in range(1, 6)]
    for action in actions:
        sending.sender.submit(action)
    with chain.trouble(error, "eth_sendRawTransaction", is_late=True):
        sending.try_turn()
    sending.turn()
    sending.blocks(1)
    assert chain.state.fills_made == 5
    assert len({transaction.hash for transaction in chain.sent}) == 5
