"""What the operator's limits and his word on profit do to real transfers."""

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Address
from tests.e2e.conftest import Agents
from tests.e2e.story import counts, see_through, wait_for
from tests.factories import make_address

pytestmark = pytest.mark.e2e

NOT_ACTING = "Not acting on request"
AMOUNT = 10**18
SHEET = (
    "lp_fee",
    "source_price",
    "fee",
    "fill_cost",
    "claim_cost",
    "withdraw_cost",
    "margin",
    "profit",
)
FEED_DECIMALS = 8
CODE = (
    "60003560e01c63313ce567146024"  # asked for `decimals`, go to the end
    "5767{answer:016x}602052"
    "42606052"  # updated now
    "60a06000f3"
    "5b600860005260206000f3"
)
"""A feed in the machine's language: five words, of which the second and the fourth count."""


def set_feed(chain: LocalChain, number: int, coins: int) -> Address:
    """A contract that says how much one native coin is worth in whole tokens."""
    address = make_address(number)
    code = CODE.format(answer=coins * 10**FEED_DECIMALS)
    chain.client.call("anvil_setCode", address, "0x" + code)
    return address


def test_only_profitable_requests_are_filled(world: LocalWorld, agents: Agents) -> None:
    """By feeds on the source chain: a fee in one token is worth a coin, in the other nothing."""
    user, (source, target) = world.participant("user"), world.pair
    dear = set_feed(source.chain, 1, 10**9)
    cheap = set_feed(source.chain, 2, 1)
    name = source.chain.name
    agent = agents.start(
        world,
        {
            f"directions.{name}->{target.chain.name}.min-profit": 0,
            f"chains.{name}.prices.T0": {"feed": dear},
            f"chains.{name}.prices.T1": {"feed": cheap},
        },
    )
    worthless = user.create_request(source, target, world.settings.tokens[0].symbol, AMOUNT)
    # Before, its price may not be known yet.
    ids = {"request_id": "0x" + worthless.request_id.hex(), "reason": Reason.UNPROFITABLE.value}
    line = agent.wait_for_line(NOT_ACTING, **ids)
    # Long numbers are text in the log.
    sheet = {key: int(line[key]) for key in SHEET}
    costs = sum(sheet[key] for key in ("fill_cost", "claim_cost", "withdraw_cost", "margin"))
    assert sheet["source_price"] == 10**9 * AMOUNT
    assert sheet["fee"] == sheet["lp_fee"] // 10**9
    assert sheet["profit"] == sheet["fee"] - costs < 0
    good = user.create_request(source, target, world.settings.tokens[1].symbol, 10**6)
    see_through(world, agent, good)
    assert counts(worthless) == {"RequestCreated": 1}
    assert len(agent.lines(NOT_ACTING, **ids)) == 1


def test_open_amounts_stay_within_the_limit_after_a_restart(
    world: LocalWorld, agents: Agents
) -> None:
    """The next process knows from the chain what is open, and when it is not any more."""
    user, pair = world.participant("user"), world.pair
    symbol = world.settings.tokens[0].symbol
    limits = {"limits.T0.max-open": str(AMOUNT)}
    first = user.create_request(*pair, symbol, AMOUNT)
    agent = agents.start(world, limits)
    wait_for(agent, first, "ClaimMade")
    agent.kill()
    agent = agents.start(world, limits)
    second = user.create_request(*pair, symbol, AMOUNT)
    # Before, what the first process has paid out may not be known yet.
    ids = {"request_id": "0x" + second.request_id.hex(), "reason": Reason.OPEN_LIMIT.value}
    line = agent.wait_for_line(NOT_ACTING, **ids)
    assert (int(line["paid_out"]), int(line["limit"])) == (AMOUNT, AMOUNT)
    world.increase_time(world.settings.claim_period)
    wait_for(agent, first, "DepositWithdrawn")
    wait_for(agent, second, "RequestFilled")
