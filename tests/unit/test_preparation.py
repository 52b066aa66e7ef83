"""Preparation: which transactions an action needs, and when it needs none any more."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from beamer_agent.actions.model import Action, ApproveToken
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.errors import RpcError, RpcPayloadError, RpcResponseError
from beamer_agent.transactions.model import PlannedTransaction
from beamer_agent.transactions.preparation import OLDEST_PLAN_BLOCKS, Preparation
from beamer_agent.transactions.reasons import AlreadyDoneError, NotNeededError
from beamer_agent.transactions.simulation import call_fields
from beamer_agent.types import TokenAmount
from tests.doubles import ErrorObject, make_client
from tests.factories import (
    ALICE,
    AMOUNT,
    FILL_MANAGER,
    REQUEST_MANAGER,
    STAKE,
    TARGET_TOKEN,
    make_block,
)
from tests.fake_chain import PoolChain
from tests.fake_events import ACCOUNT
from tests.made_actions import make_claim_fill, make_fill, make_invalidate, make_withdraw
from tests.preparing import draft_of, make_book
from tests.raw_logs import make_log
from tests.sending import FILL_MANAGER_ABI, REQUEST_MANAGER_ABI, make_preparation

pytestmark = pytest.mark.unit

TOKEN = Contract(TARGET_TOKEN, ERC20_ABI)
FILLS = Contract(FILL_MANAGER, FILL_MANAGER_ABI)
REQUESTS = Contract(REQUEST_MANAGER, REQUEST_MANAGER_ABI)


@pytest.fixture
def chain() -> PoolChain:
    """An empty chain."""
    return PoolChain()


@pytest.fixture
def preparation(chain: PoolChain) -> Preparation:
    """Of its account."""
    return make_preparation(make_client(chain))


def prepare(
    preparation: Preparation, action: Action, in_flight: int | None = None
) -> list[PlannedTransaction]:
    """With this much allowance on its way."""
    return list(draft_of(preparation, action, make_book(in_flight)).planned)


def approvals(planned: list[PlannedTransaction]) -> list[int]:
    """The amounts approved before the fill, each for the FillManager and no one else."""
    *first, fill = planned
    assert fill.label == "fill"
    amounts: list[int] = []
    for transaction in first:
        amount = transaction.allowance_after
        assert amount is not None
        assert transaction.call == TOKEN.call("approve", FILL_MANAGER, amount.amount)
        amounts.append(amount.amount)
    return amounts


def test_fill_repeats_what_was_asked(preparation: Preparation) -> None:
    """And pays nothing in native currency."""
    action = make_fill(3)
    fill = prepare(preparation, action)[-1]
    assert fill.call == FILLS.call(
        "fillRequest",
        action.source_chain_id,
        action.target_token,
        action.receiver,
        action.amount,
        action.nonce,
    )
    assert call_fields(fill, ACCOUNT.address) == {
        "from": ACCOUNT.address,
        "to": FILL_MANAGER,
        "data": "0x" + fill.call.data.hex(),
        "value": "0x0",
    }


@pytest.mark.parametrize(
    ("allowance", "in_flight", "wanted"),
    [
        (0, None, [AMOUNT]),
        (AMOUNT - 1, None, [AMOUNT]),
        (AMOUNT, None, []),
        (AMOUNT, 0, [AMOUNT]),  # a fill on its way uses it up
        (0, AMOUNT, []),  # an approval is on its way
        (0, AMOUNT - 1, [0, AMOUNT]),  # whether the token takes it cannot be asked
    ],
)
def test_only_a_missing_allowance_is_approved(
    chain: PoolChain,
    preparation: Preparation,
    allowance: int,
    in_flight: int | None,
    wanted: list[int],
) -> None:
    """What is on its way counts, not what the chain says now."""
    chain.state.allowance = allowance
    assert approvals(prepare(preparation, make_fill(), in_flight)) == wanted


def test_token_that_wants_zero_first_gets_it(chain: PoolChain, preparation: Preparation) -> None:
    """Once it is known; others change one allowance into another, and save a transaction."""
    chain.state.allowance = AMOUNT - 1
    book = make_book()
    assert approvals(list(draft_of(preparation, make_fill(), book).planned)) == [AMOUNT]
    book.note_zero_first(TARGET_TOKEN)
    assert approvals(list(draft_of(preparation, make_fill(), book).planned)) == [0, AMOUNT]


def test_payment_is_tried_where_an_approval_comes_first(
    chain: PoolChain, preparation: Preparation
) -> None:
    """Nothing is approved for a receiver that the token refuses; it is never sent."""
    action = make_fill()
    trial = draft_of(preparation, action).trial
    assert trial is not None
    assert trial.call == TOKEN.call("transfer", action.receiver, action.amount)
    chain.state.allowance = AMOUNT
    assert draft_of(preparation, action).trial is None


def test_small_allowance_is_approved_ahead_of_time(
    chain: PoolChain, preparation: Preparation
) -> None:
    """One that is large enough is left alone."""
    approve = ApproveToken(TARGET_TOKEN, TokenAmount(10 * AMOUNT), TokenAmount(5 * AMOUNT))
    chain.state.allowance = 5 * AMOUNT - 1
    (planned,) = draft_of(preparation, approve).planned
    assert planned.call == TOKEN.call("approve", FILL_MANAGER, 10 * AMOUNT)
    chain.state.allowance = 5 * AMOUNT
    with pytest.raises(AlreadyDoneError):
        draft_of(preparation, approve)


@pytest.mark.parametrize(("allowance", "left"), [(0, 4 * AMOUNT), (3 * AMOUNT, 2 * AMOUNT)])
def test_fill_says_what_it_leaves_of_the_allowance(
    chain: PoolChain, preparation: Preparation, allowance: int, left: int
) -> None:
    """For the next fill behind it."""
    chain.state.allowance = allowance
    after = prepare(preparation, make_fill(approval=5 * AMOUNT))[-1].allowance_after
    assert after is not None
    assert (after.token, after.amount) == (TARGET_TOKEN, left)


def test_filled_request_is_not_filled_again(chain: PoolChain, preparation: Preparation) -> None:
    """A lost race costs one question; what the planner knew is no news."""
    chain.fill_by_other(make_fill())
    with pytest.raises(NotNeededError, match="filled"):
        prepare(preparation, make_fill())
    prepare(preparation, make_fill(2))
    prepare(preparation, make_fill(known_until=chain.number))


@pytest.mark.parametrize("method", ["eth_call", "eth_getLogs"])
def test_unanswered_question_is_an_error(
    chain: PoolChain, preparation: Preparation, method: str
) -> None:
    """Not a reason to fill."""
    chain.on(method, lambda *_: ErrorObject("try later"))
    with pytest.raises(RpcError):
        prepare(preparation, make_fill())


@pytest.mark.parametrize("make", [make_fill, make_claim_fill, make_invalidate])
def test_old_plan_is_not_carried_out(
    chain: PoolChain, preparation: Preparation, make: Callable[..., Action]
) -> None:
    """Whoever planned it plans anew, with the newer blocks; their logs are not asked for."""
    head = make_block(100 + OLDEST_PLAN_BLOCKS + 1)
    questions = preparation.questions([make(known_until=100), make(2, known_until=110)], head)
    assert questions.first == 111
    answers = ["0x" + bytes(32).hex() for _ in questions.own]
    look = preparation.look(questions, [[], "0x0", *answers])
    with pytest.raises(NotNeededError, match="too long ago"):
        preparation.check(make(known_until=100), look, head)
    preparation.check(make(2, known_until=110), look, head)


def test_news_of_many_actions_are_asked_for_together(preparation: Preparation) -> None:
    """From the oldest plan on, in one request."""
    actions: list[Action] = [make_fill(1, known_until=90), make_claim_fill(2, known_until=95)]
    questions = preparation.questions(actions, make_block(100))
    assert [method for method, _ in questions.requests] == ["eth_getLogs", "eth_blockNumber"]
    assert questions.first == 91


def test_token_without_code_is_an_error(chain: PoolChain, preparation: Preparation) -> None:
    """Its answer is no number."""
    chain.on("eth_call", lambda *_: "0x")
    with pytest.raises(RpcPayloadError):
        prepare(preparation, make_fill())


def claim_on_chain(chain: PoolChain, nonce: int) -> None:
    """Our claim, mined in the next block."""
    action = make_claim_fill(nonce)
    chain.number += 1
    chain.claim_made(action.request_id, action.fill_id)


def test_claim_carries_the_stake(preparation: Preparation) -> None:
    """For the fill's own id."""
    action = make_claim_fill()
    (claim,) = prepare(preparation, action)
    assert claim.call == REQUESTS.call("claimRequest", action.request_id, action.fill_id)
    assert claim.value == STAKE


def test_fill_that_is_claimed_meanwhile_is_not_claimed(
    chain: PoolChain, preparation: Preparation
) -> None:
    """By an earlier life, in blocks that the planner did not know."""
    claim_on_chain(chain, 1)
    with pytest.raises(NotNeededError):
        prepare(preparation, make_claim_fill(1, known_until=100))


def test_news_count_in_whichever_case_they_are_written(
    chain: PoolChain, preparation: Preparation
) -> None:
    """Endpoints are free to write hex digits as they like; a claim missed is a second stake."""
    action = make_claim_fill(1, known_until=100)
    chain.number += 1
    chain.claim_made(action.request_id, action.fill_id)
    log = make_log(chain.claims_made[-1])
    log["topics"] = ["0x" + topic[2:].upper() for topic in log["topics"]]
    chain.on("eth_getLogs", lambda _filter: [log])
    with pytest.raises(NotNeededError):
        prepare(preparation, action)


def test_claims_of_other_fills_do_not_count(chain: PoolChain, preparation: Preparation) -> None:
    """Neither of other requests, nor of this one's fill before a reorg, nor of others."""
    claim_on_chain(chain, 2)
    chain.claim_made(make_claim_fill(1).request_id, make_claim_fill(2).fill_id)
    assert len(prepare(preparation, make_claim_fill(1))) == 1


def test_rivals_claim_does_not_count(chain: PoolChain, preparation: Preparation) -> None:
    """It is false, and ours is due."""
    claim_on_chain(chain, 1)
    chain.claims_made = [replace(chain.claims_made[0], claimer=ALICE)]
    assert len(prepare(preparation, make_claim_fill(1))) == 1


def test_endpoint_behind_the_planner_has_nothing_new(
    chain: PoolChain, preparation: Preparation
) -> None:
    """It refuses the range; any other refusal is an error."""
    claim = make_claim_fill(known_until=chain.number)
    questions = preparation.questions([claim], make_block(chain.number + 1))
    refusal = RpcResponseError(-32602, "invalid block range params")
    preparation.check(
        claim, preparation.look(questions, [refusal, hex(chain.number)]), make_block(101)
    )
    with pytest.raises(RpcResponseError):
        preparation.check(
            claim, preparation.look(questions, [refusal, hex(chain.number + 1)]), make_block(101)
        )


def test_withdrawal_is_one_call(preparation: Preparation) -> None:
    """The contract itself refuses a second one."""
    (withdraw,) = prepare(preparation, make_withdraw(4))
    assert withdraw.call == REQUESTS.call("withdraw", 4)
