"""Market: what endpoints say of prices, and what of it is believed."""

from typing import Any

import pytest

from beamer_agent.economy.market import (
    GAS_PRICE_CEILING,
    HISTORY_BLOCKS,
    MOST_TIP,
    PERCENTILE,
    TIP_CEILING,
    Market,
    MarketReader,
    ask_market,
)
from beamer_agent.errors import RpcPayloadError, RpcResponseError, RpcTimeoutError
from beamer_agent.rpc.model import Block
from beamer_agent.types import Wei
from tests.doubles import ErrorObject, ScriptedTransport, make_client
from tests.factories import make_block
from tests.fee_desk import history

pytestmark = pytest.mark.unit

GWEI = 10**9


def market_of(head: Block | None = None, **answers: Any) -> Market:
    """What is read out of an endpoint's answers."""
    client = make_client(ScriptedTransport(**answers))
    return ask_market(client, MarketReader(), head or make_block(base_fee=Wei(100)))


def test_tip_is_the_usual_one_of_the_newest_blocks() -> None:
    """One odd block does not decide, neither a dear nor a cheap one."""
    found = market_of(eth_feeHistory=history(5, 5, 5000, 1, 6), eth_maxPriorityFeePerGas=hex(9))
    assert found == Market(Wei(100), Wei(5), Wei(5))
    assert found.price == 105


def test_history_is_asked_for_a_few_blocks() -> None:
    """At one place of each block."""
    transport = ScriptedTransport(eth_feeHistory=history(5))
    ask_market(make_client(transport), MarketReader(), make_block())
    assert transport.calls[0] == ("eth_feeHistory", [hex(HISTORY_BLOCKS), "latest", [PERCENTILE]])


def test_empty_blocks_say_nothing() -> None:
    """Neither do those whose transactions pay no tip: a rollup's own."""
    assert market_of(eth_feeHistory=history(0, 0, 7, 0, 0)).tip == 7
    nothing = history(0, 0, 0)
    assert market_of(eth_feeHistory=nothing, eth_maxPriorityFeePerGas=hex(9)).tip == 9


@pytest.mark.parametrize(
    "answer",
    [
        ErrorObject("the method eth_feeHistory does not exist", -32601),
        None,
        "soon",
        {},
        history(),
        history(5, reward=None),
        history(5, reward=[[]]),
        history(5, reward=[["0x" + "f" * 40]]),
        history(5, reward=[[None]]),
    ],
)
def test_history_of_no_use_leaves_the_suggestion(answer: Any) -> None:
    """Whatever the endpoint says instead."""
    assert market_of(eth_feeHistory=answer, eth_maxPriorityFeePerGas=hex(9)).tip == 9


@pytest.mark.parametrize(("gas_price", "tip"), [(130, 30), (90, 0)])
def test_without_suggestion_the_gas_price_holds_the_tip(gas_price: int, tip: int) -> None:
    """It is what the price has above the base fee."""
    assert market_of(eth_gasPrice=hex(gas_price)).tip == tip


def test_chain_without_base_fee_has_a_gas_price() -> None:
    """And nothing else is asked."""
    transport = ScriptedTransport(eth_gasPrice=hex(70))
    head = make_block(base_fee=None)
    found = ask_market(make_client(transport), MarketReader(), head)
    assert (found.price, transport.methods()) == (70, ["eth_gasPrice"])


def test_head_without_base_fee_does_not_take_it_from_its_chain() -> None:
    """A gas price would be paid in full."""
    client = make_client(ScriptedTransport(eth_maxPriorityFeePerGas=hex(3)))
    reader = MarketReader()
    found = ask_market(client, reader, make_block(base_fee=Wei(100)))
    assert ask_market(client, reader, make_block(base_fee=None)) == found


def test_no_more_is_asked_than_was_needed() -> None:
    """The suggestion only while blocks say nothing, the gas price only where there is none."""
    transport = ScriptedTransport(eth_feeHistory=history(5), eth_maxPriorityFeePerGas=hex(9))
    client, reader = make_client(transport), MarketReader()
    asked = []
    for answer in (history(5), history(5), history(0), history(0), history(5), history(5)):
        transport.always("eth_feeHistory", answer)
        transport.calls.clear()
        ask_market(client, reader, make_block())
        asked.append([method[4:9] for method in transport.methods()])
    tip, both = ["feeHi"], ["feeHi", "maxPr"]
    assert asked == [both, tip, [*tip, *both], both, both, tip]


def test_endpoint_without_any_price_is_in_trouble() -> None:
    """After every question there is, with the reason of the last."""
    with pytest.raises(RpcResponseError, match="eth_gasPrice"):
        market_of()
    with pytest.raises(RpcPayloadError):
        market_of(eth_feeHistory="x", eth_maxPriorityFeePerGas="x", eth_gasPrice="x")


def test_silence_is_not_taken_for_a_missing_method() -> None:
    """An endpoint that does not answer is asked again later."""
    transport = ScriptedTransport(eth_feeHistory=RpcTimeoutError("no answer"))
    with pytest.raises(RpcTimeoutError):
        ask_market(make_client(transport), MarketReader(), make_block())
    assert transport.posts == 1


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
@pytest.mark.parametrize("by_history", [True, False], ids=["history", "suggestion"])
def test_tip_is_in_proportion(base_fee: int, suggested: int, tip: int, by_history: bool) -> None:
    """As it is told wherever real chains ask for it, and no more than that."""
    answers: dict[str, Any] = {"eth_maxPriorityFeePerGas": hex(suggested)}
    if by_history:
        answers = {"eth_feeHistory": history(suggested)}
    found = market_of(make_block(base_fee=Wei(base_fee)), **answers)
    assert found == Market(Wei(base_fee), Wei(tip), Wei(suggested))


def test_gas_price_is_in_proportion() -> None:
    """There is no base fee to compare it with."""
    found = market_of(make_block(base_fee=None), eth_gasPrice=hex(10**18))
    assert found.tip == GAS_PRICE_CEILING


def test_operator_may_insist_on_a_tip() -> None:
    """Also above what is believed of endpoints; a gas price has none."""
    least = Wei(2 * TIP_CEILING)
    client = make_client(ScriptedTransport(eth_feeHistory=history(5), eth_gasPrice=hex(7)))
    assert ask_market(client, MarketReader(least), make_block()).tip == least
    assert ask_market(client, MarketReader(least), make_block(base_fee=None)).tip == 7


def test_where_pools_refuse_the_suggestion_counts_as_well() -> None:
    """Blocks may have what came to them past the pools."""
    transport = ScriptedTransport(
        eth_feeHistory=history(5), eth_maxPriorityFeePerGas=hex(20), eth_gasPrice=hex(130)
    )
    client, reader = make_client(transport), MarketReader()
    head = make_block(base_fee=Wei(100))
    assert ask_market(client, reader, head).tip == 5
    reader.doubt()
    assert ask_market(client, reader, head).tip == 20
    transport.always("eth_maxPriorityFeePerGas", "soon")
    assert ask_market(client, reader, head).tip == 30
    transport.always("eth_feeHistory", history(40))
    assert ask_market(client, reader, head).tip == 40
