"""Fees: what is offered, and when nothing is."""

from collections.abc import Callable

import pytest

from beamer_agent.actions.model import Action
from beamer_agent.economy.market import GAS_PRICE_CEILING, TIP_CEILING
from beamer_agent.errors import RpcTimeoutError
from beamer_agent.transactions.fee_limits import NO_LIMITS, URGENT_SECONDS, FeeLimits
from beamer_agent.transactions.fees import (
    Fees,
    suggest_fees,
)
from beamer_agent.types import Timestamp, Wei
from tests.doubles import ScriptedTransport, make_client
from tests.factories import NOW, make_block
from tests.fee_desk import FeeDesk, fees, history
from tests.made_actions import (
    make_challenge,
    make_claim_fill,
    make_fill,
    make_invalidate,
    make_relay,
    make_withdraw,
)

pytestmark = pytest.mark.unit

GWEI = 10**9
SOON = Timestamp(NOW + URGENT_SECONDS)
LATER = Timestamp(SOON + 1)


def test_base_fee_may_double() -> None:
    """And the tip comes on top."""
    client = make_client(ScriptedTransport(eth_feeHistory=history(3)))
    found = suggest_fees(client, make_block(base_fee=Wei(100)))
    assert found == Fees(maximum=Wei(203), priority=Wei(3))
    assert found.fields() == {"type": 2, "maxFeePerGas": 203, "maxPriorityFeePerGas": 3}


def test_chain_without_base_fee_has_a_gas_price() -> None:
    """A legacy transaction."""
    client = make_client(ScriptedTransport(eth_gasPrice=hex(70)))
    found = suggest_fees(client, make_block(base_fee=None))
    assert found.fields() == {"gasPrice": 70}


# --- once for a head


def test_head_is_asked_about_once() -> None:
    """However many actions there are; another head has other prices."""
    desk = FeeDesk()
    for action in (make_fill(), make_claim_fill(), make_withdraw()):
        desk.offer(action)
    desk.replacement(fees(10, 1))
    assert desk.transport.posts == 1
    desk.offer(base_fee=101)
    assert desk.transport.posts == 2


def test_questions_may_go_along_with_others() -> None:
    """Then nothing more is asked for that head."""
    desk = FeeDesk()
    head = make_block(base_fee=Wei(100))
    results = make_client(desk.transport).batch(desk.source.requests(head))
    desk.source.take(results, head)
    assert desk.source.requests(head) == []
    assert desk.source.fees(head) == fees(207, 7)
    assert desk.transport.posts == 1


def test_answers_that_come_late_change_nothing() -> None:
    """Somebody has asked meanwhile, and been told more."""
    desk = FeeDesk()
    head = make_block(base_fee=Wei(100))
    desk.transport.always("eth_feeHistory", None)
    late = make_client(desk.transport).batch(desk.source.requests(head))
    offered = desk.source.fees(head)
    desk.source.take(late, head)
    assert desk.source.fees(head) == offered


def test_answers_of_no_use_are_asked_for_again() -> None:
    """By whoever needs the prices, with one question more."""
    desk = FeeDesk()
    head = make_block(base_fee=Wei(100))
    desk.transport.always("eth_feeHistory", None)
    desk.source.take(make_client(desk.transport).batch(desk.source.requests(head)), head)
    assert desk.source.fees(head) == fees(350, 150)
    assert desk.transport.posts == 2


def test_silence_goes_up() -> None:
    """Nothing is offered at prices that are not known."""
    desk = FeeDesk()
    desk.transport.always("eth_feeHistory", RpcTimeoutError("no answer"))
    with pytest.raises(RpcTimeoutError):
        desk.offer(make_fill())


# --- caps


@pytest.mark.parametrize("action", [make_fill(), make_withdraw()])
def test_what_can_wait_keeps_to_the_ordinary_cap(action: Action) -> None:
    """It never has another one, however late it is."""
    desk = FeeDesk()
    desk.clock.advance(10**6)
    assert desk.offer(action, base_fee=140) == fees(287, 7)
    assert desk.offer(action, base_fee=200) == fees(300, 7)
    assert desk.offer(action, base_fee=300) == fees(300, 7)
    assert desk.offer(action, base_fee=301) is None


@pytest.mark.parametrize("make", [make_claim_fill, make_challenge])
def test_what_has_a_deadline_waits_until_it_is_near(make: Callable[..., Action]) -> None:
    """Until then waiting costs nothing; then it costs a deposit or a stake."""
    desk = FeeDesk()
    assert desk.offer(make(deadline=LATER), base_fee=301) is None
    assert desk.offer(make(deadline=SOON), base_fee=301) == fees(609, 7)
    assert desk.offer(make(deadline=SOON), base_fee=3001) is None


def test_time_passes_without_blocks() -> None:
    """The next block of a chain that rests has the clock's time; a fast chain's has its own."""
    desk = FeeDesk()
    late = make_claim_fill(deadline=LATER)
    assert desk.offer(late, base_fee=301) is None
    desk.clock.advance(1)
    assert desk.offer(late, base_fee=301) is not None
    head = make_block(timestamp=Timestamp(NOW + 2), base_fee=Wei(301))
    assert desk.source.offer([make_claim_fill(deadline=Timestamp(LATER + 1))], head) is not None


@pytest.mark.parametrize("action", [make_invalidate(), make_relay()])
def test_proof_is_urgent_at_once(action: Action) -> None:
    """It needs the time that is left for its way."""
    assert FeeDesk().offer(action, base_fee=301) == fees(609, 7)


def test_most_urgent_action_decides() -> None:
    """Of those that a transaction serves, or that wait behind its nonce."""
    desk = FeeDesk()
    actions = make_fill(), make_claim_fill(deadline=SOON)
    assert desk.offer(*actions, base_fee=301) == fees(609, 7)
    assert desk.offer(base_fee=301) is None


def test_no_cap_is_no_limit() -> None:
    """Neither for what can wait, nor for what is urgent."""
    desk = FeeDesk(FeeLimits(ordinary=Wei(300)))
    assert desk.offer(make_invalidate(), base_fee=GWEI) == fees(2 * GWEI + 7, 7)
    assert FeeDesk(NO_LIMITS).offer(make_fill(), base_fee=GWEI) == fees(2 * GWEI + 7, 7)


def test_tip_never_exceeds_the_whole() -> None:
    """Nodes refuse that."""
    desk = FeeDesk()
    desk.transport.always("eth_feeHistory", history(500))
    assert desk.offer(make_fill()) == fees(300, 300)


def test_least_tip_has_to_fit_under_the_cap() -> None:
    """Nodes that insist on it would not mine anything less."""
    desk = FeeDesk(FeeLimits(ordinary=Wei(300), least_tip=Wei(50)))
    assert desk.offer(make_fill(), base_fee=100) == fees(250, 50)
    assert desk.offer(make_fill(), base_fee=250) == fees(300, 50)
    assert desk.offer(make_fill(), base_fee=251) is None


def test_gas_price_keeps_to_the_cap() -> None:
    """It is paid in full, so that less would not be mined."""
    desk = FeeDesk()
    assert desk.offer(make_fill(), base_fee=None) == Fees(Wei(250), None)
    desk = FeeDesk(FeeLimits(ordinary=Wei(249)))
    assert desk.offer(make_fill(), base_fee=None) is None


def test_waiting_for_cheaper_gas_is_told_once() -> None:
    """With both figures; again when it comes back, and for each of the caps."""
    desk = FeeDesk()
    for base_fee in (301, 302, 300, 303):
        desk.offer(make_fill(), base_fee=base_fee)
    desk.offer(make_invalidate(), base_fee=3001)
    assert [
        (line["event"], line["gas_price"], line["max_gas_price"]) for line in desk.log.lines
    ] == [
        ("Gas is too dear to send", 301, 300),
        ("Gas is too dear to send", 303, 300),
        ("Gas is too dear to send", 3001, 3000),
    ]


# --- lies


def test_tip_out_of_all_proportion_is_told_once() -> None:
    """And again when it comes back."""
    desk = FeeDesk(NO_LIMITS)
    for number, tip in enumerate((GWEI, 10**18, 10**17, GWEI, 10**16)):
        desk.transport.always("eth_feeHistory", history(tip))
        desk.source.fees(make_block(number, base_fee=Wei(GWEI)))
    assert [(line["event"], line["suggested"], line["offered"]) for line in desk.log.lines] == [
        ("Endpoint suggests a fee out of all proportion", tip, TIP_CEILING)
        for tip in (10**18, 10**16)
    ]


def test_what_the_operator_insists_on_is_no_lie() -> None:
    """Only what is above it."""
    desk = FeeDesk(FeeLimits(least_tip=Wei(2 * TIP_CEILING)))
    desk.offer(make_fill())
    assert desk.log.lines == []


def test_gas_price_is_in_proportion() -> None:
    """There is no base fee to compare it with."""
    client = make_client(ScriptedTransport(eth_gasPrice=hex(10**18)))
    assert suggest_fees(client, make_block(base_fee=None)) == Fees(GAS_PRICE_CEILING, None)
