"""Prices: what the operator, feeds and the bridge say a native coin is worth."""

from collections.abc import Mapping
from typing import Any

import pytest

from beamer_agent.config import PriceConfig
from beamer_agent.contracts.interface import Contract, load_interfaces
from beamer_agent.economy.bridge_prices import BRIDGE_SECONDS, BridgePrices
from beamer_agent.economy.prices import AHEAD_SECONDS, PRICE_SECONDS, Feed, Prices, prices_of
from beamer_agent.errors import RpcTimeoutError
from beamer_agent.types import Seconds, TokenAmount
from tests.doubles import FakeClock, RecordingLogger
from tests.factories import (
    NOW,
    REQUEST_MANAGER,
    SOURCE,
    SOURCE_TOKEN,
    make_address,
    make_block,
)
from tests.made_views import make_token_pairs

pytestmark = pytest.mark.unit

FEED = make_address(77)
MANAGER = Contract(REQUEST_MANAGER, load_interfaces(None).request_manager)
DAY = 86_400
ETHER_IN_DOLLARS = 3_000 * 10**8
"""With the 8 decimals that feeds in dollars have."""
TOKEN_DECIMALS = 6
ETHER_IN_TOKENS = 3_000 * 10**TOKEN_DECIMALS


def word(number: int) -> str:
    """As in an answer."""
    return number.to_bytes(32, signed=number < 0).hex()


def round_of(answer: int, updated_at: int = NOW) -> str:
    """What `latestRoundData` answers."""
    return "0x" + "".join(map(word, (9, answer, NOW - 5, updated_at, 9)))


class Desk:
    """Prices of the token of the factories, by a feed that a test speaks for."""

    def __init__(self, *, inverse: bool = False, max_age: int = DAY) -> None:
        self.clock, self.log = FakeClock(), RecordingLogger()
        feed = Feed(SOURCE_TOKEN, FEED, inverse, Seconds(max_age))
        bridge = BridgePrices({}, MANAGER, self.clock)
        own = {SOURCE_TOKEN: ETHER_IN_TOKENS}
        self.prices = Prices({}, [feed], bridge, own, self.clock, self.log.logger)
        self.decimals: Mapping[str, Any] = {
            FEED: "0x" + word(18 if inverse else 8),
            SOURCE_TOKEN: "0x" + word(TOKEN_DECIMALS),
        }

    def asked(self) -> list[str]:
        """Addresses that are asked now."""
        return [params[0]["to"] for _, params in self.prices.questions()]

    def poll(self, told: Any, time: int = NOW) -> int | None:
        """The price after the feed has told something; None: there is none."""
        self.clock.advance(PRICE_SECONDS)
        _, *bare = self.asked()
        results = [told, *(self.decimals[address] for address in bare)]
        self.prices.take(results, make_block(timestamp=time))
        return self.price()

    def price(self) -> int | None:
        """Now."""
        return self.prices.current().get(SOURCE_TOKEN)

    def warnings(self) -> int:
        """How often it was told that there is none."""
        return [line["event"] for line in self.log.lines].count("No price of a token")


def test_feed_tells_the_native_coin_in_tokens() -> None:
    """3 000 dollars are 3 000 tokens."""
    assert Desk().poll(round_of(ETHER_IN_DOLLARS)) == 3_000 * 10**TOKEN_DECIMALS


def test_inverse_feed_tells_the_token_in_native_coins() -> None:
    """A token of 0.0004 ether: 2 500 of them are one."""
    assert Desk(inverse=True).poll(round_of(4 * 10**14)) == 2_500 * 10**TOKEN_DECIMALS


def test_feed_is_asked_now_and_then() -> None:
    """With its decimals, and those of the token."""
    desk = Desk()
    assert desk.asked() == [FEED, FEED, SOURCE_TOKEN]
    assert desk.poll(round_of(ETHER_IN_DOLLARS)) is not None
    assert desk.asked() == []
    desk.clock.advance(PRICE_SECONDS)
    assert desk.asked() == [FEED, FEED, SOURCE_TOKEN]
    assert desk.poll(round_of(2 * ETHER_IN_DOLLARS)) == 6_000 * 10**TOKEN_DECIMALS


def test_decimals_of_one_endpoint_do_not_count_for_ever() -> None:
    """What the next one says holds."""
    desk = Desk()
    right, desk.decimals = desk.decimals, {FEED: "0x" + word(8), SOURCE_TOKEN: "0x" + word(0)}
    assert desk.poll(round_of(ETHER_IN_DOLLARS)) == 3_000
    desk.decimals = right
    assert desk.poll(round_of(ETHER_IN_DOLLARS)) == 3_000 * 10**TOKEN_DECIMALS


@pytest.mark.parametrize("answer", [0, -1, -(2**255)])
def test_answer_that_is_not_positive_is_no_price(answer: int) -> None:
    """Also after a good one; the operator is told once, and again after the next good one."""
    for inverse in (False, True):
        desk = Desk(inverse=inverse)
        assert desk.poll(round_of(10**15)) is not None
        assert [desk.poll(round_of(answer)) for _ in range(3)] == [None] * 3
        assert desk.warnings() == 1
        assert desk.poll(round_of(10**15)) is not None
        assert desk.poll(round_of(answer)) is None
        assert desk.warnings() == 2


def test_answer_that_is_too_old_is_no_price() -> None:
    """By its own time, at the moment of use."""
    desk = Desk(max_age=100)
    assert desk.poll(round_of(ETHER_IN_DOLLARS, updated_at=NOW - 70)) is not None
    desk.clock.advance(1)
    assert desk.price() is None
    assert desk.poll(round_of(ETHER_IN_DOLLARS, updated_at=0)) is None


@pytest.mark.parametrize("updated_at", [NOW + AHEAD_SECONDS + 1, 1000 * NOW, 2**255])
def test_answer_from_the_future_is_no_price(updated_at: int) -> None:
    """It would never grow old; a node may be some blocks ahead."""
    desk = Desk(max_age=100)
    assert desk.poll(round_of(ETHER_IN_DOLLARS, updated_at=NOW + AHEAD_SECONDS)) is not None
    desk = Desk(max_age=100)
    assert desk.poll(round_of(ETHER_IN_DOLLARS, updated_at=updated_at)) is None


@pytest.mark.parametrize(
    "nonsense", [RpcTimeoutError("no answer"), None, {}, 5, "0x", "0x12", "zz", round_of(1)[:-2]]
)
def test_feed_that_does_not_answer_keeps_its_price_for_a_while(nonsense: Any) -> None:
    """Until it is too old; without any it has none."""
    desk = Desk()
    assert desk.poll(nonsense) is None
    assert desk.warnings() == 1
    price = desk.poll(round_of(ETHER_IN_DOLLARS))
    assert desk.poll(nonsense) == price


def test_without_decimals_there_is_no_price() -> None:
    """They are asked for until they come."""
    desk = Desk()
    known, desk.decimals = desk.decimals, dict.fromkeys((FEED, SOURCE_TOKEN), "0x" + word(78))
    assert desk.poll(round_of(ETHER_IN_DOLLARS)) is None
    desk.decimals = known
    assert desk.poll(round_of(ETHER_IN_DOLLARS)) is not None


def test_word_of_the_operator_beats_that_of_the_bridge() -> None:
    """A number, a feed, or nothing; without a feed nothing is asked."""

    def prices(**configured: PriceConfig) -> Prices:
        bridge = {SOURCE_TOKEN: 5}
        log = RecordingLogger().logger
        return prices_of(SOURCE, make_token_pairs(), configured, bridge, MANAGER, FakeClock(), log)

    for rider, price in ((prices(), 5), (prices(TST=PriceConfig(amount=TokenAmount(7))), 7)):
        assert rider.current() == {SOURCE_TOKEN: price}
        assert list(rider.questions()) == []
    fed = prices(TST=PriceConfig(feed=FEED))
    assert fed.current() == {}
    assert len(fed.questions()) == 3


def test_word_of_the_bridge_is_heard_now_and_then() -> None:
    """Its owner follows the market; while it is not heard, it stays as it was."""
    log, clock = RecordingLogger().logger, FakeClock()
    pairs = make_token_pairs()
    prices = prices_of(SOURCE, pairs, {}, {SOURCE_TOKEN: 5}, MANAGER, clock, log)
    assert list(prices.bridge.questions()) == []
    for answer, price in (("0x" + word(9) + word(7) + word(0), 7), ("0x", 7), (None, 7)):
        clock.advance(BRIDGE_SECONDS)
        (question,) = prices.bridge.questions()
        assert question == MANAGER.call("tokens", SOURCE_TOKEN).request("latest")
        prices.bridge.take([answer], make_block())
        assert prices.current() == {SOURCE_TOKEN: price}
        assert list(prices.bridge.questions()) == []


def test_price_far_from_that_of_the_bridge_is_told_once() -> None:
    """It may be in dollars, or the wrong way round: nothing would be refused by it."""

    def odd(log: RecordingLogger) -> int:
        return [line["event"] for line in log.lines].count("Price is far from the bridge's own")

    pairs, bridge = make_token_pairs(), ETHER_IN_TOKENS
    for price, own, is_odd in (
        (3_000, bridge, True),
        (bridge // 6_000, bridge, False),
        (10**21, bridge, True),
        (3_000, 0, False),
    ):
        log, configured = RecordingLogger(), {"TST": PriceConfig(amount=TokenAmount(price))}
        known = {SOURCE_TOKEN: own}
        prices = prices_of(SOURCE, pairs, configured, known, MANAGER, FakeClock(), log.logger)
        assert (odd(log), prices.current()) == (is_odd, {SOURCE_TOKEN: price})
    desk = Desk()
    for answer in (33_333, 33_333, ETHER_IN_DOLLARS, 33_333):
        assert desk.poll(round_of(answer)) is not None
    assert odd(desk.log) == 2
