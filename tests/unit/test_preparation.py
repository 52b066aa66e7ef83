"""Preparation: which transactions an action needs, and when it needs none any more."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.errors import CallRevertedError, RpcError, RpcPayloadError
from beamer_agent.transactions.model import PlannedTransaction
from beamer_agent.transactions.preparation import NotNeededError, Preparation, call_fields
from beamer_agent.types import Address, TokenAmount
from tests.doubles import ErrorObject, make_client
from tests.factories import ALICE, AMOUNT, FILL_MANAGER, REQUEST_MANAGER, STAKE, TARGET_TOKEN
from tests.fake_chain import ACCOUNT, PoolChain
from tests.made_actions import make_claim_fill, make_fill, make_withdraw
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

    def allowance(_token: Address) -> TokenAmount | None:
        return None if in_flight is None else TokenAmount(in_flight)

    return preparation.prepare(action, allowance)


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
    """Others change one allowance into another, and save a transaction."""
    chain.state.allowance = AMOUNT - 1
    assert approvals(prepare(preparation, make_fill())) == [AMOUNT]
    chain.state.is_zero_first = True
    assert approvals(prepare(preparation, make_fill())) == [0, AMOUNT]


def test_nothing_is_approved_for_a_receiver_that_the_token_refuses(
    chain: PoolChain, preparation: Preparation
) -> None:
    """The payment is tried alone, because the fill cannot be before its approval is mined."""
    action = make_fill()
    chain.state.refused_receivers.add(action.receiver.lower())
    with pytest.raises(CallRevertedError, match="refused receiver"):
        prepare(preparation, action)


def test_old_token_fails_without_the_word_revert(
    chain: PoolChain, preparation: Preparation
) -> None:
    """An invalid opcode is a no as well."""
    chain.state.allowance = AMOUNT - 1
    estimate = chain.answer_of("eth_estimateGas")
    approve = "0x" + TOKEN.call("approve", FILL_MANAGER, AMOUNT).data[:4].hex()

    def opcode_for_approvals(call: dict[str, str], tag: str) -> Any:
        is_approval = call["data"].startswith(approve)
        return ErrorObject("invalid opcode: opcode 0xfe") if is_approval else estimate(call, tag)

    chain.on("eth_estimateGas", opcode_for_approvals)
    assert approvals(prepare(preparation, make_fill())) == [0, AMOUNT]


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
    """A lost race costs one question."""
    chain.fill_by_other(make_fill())
    with pytest.raises(NotNeededError):
        prepare(preparation, make_fill())
    prepare(preparation, make_fill(2))


def test_unanswered_question_is_an_error(chain: PoolChain, preparation: Preparation) -> None:
    """Not a reason to fill."""
    chain.on("eth_call", lambda *_: ErrorObject("try later"))
    with pytest.raises(RpcError):
        prepare(preparation, make_fill())


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
    """No range can be asked for."""
    assert len(prepare(preparation, make_claim_fill(known_until=chain.number))) == 1
    assert "eth_getLogs" not in chain.methods()


def test_withdrawal_is_one_call(preparation: Preparation) -> None:
    """The contract itself refuses a second one."""
    (withdraw,) = prepare(preparation, make_withdraw(4))
    assert withdraw.call == REQUESTS.call("withdraw", 4)
