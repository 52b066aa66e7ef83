"""Prices: what a chain's native coin is worth in each token, in base units; feeds are asked anew.

What the operator has written as a number holds. A feed is a contract as Chainlink has them
(`AggregatorV3Interface`): `latestRoundData` answers round, answer, start, update and a round that
is deprecated; the answer has as many decimals as `decimals` says. An answer that is not positive,
too old, or of the future is none. For other tokens the RequestManager's own word holds
(`protocol.md` section 6).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_typing import ABI
from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.config import PriceConfig
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.economy.bridge_prices import BridgePrices
from beamer_agent.economy.words import WORD, words_of
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import Block
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address, ChainId, Seconds, Timestamp

PRICE_SECONDS: Final = 30.0
"""How often feeds are asked, along with a poll."""

FAR: Final = 100_000
"""More than so many times the bridge's own price, or less than that part of it, is a mistake:
dollars for base units, or a feed the wrong way round. No two native coins differ so much."""
AHEAD_SECONDS: Final = 300
"""Nodes of one endpoint may be some blocks apart."""

_ROUND_WORDS: Final = 5
_QUESTIONS: Final = 3
"""For each feed."""
_MOST_DECIMALS: Final = 77
"""More do not fit into a word."""

_FEED_ABI: Final[ABI] = [
    {
        "type": "function",
        "name": "latestRoundData",
        "stateMutability": "view",
        "inputs": [],
        "outputs": [
            {"name": "", "type": type_}
            for type_ in ("uint80", "int256", "uint256", "uint256", "uint80")
        ],
    }
]
"""Of feeds; `decimals` is as in tokens."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A contract that tells the price of a token."""

    token: Address
    address: Address
    is_inverse: bool
    """True: it tells the token in native coins; else the native coin in tokens."""
    max_age: Seconds


@dataclass(frozen=True, slots=True)
class _Answer:
    price: int
    updated_at: Timestamp


class Prices:
    """The prices on one chain. A `Rider`: feeds are asked along with the monitor's polls.

    `questions` and `take` are for the monitor's thread; `current` is for any: it reads one
    reference to a mapping that nobody changes.

    Args:
        fixed: prices that hold as they are, by token.
        bridge: those of other tokens, another rider.
        compared: what the bridge says of all tokens, to be warned by.
    """

    def __init__(
        self,
        fixed: Mapping[Address, int],
        feeds: Sequence[Feed],
        bridge: BridgePrices,
        compared: Mapping[Address, int],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._compared = dict(compared)
        self.bridge = bridge
        self._fixed = dict(fixed)
        self._feeds = tuple(feeds)
        self._clock = clock
        self._logger = logger
        self._due_at = 0.0
        self._answers: Mapping[Feed, _Answer] = {}
        self._missed: set[Feed] = set()
        """Those whose price is missing, and was told to be."""
        self._odd: set[Address] = set()
        """Tokens whose price is far from the bridge's, and was told to be."""
        for token, price in self._fixed.items():
            self._compare(token, price)

    def current(self) -> Mapping[Address, int]:
        """The prices that hold now, by token; without those that nobody knows."""
        now = self._clock.now()
        told = {
            feed.token: a.price for feed, a in self._answers.items() if _is_fresh(feed, a, now)
        }
        return {**self.bridge.current(), **self._fixed, **told}

    def questions(self) -> Sequence[Request]:
        """Feeds, when they are due, each with its decimals and those of its token.

        They never change, but what one endpoint has said of them must not count for ever.
        """
        if not self._feeds or self._clock.monotonic() < self._due_at:
            return ()
        return [question for feed in self._feeds for question in _questions(feed)]

    def take(self, results: Sequence[Any], head: Block) -> None:
        """Take the answers; a feed that does not answer is asked again when all are."""
        answers = dict(self._answers)
        for place, feed in enumerate(self._feeds):
            told = results[_QUESTIONS * place : _QUESTIONS * (place + 1)]
            answer = _read(feed, told, head)
            if answer is not None:
                answers[feed] = answer
                self._compare(feed.token, answer.price)
        self._answers = answers
        self._due_at = self._clock.monotonic() + PRICE_SECONDS
        self._tell_missing()

    def _compare(self, token: Address, price: int) -> None:
        bridge = self._compared.get(token, 0)
        is_odd = min(price, bridge) > 0 and max(price, bridge) > FAR * min(price, bridge)
        if is_odd and token not in self._odd:
            self._logger.warning(
                "Price is far from the bridge's own", token=token, price=price, bridge=bridge
            )
        self._odd.discard(token)
        if is_odd:
            self._odd.add(token)

    def _tell_missing(self) -> None:
        now = self._clock.now()
        for feed in self._feeds:
            answer = self._answers.get(feed)
            if answer is not None and _is_fresh(feed, answer, now):
                self._missed.discard(feed)
            elif feed not in self._missed:
                self._missed.add(feed)
                self._logger.warning(
                    "No price of a token",
                    token=feed.token,
                    feed=feed.address,
                    price=None if answer is None else answer.price,
                    updated_at=None if answer is None else answer.updated_at,
                )


def prices_of(
    chain_id: ChainId,
    pairs: TokenPairs,
    configured: Mapping[str, PriceConfig],
    eth_in_token: Mapping[Address, int],
    request_manager: Contract,
    clock: Clock,
    logger: FilteringBoundLogger,
) -> Prices:
    """The prices of a chain's tokens: configured by their names, else as the bridge has them."""
    bridge: dict[Address, int] = {}
    fixed: dict[Address, int] = {}
    feeds: list[Feed] = []
    for token in pairs.of_chain(chain_id):
        price = configured.get(pairs.symbol(chain_id, token))
        if price is None:
            bridge[token] = eth_in_token.get(token, 0)
        elif price.feed is None:
            fixed[token] = price.amount or 0
        else:
            feeds.append(Feed(token, price.feed, price.inverse, price.max_age))
    told = BridgePrices(bridge, request_manager, clock)
    return Prices(fixed, feeds, told, eth_in_token, clock, logger.bind(chain_id=chain_id))


def ask_feed(client: ChainClient, feed: Feed, head: Block, now: Timestamp) -> int | None:
    """What a feed tells at this moment, in base units; None: no price.

    Raises:
        RpcError: the endpoint does not answer.
    """
    answer = _read(feed, client.batch(_questions(feed)), head)
    return answer.price if answer is not None and _is_fresh(feed, answer, now) else None


def _questions(feed: Feed) -> list[Request]:
    contract = Contract(feed.address, _FEED_ABI)
    decimals = [Contract(a, ERC20_ABI).call("decimals") for a in (feed.address, feed.token)]
    return [call.request(LATEST) for call in (contract.call("latestRoundData"), *decimals)]


def _read(feed: Feed, told: Sequence[Any], head: Block) -> _Answer | None:
    words = words_of(told[0], _ROUND_WORDS)
    decimals, of_token = (_decimals(result) for result in told[1:])
    if words is None or decimals is None or of_token is None:
        return None
    updated_at = Timestamp(words[3])
    if updated_at > head.timestamp + AHEAD_SECONDS:
        return None  # made new with every look, it would never grow old
    answer = words[1] if words[1] < 2 ** (8 * WORD - 1) else 0
    if feed.is_inverse:
        price = 10 ** (decimals + of_token) // answer if answer else 0
    else:
        price = answer * 10**of_token // 10**decimals
    return _Answer(price, updated_at)


def _decimals(result: Any) -> int | None:
    words = words_of(result, 1)
    return words[0] if words is not None and words[0] <= _MOST_DECIMALS else None


def _is_fresh(feed: Feed, answer: _Answer, now: Timestamp) -> bool:
    return answer.price > 0 and now - answer.updated_at <= feed.max_age
