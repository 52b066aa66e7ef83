"""Fees: what is offered, and what is offered in place of it."""

import pytest

from beamer_agent.economy.market import GAS_PRICE_CEILING, MOST_TIP, TIP_CEILING
from beamer_agent.errors import RpcTimeoutError
from beamer_agent.transactions.fee_limits import NO_LIMITS
from beamer_agent.transactions.fees import (
    REPLACEMENT_CAP,
    Fees,
    FeeSource,
    replacement_fees,
    suggest_fees,
)
from beamer_agent.types import Wei
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, make_client
from tests.factories import make_block

pytestmark = pytest.mark.unit

GWEI = 10**9


def test_base_fee_may_double() -> None:
    """And the tip comes on top."""
    client = make_client(ScriptedTransport(eth_maxPriorityFeePerGas=hex(3)))
    fees = suggest_fees(client, make_block(base_fee=Wei(100)))
    assert fees == Fees(maximum=Wei(203), priority=Wei(3))
    assert fees.fields() == {"type": 2, "maxFeePerGas": 203, "maxPriorityFeePerGas": 3}


def test_chain_without_base_fee_has_a_gas_price() -> None:
    """A legacy transaction."""
    client = make_client(ScriptedTransport(eth_gasPrice=hex(70)))
    fees = suggest_fees(client, make_block(base_fee=None))
    assert fees.fields() == {"gasPrice": 70}


@pytest.mark.parametrize(("gas_price", "tip"), [(130, 30), (90, 0)])
def test_endpoint_without_tips_is_asked_for_its_gas_price(gas_price: int, tip: int) -> None:
    """Its gas price less the base fee."""
    client = make_client(ScriptedTransport(eth_gasPrice=hex(gas_price)))
    assert suggest_fees(client, make_block(base_fee=Wei(100))) == Fees(Wei(200 + tip), Wei(tip))


def test_silence_is_not_taken_for_a_missing_method() -> None:
    """An endpoint that does not answer is asked again later."""
    client = make_client(ScriptedTransport(eth_maxPriorityFeePerGas=RpcTimeoutError("no answer")))
    with pytest.raises(RpcTimeoutError):
        suggest_fees(client, make_block())


@pytest.mark.parametrize("price", [1, 7, 10, GWEI, 10**12 + 1])
def test_replacement_is_a_legal_bump(price: int) -> None:
    """Nodes ask for a tenth more, of both."""
    previous = Fees(Wei(2 * price), Wei(price))
    fees = replacement_fees(previous, previous)
    assert fees is not None
    assert fees.priority is not None
    assert 10 * fees.maximum >= 11 * previous.maximum
    assert 10 * fees.priority >= 11 * price


def test_replacement_follows_the_market() -> None:
    """Where that is dearer than the bump."""
    suggested = Fees(Wei(1000), Wei(50))
    assert replacement_fees(Fees(Wei(100), Wei(10)), suggested) == suggested


def test_replacement_of_a_gas_price_is_a_gas_price() -> None:
    """There is no tip to raise."""
    fees = replacement_fees(Fees(Wei(80), None), Fees(Wei(10), None))
    assert fees is not None
    assert (fees.maximum, fees.priority) == (91, None)


def test_replacements_end_at_the_cap() -> None:
    """What is not mined at ten times the market's price is not kept out by its price."""
    suggested, fees = Fees(Wei(2 * GWEI), Wei(GWEI)), Fees(Wei(2 * GWEI), Wei(GWEI))
    replaced: Fees | None = fees
    while replaced is not None:
        fees, replaced = replaced, replacement_fees(replaced, suggested)
    assert fees.maximum <= REPLACEMENT_CAP * suggested.maximum
    assert fees.priority is not None
    assert fees.priority <= 1.01 * REPLACEMENT_CAP * GWEI


@pytest.mark.parametrize(
    ("base_fee", "suggested", "tip"),
    [
        (GWEI // 100, GWEI // 1000, GWEI // 1000),
        (1, 30 * GWEI, 30 * GWEI),
        (200 * GWEI, 150 * GWEI, 150 * GWEI),
        (GWEI // 100, 7_200_000 * GWEI, TIP_CEILING),
        (200 * GWEI, 201 * GWEI, 200 * GWEI),
        (3_000 * GWEI, 3_000 * GWEI, MOST_TIP),
        (10**18, 10**18, MOST_TIP),
    ],
    ids=["rollup", "Polygon", "congestion", "lie", "above both", "spike", "two lies"],
)
def test_tip_is_in_proportion(base_fee: int, suggested: int, tip: int) -> None:
    """As it is suggested wherever real chains ask for it, and no more than that."""
    client = make_client(ScriptedTransport(eth_maxPriorityFeePerGas=hex(suggested)))
    fees = suggest_fees(client, make_block(base_fee=Wei(base_fee)))
    assert fees == Fees(Wei(2 * base_fee + tip), Wei(tip))


def test_gas_price_is_in_proportion() -> None:
    """There is no base fee to compare it with."""
    client = make_client(ScriptedTransport(eth_gasPrice=hex(10**18)))
    assert suggest_fees(client, make_block(base_fee=None)) == Fees(GAS_PRICE_CEILING, None)


def test_tip_out_of_all_proportion_is_told_once() -> None:
    """And again when it comes back."""
    transport, log = ScriptedTransport(), RecordingLogger()
    source = FeeSource(make_client(transport), NO_LIMITS, FakeClock(), log.logger)
    for number, suggested in enumerate((GWEI, 10**18, 10**17, GWEI, 10**16)):
        transport.always("eth_maxPriorityFeePerGas", hex(suggested))
        source.fees(make_block(number, base_fee=Wei(GWEI)))
    assert [(line["event"], line["suggested"], line["offered"]) for line in log.lines] == [
        ("Endpoint suggests a fee out of all proportion", suggested, TIP_CEILING)
        for suggested in (10**18, 10**16)
    ]


def test_head_without_base_fee_does_not_take_it_from_its_chain() -> None:
    """A gas price would be paid in full."""
    transport = ScriptedTransport(eth_maxPriorityFeePerGas=hex(3), eth_gasPrice=hex(10**12))
    source = FeeSource(make_client(transport), NO_LIMITS, FakeClock(), RecordingLogger().logger)
    fees = source.fees(make_block(base_fee=Wei(100)))
    assert source.fees(make_block(base_fee=None)) == fees
