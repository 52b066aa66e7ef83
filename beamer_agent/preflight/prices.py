"""The feeds among a chain's configured prices: does each of them tell one?"""

from collections.abc import Iterator, Mapping

from beamer_agent.clock import Clock
from beamer_agent.config import PriceConfig
from beamer_agent.economy.prices import Feed, ask_feed
from beamer_agent.preflight.finding import Finding, Findings
from beamer_agent.rpc.client import ChainClient
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import ChainId


def check_prices(
    name: str,
    client: ChainClient,
    chain_id: ChainId,
    configured: Mapping[str, PriceConfig],
    tokens: TokenPairs,
    clock: Clock,
) -> Iterator[Finding]:
    """What every feed of a chain tells, so that one that is inverse is seen as well.

    Raises:
        RpcError: the endpoint does not answer.
    """
    report = Findings(name)
    for token in tokens.of_chain(chain_id):
        symbol = tokens.symbol(chain_id, token)
        price = configured.get(symbol)
        if price is None or price.feed is None:
            continue
        feed = Feed(token, price.feed, price.inverse, price.max_age)
        told = ask_feed(client, feed, client.head(), clock.now())
        subject = f"price of {symbol}"
        if told is None:
            detail = f"the feed {feed.address} tells none, or none that is newer than max-age"
            remedy = f"correct chains.{name}.prices.{symbol}"
            yield report.warning(subject, detail, remedy)
        else:
            yield report.ok(subject, f"one native coin is worth {told} base units")
