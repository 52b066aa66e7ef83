"""A transfer's whole life, by the real agent, for every kind of token and allowance."""

import pytest

from beamer_agent.devnet.settings import TOKENS, TokenSettings, WorldSettings
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.chain_fixtures import MakeWorld
from tests.e2e.configuration import tokens_of
from tests.e2e.conftest import Agents
from tests.e2e.story import WHOLE_LIFE, allowance_of, counts, happened, see_through, wait_for

pytestmark = pytest.mark.e2e

HOSTILE = TokenSettings(
    symbol='"]\n[account]\x1b[31m{}%s\N{RIGHT-TO-LEFT OVERRIDE}',
    contract="MintableToken",
    decimals=0,
    eth_in_token=250_000,
    transfer_limit=10_000,
    funds=100_000,
)
"""Its symbol means something to TOML, JSON, terminals and formatting; it has no decimals."""

SYMBOLS = [token.symbol for token in (*TOKENS, HOSTILE)]
AMOUNT = 600
LIMIT = 1_000


@pytest.fixture
def token_world(make_world: MakeWorld) -> LocalWorld:
    """A world with the hostile token as well."""
    return make_world(WorldSettings(block_time=None, tokens=(*TOKENS, HOSTILE)))


def approvals(agent: AgentProcess) -> int:
    """How many approvals the agent has sent."""
    return len(agent.lines("Sent transaction", transaction="approve"))


@pytest.mark.parametrize(
    ("allowance", "left"),
    [
        pytest.param(None, 0, id="exact"),
        pytest.param(-1, 2**256 - 1, id="unlimited"),
        pytest.param(LIMIT, LIMIT - AMOUNT, id="limited"),
    ],
)
def test_every_token_goes_both_ways_under_every_allowance(
    token_world: LocalWorld, agents: Agents, allowance: int | None, left: int
) -> None:
    """Filled, claimed and withdrawn once, the fee earned, no more approved than configured."""
    user, account = token_world.participant("user"), token_world.participant("agent")
    agent = agents.start(token_world, {"tokens": tokens_of(token_world, allowance)})
    l2s = token_world.pair
    before = {symbol: sum(account.balance(l2, symbol) for l2 in l2s) for symbol in SYMBOLS}
    requests = [
        user.create_request(source, target, symbol, AMOUNT)
        for symbol in SYMBOLS
        for source, target in (l2s, l2s[::-1])
    ]
    see_through(token_world, agent, *requests)
    assert [counts(request) for request in requests] == [WHOLE_LIFE] * len(requests)
    for symbol in SYMBOLS:
        assert sum(account.balance(l2, symbol) for l2 in l2s) > before[symbol]
        for l2 in l2s:
            assert allowance_of(token_world, l2, symbol) == left
    assert agent.stop() == 0


def test_used_up_limit_is_approved_anew_in_the_way_each_token_wants(
    token_world: LocalWorld, agents: Agents
) -> None:
    """DAI takes a new allowance over an old one, USDT is set to zero in between."""
    user, (source, target) = token_world.participant("user"), token_world.pair
    agent = agents.start(token_world, {"tokens": tokens_of(token_world, LIMIT)})
    ahead = len(token_world.settings.tokens) * len(token_world.pair)
    agent.wait_until(lambda: approvals(agent) == ahead, "approvals ahead of time")
    counted = []
    for symbol in ("DAI", "USDT"):
        already = approvals(agent)
        for _ in range(2):
            request = user.create_request(source, target, symbol, AMOUNT)
            wait_for(agent, request, "RequestFilled")
        assert allowance_of(token_world, target, symbol) == LIMIT - AMOUNT
        counted.append(approvals(agent) - already)
    assert counted == [1, 2]


def test_amount_above_the_limit_is_not_filled(token_world: LocalWorld, agents: Agents) -> None:
    """A configured allowance is the most that one fill may take."""
    user, (source, target) = token_world.participant("user"), token_world.pair
    agent = agents.start(token_world, {"tokens": tokens_of(token_world, LIMIT)})
    too_much = user.create_request(source, target, "DAI", LIMIT + 1)
    enough = user.create_request(source, target, "DAI", LIMIT)
    wait_for(agent, enough, "RequestFilled")
    agent.wait_for_line(
        "Not acting on request",
        request_id="0x" + too_much.request_id.hex(),
        reason="the amount is above the configured allowance of the token",
    )
    assert not happened(too_much, "RequestFilled")
