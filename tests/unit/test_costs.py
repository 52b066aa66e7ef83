"""Costs: prices, gas and data together, asked along with the monitor's polls."""

from typing import Any

import pytest
from eth_abi.abi import encode

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.contracts.interface import Contract, load_interfaces
from beamer_agent.economy.costs import COST_SECONDS, CostSource, example_calls, untold_costs
from beamer_agent.economy.data_fee import FeeFamily
from beamer_agent.economy.gas_book import (
    APPROVE,
    CLAIM,
    FILL,
    MEASURED_GAS,
    WITHDRAW,
    GasBook,
)
from beamer_agent.economy.market import MarketReader
from beamer_agent.errors import CallRevertedError
from beamer_agent.types import Wei
from tests.doubles import ErrorObject, FakeClock, ScriptedTransport, make_client
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, make_block
from tests.fee_desk import history

pytestmark = pytest.mark.unit

INTERFACES = load_interfaces(None)
CALLS = example_calls(
    Contract(REQUEST_MANAGER, INTERFACES.request_manager),
    Contract(FILL_MANAGER, INTERFACES.fill_manager),
)
PRICE = 107


class Poll:
    """A cost source and the polls that carry its questions; gas costs 100 wei and 7 on top."""

    def __init__(self, family: FeeFamily = FeeFamily.PLAIN, *returned: int) -> None:
        self.transport = ScriptedTransport(eth_feeHistory=history(7))
        self.transport.always("eth_call", self.word(*returned))
        self.clock = FakeClock()
        self.book = GasBook()
        self.source = CostSource(family, CALLS, self.book, MarketReader(), self.clock)

    @staticmethod
    def word(*numbers: int) -> str:
        """What a contract returns."""
        return "0x" + encode(["uint256"] * len(numbers), numbers).hex()

    def poll(self, base_fee: int | None = 100) -> ActionCosts | None:
        """One poll; the costs after it."""
        questions = self.source.questions()
        if questions:
            head = make_block(base_fee=None if base_fee is None else Wei(base_fee))
            self.source.take(make_client(self.transport).batch(questions), head)
        return self.source.costs()


def costs(gas: dict[str, int], fee: int = 0, price: int = PRICE) -> ActionCosts:
    """Gas at a price, and a fee on top of each."""
    whole = {label: Wei(used * price + fee) for label, used in gas.items()}
    return ActionCosts(**whole)


def test_nothing_is_known_before_the_first_poll() -> None:
    """And nothing ever where nobody polls for it."""
    assert Poll().source.costs() is None
    assert untold_costs().costs() is None


def test_gas_is_paid_at_the_expected_price() -> None:
    """Base fee and tip; the double base fee that is offered is not paid."""
    assert Poll().poll() == costs(MEASURED_GAS)


def test_chain_without_base_fee_is_understood() -> None:
    """At the second poll: at the first it is not known that it has none."""
    poll = Poll()
    poll.transport.always("eth_gasPrice", hex(70))
    assert poll.poll(base_fee=None) is None
    assert poll.poll(base_fee=None) == costs(MEASURED_GAS, price=70)


def test_gas_is_that_of_our_own_transactions() -> None:
    """Once there are some; with what their receipts showed for data."""
    poll = Poll()
    poll.book.learn(FILL, 90_000, Wei(5_000))
    found = poll.poll()
    assert found is not None
    assert (found.fill, found.claim) == (90_000 * PRICE + 5_000, MEASURED_GAS[CLAIM] * PRICE)


def test_op_stack_takes_a_fee_for_data() -> None:
    """What its oracle says, and the operator's; not what older receipts showed."""
    poll = Poll(FeeFamily.OP_STACK, 5_000)
    assert poll.poll() == costs(MEASURED_GAS, fee=10_000)
    poll.book.learn(FILL, MEASURED_GAS[FILL], Wei(77))
    poll.clock.advance(COST_SECONDS)
    assert poll.poll() == costs(MEASURED_GAS, fee=10_000)


def test_op_stack_is_asked_about_calls_of_the_right_size() -> None:
    """A fill has more data than a withdrawal."""
    poll = Poll(FeeFamily.OP_STACK, 5_000)
    poll.transport.on("eth_call", lambda call, _: Poll.word(len(call["data"])))
    found = poll.poll()
    assert found is not None
    fees = {
        label: getattr(found, label) - MEASURED_GAS[label] * PRICE
        for label in (FILL, CLAIM, APPROVE, WITHDRAW)
    }
    assert fees[FILL] > fees[CLAIM] == fees[APPROVE] > fees[WITHDRAW] > 0


def test_oracle_that_does_not_answer_leaves_the_receipts() -> None:
    """What they showed last is better than nothing."""
    poll = Poll(FeeFamily.OP_STACK)
    poll.transport.always("eth_call", ErrorObject("execution reverted", 3))
    poll.book.learn(FILL, MEASURED_GAS[FILL], Wei(77))
    found = poll.poll()
    assert found is not None
    assert found.fill == MEASURED_GAS[FILL] * PRICE + 77


def test_arbitrum_takes_gas_for_data() -> None:
    """Until our receipts tell, which count it in."""
    poll = Poll(FeeFamily.ARBITRUM, 4_000, 0, 0)
    assert poll.poll() == costs({label: gas + 4_000 for label, gas in MEASURED_GAS.items()})
    poll.book.learn(FILL, 85_000, Wei(0))
    poll.clock.advance(COST_SECONDS)
    found = poll.poll()
    assert found is not None
    assert found.fill == 85_000 * PRICE
    assert found.claim == (MEASURED_GAS[CLAIM] + 4_000) * PRICE


def test_prices_are_renewed_now_and_then() -> None:
    """Not with every poll."""
    poll = Poll()
    poll.poll()
    poll.clock.advance(COST_SECONDS - 0.1)
    assert poll.poll(base_fee=200) == costs(MEASURED_GAS)
    poll.clock.advance(0.1)
    assert poll.poll(base_fee=200) == costs(MEASURED_GAS, price=207)


def test_unreadable_prices_are_asked_for_again() -> None:
    """With the next poll; until then what is known holds."""
    poll = Poll()
    poll.poll()
    poll.clock.advance(COST_SECONDS)
    poll.transport.always("eth_feeHistory", "soon")
    assert poll.poll(base_fee=200) == costs(MEASURED_GAS)
    poll.transport.always("eth_maxPriorityFeePerGas", hex(3))
    assert poll.poll(base_fee=200) == costs(MEASURED_GAS, price=203)


@pytest.mark.parametrize("answer", [None, {}, [], "0x", CallRevertedError(3, "no", "no", None)])
def test_no_answer_stops_a_poll(answer: Any) -> None:
    """Whatever an endpoint says: a rider never raises."""
    for family in FeeFamily:
        source = Poll(family).source
        source.take([answer] * len(source.questions()), make_block())
