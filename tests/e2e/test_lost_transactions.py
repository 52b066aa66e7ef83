"""A pool that loses every other transaction without a word: all comes about, and nothing twice."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Seconds
from tests.chain_fixtures import MakeWorld
from tests.crowd import create_requests
from tests.e2e.configuration import tokens_of
from tests.e2e.conftest import Agents
from tests.e2e.story import WHOLE_LIFE, counts, sent_by
from tests.faults.behaviours import SwallowEveryOther
from tests.faults.proxy import Proxy

pytestmark = pytest.mark.e2e

COUNT = 20
UNLIMITED, EXACT = -1, None
SECONDS = 45.0
"""For a stage of all requests; some seconds pass until a transaction is sent again."""


@pytest.fixture
def world(make_world: MakeWorld) -> LocalWorld:
    """With a block a second, and claims that only the test ends."""
    return make_world(WorldSettings(block_time=1.0, claim_period=Seconds(3600)))


@pytest.fixture
def proxies(world: LocalWorld) -> Iterator[dict[str, Proxy]]:
    """Endpoints of both L2s."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Proxy(l2.chain)) for name, l2 in world.l2s.items()}


def have_all(requests: Sequence[Request], event: str) -> bool:
    """Whether an event has happened to all of them."""
    return all(event in counts(request) for request in requests)


@pytest.mark.parametrize(
    ("symbol", "amount", "allowance", "unknown"),
    [
        ("DAI", 10**18, UNLIMITED, ""),
        ("DAI", 10**18, EXACT, "eth_simulateV1"),
        ("USDT", 10**6, EXACT, ""),
    ],
    ids=["unlimited", "exact, estimated", "exact, first to zero"],
)
def test_run_in_which_every_other_transaction_is_lost(
    world: LocalWorld,
    proxies: dict[str, Proxy],
    agents: Agents,
    symbol: str,
    amount: int,
    allowance: int | None,
    unknown: str,
) -> None:
    """All requests have their whole life, once, and no transaction waits or fails in the end."""
    losses = {name: SwallowEveryOther(unknown) for name in proxies}
    for name, proxy in proxies.items():
        proxy.begin(losses[name])
    urls = {f"chains.{name}.rpc-url": proxy.url for name, proxy in proxies.items()}
    agent = agents.start(world, {**urls, "tokens": tokens_of(world, allowance)})
    requests = create_requests(world, symbol, amount, COUNT)
    agent.wait_until(lambda: have_all(requests, "ClaimMade"), "all claims", SECONDS)
    world.increase_time(world.settings.claim_period)
    agent.wait_until(lambda: have_all(requests, "DepositWithdrawn"), "all withdrawals", SECONDS)
    assert [counts(request) for request in requests] == [WHOLE_LIFE] * COUNT
    assert min(loss.swallowed for loss in losses.values()) >= COUNT // 2
    for l2 in world.pair:
        mined, pending = sent_by(l2, world)
        assert mined == pending
    assert agent.lines("Transaction reverted") == []
    assert agent.stop() == 0
