"""The view of a direction: what the operator's words on limits and profit become."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.actions.view import DirectionView, EarningsPolicy
from beamer_agent.base import BaseSlot
from beamer_agent.chain import Chain, Surroundings
from beamer_agent.config import (
    AccountConfig,
    ChainConfig,
    Config,
    DirectionConfig,
    LimitConfig,
)
from beamer_agent.direction import view_maker
from beamer_agent.switches import Change, Halt, Switches
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.types import Wei
from tests.doubles import FakeClock
from tests.factories import ALICE, NOW, SOURCE, SOURCE_TOKEN, TARGET, TARGET_TOKEN, US
from tests.made_views import TERMS, make_chain_view, make_token_pairs

pytestmark = pytest.mark.unit


def chain_of(name: str, cost: int, prices: dict[Any, int]) -> Chain:
    """As much of a chain as a view is made of."""
    told = ActionCosts(Wei(cost), Wei(cost), Wei(cost))
    account = SimpleNamespace(
        wallet=SimpleNamespace(funds=lambda: None),
        stakes=StakeBook(Wei(1)),
        costs=SimpleNamespace(costs=lambda: told),
    )
    connection = SimpleNamespace(name=name, terms=TERMS, eth_in_token={})
    whole = SimpleNamespace(
        connection=connection, account=account, prices=SimpleNamespace(current=lambda: prices)
    )
    return cast("Chain", whole)


def view_of(switches: Switches | None = None, **changes: Any) -> DirectionView:
    """From a to b, with these keys of the configuration."""
    chains = {
        "a": ChainConfig(rpc_url=cast("Any", SecretStr("http://a")), risk_ppm=3),
        "b": ChainConfig(rpc_url=cast("Any", SecretStr("http://b"))),
    }
    config = Config(
        artifacts_dir=cast("Any", "deployments"),
        account=AccountConfig(path=cast("Any", "account"), password=SecretStr("")),
        chains=chains,
        tokens={"TST": (), "DAI": ()},
        **changes,
    )
    around = SimpleNamespace(
        config=config,
        account=SimpleNamespace(address=US),
        pairs=make_token_pairs(),
        clock=FakeClock(),
        switches=switches or Switches(),
    )
    source = chain_of("a", 7, {SOURCE_TOKEN: 70})
    target = chain_of("b", 8, {TARGET_TOKEN: 80})
    make_view = view_maker(source, target, BaseSlot(), cast("Surroundings", around))
    return make_view(make_chain_view(SOURCE), make_chain_view(TARGET))


def test_words_of_the_operator_are_those_of_the_direction() -> None:
    """The risk is that of the source chain."""
    directions = {
        "a->b": DirectionConfig(min_profit=cast("Any", "0.5"), min_fee_ppm=9),
        "b->a": DirectionConfig(min_profit=cast("Any", "2"), min_fee_ppm=4),
    }
    limits = {"TST": LimitConfig(max_request=cast("Any", 5)), "DAI": LimitConfig()}
    view = view_of(directions=directions, limits=limits, denied_recipients=(ALICE,))
    assert view.policy.earnings == EarningsPolicy(Wei(5 * 10**17), 9, 3)
    assert view.policy.max_request == {"TST": 5}
    assert view.policy.denied_recipients == {ALICE}


def test_without_words_every_fee_will_do() -> None:
    """As ever."""
    policy = view_of().policy
    assert policy.earnings.is_any
    assert (policy.max_request, policy.denied_recipients) == ({}, frozenset())


def test_costs_and_prices_are_those_of_their_chains() -> None:
    """Of the source, and of the target."""
    view = view_of()
    assert view.source_costs is not None
    assert view.target_costs is not None
    assert (view.source_costs.claim, view.target_costs.fill) == (7, 8)
    assert (view.source_prices, view.target_prices) == ({SOURCE_TOKEN: 70}, {TARGET_TOKEN: 80})


def test_what_an_operator_has_paused_is_halted() -> None:
    """This direction, not the one back."""
    switches = Switches()
    switches.pause("b->a", Change("anna", NOW))
    assert view_of(switches).halt is None
    switches.pause("a->b", Change("anna", NOW))
    assert view_of(switches).halt is Halt.PAUSED
