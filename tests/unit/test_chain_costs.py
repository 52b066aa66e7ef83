"""Costs of a chain: from its configuration and what it is to what those who decide see."""

import pytest

from beamer_agent.chain import Chain, build_chain, connect
from beamer_agent.economy.data_fee import ARB_GAS_INFO, GAS_PRICE_ORACLE, FeeFamily
from beamer_agent.economy.gas_book import MEASURED_GAS
from beamer_agent.types import Address
from tests.fee_desk import history
from tests.unit.test_chain import Chains

pytestmark = pytest.mark.unit

GWEI = 10**9


def built(chains: Chains, **settings: str) -> Chain:
    """A chain at work, with gas limits of its own."""
    chains.endpoint.always("eth_feeHistory", history(3))
    around = chains.around(**settings)
    return build_chain(connect(chains.line, around), around, [], lambda: None)


@pytest.mark.parametrize(
    ("place", "family"),
    [
        (None, FeeFamily.PLAIN),
        (GAS_PRICE_ORACLE, FeeFamily.OP_STACK),
        (ARB_GAS_INFO, FeeFamily.ARBITRUM),
    ],
)
def test_connection_knows_how_the_chain_takes_fees(
    place: Address | None, family: FeeFamily
) -> None:
    """By what stands at its places."""
    chains = Chains()
    if place is not None:
        chains.endpoint.put(place)
    assert connect(chains.line, chains.around()).fee_family is family


def test_costs_come_with_the_monitors_poll() -> None:
    """Without a request of their own, with the tip on which the operator insists."""
    chains = Chains()
    chain = built(chains, min_priority_fee="2")
    posts = chains.endpoint.posts
    assert chain.account.costs.costs() is None
    chain.following.monitor.step()
    costs = chain.account.costs.costs()
    assert costs is not None
    assert costs.claim == 3 * GWEI * MEASURED_GAS["claim"]  # the base fee is 1
    plain = Chains()
    around = plain.around()
    bare = build_chain(connect(plain.line, around), around, [], lambda: None)
    before = plain.endpoint.posts
    bare.following.monitor.step()
    assert chains.endpoint.posts - posts == plain.endpoint.posts - before


def test_limits_of_the_configuration_hold_for_the_sender() -> None:
    """In wei per gas."""
    chain = built(Chains(), max_gas_price="1.5", max_urgent_gas_price="20", min_priority_fee="0.5")
    limits = chain.account.sender._dispatch._fee_source._limits
    assert (limits.ordinary, limits.urgent, limits.least_tip) == (15 * 10**8, 20 * GWEI, 5 * 10**8)
