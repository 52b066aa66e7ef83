"""Preflight of prices: what feeds tell is shown, and that one tells nothing."""

from typing import Any

import pytest

from beamer_agent.config import PriceConfig
from beamer_agent.errors import RpcConnectionError
from beamer_agent.preflight import Finding, check_prices
from beamer_agent.types import TokenAmount
from tests.doubles import FakeClock, ScriptedTransport, block_json, make_client
from tests.factories import NOW, SOURCE, SOURCE_TOKEN, make_address, make_block
from tests.made_views import make_token_pairs

pytestmark = pytest.mark.unit

FEED = make_address(77)
DECIMALS = {FEED: 8, SOURCE_TOKEN: 6}
IS_A_ROUND = "0xfeaf968c"
"""How a call of `latestRoundData` begins."""
SYMBOL = make_token_pairs().symbol(SOURCE, SOURCE_TOKEN)


def words(*numbers: int) -> str:
    """As in an answer."""
    return "0x" + "".join(number.to_bytes(32).hex() for number in numbers)


def look(price: PriceConfig, updated_at: int = NOW, code: bool = True) -> list[Finding]:
    """What is found when a feed tells 3 000 tokens."""

    def answer(call: dict[str, Any], *_: object) -> str:
        if not code:
            return "0x"
        if call.get("data", call.get("input", "")).startswith(IS_A_ROUND):
            return words(9, 3_000 * 10**8, NOW, updated_at, 9)
        return words(DECIMALS[call["to"]])

    chain = ScriptedTransport(eth_getBlockByNumber=block_json(make_block(timestamp=NOW)))
    chain.on("eth_call", answer)
    configured = {SYMBOL: price}
    clock = FakeClock()
    return list(
        check_prices("l2a", make_client(chain), SOURCE, configured, make_token_pairs(), clock)
    )


def test_what_a_feed_tells_is_shown() -> None:
    """So that the operator sees whether it is the other way round."""
    (found,) = look(PriceConfig(feed=FEED))
    assert (found.level, found.subject) == ("ok", f"price of {SYMBOL}")
    assert found.detail == f"one native coin is worth {3_000 * 10**6} base units"
    (found,) = look(PriceConfig(feed=FEED, inverse=True))
    assert found.detail == f"one native coin is worth {10**6 // 3_000} base units"


@pytest.mark.parametrize(("updated_at", "code"), [(NOW - 90_001, True), (NOW, False)])
def test_feed_without_a_price_is_a_warning(updated_at: int, code: bool) -> None:
    """Its answer is old, or there is no contract."""
    (found,) = look(PriceConfig(feed=FEED), updated_at, code)
    assert (found.level, found.remedy) == ("warning", f"correct chains.l2a.prices.{SYMBOL}")
    assert found.detail.startswith(f"the feed {FEED} tells none")


def test_amounts_need_no_look() -> None:
    """They hold as they are."""
    assert look(PriceConfig(amount=TokenAmount(5))) == []


def test_endpoint_that_does_not_answer_says_nothing_about_feeds() -> None:
    """It is told as such."""
    down = RpcConnectionError("no answer")
    chain = ScriptedTransport(eth_getBlockByNumber=block_json(make_block()), eth_call=down)
    configured = {SYMBOL: PriceConfig(feed=FEED)}
    with pytest.raises(RpcConnectionError):
        list(
            check_prices(
                "l2a", make_client(chain), SOURCE, configured, make_token_pairs(), FakeClock()
            )
        )
