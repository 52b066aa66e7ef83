"""RouteFinder: no money goes where the contracts would not carry it."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.contracts.deployments import Messenger
from beamer_agent.resolution.ethereum import EthereumRollup
from beamer_agent.resolution.local import LocalRollup
from beamer_agent.resolution.rollup import NOBODY, ChainEnd, ProofDirection
from beamer_agent.resolution.route import NoRoute, Route, RouteFinder
from tests.factories import ALICE, FILL_MANAGER, REQUEST_MANAGER, SOURCE, TARGET
from tests.fake_bridge import DOWN_GATE, GATE, L1, OUTBOX, RESOLVER, FakeBridge

pytestmark = pytest.mark.unit


@pytest.fixture
def bridge() -> FakeBridge:
    """Contracts that trust each other."""
    return FakeBridge()


def reason(bridge: FakeBridge, direction: ProofDirection | None = None) -> str:
    """Why there is no route."""
    route = RouteFinder(direction or bridge.direction).find(bridge.base)
    assert isinstance(route, NoRoute)
    return route.reason


def with_messengers(direction: ProofDirection, *messengers: Messenger) -> ProofDirection:
    """The same with other messengers in the target chain's deployment file."""
    end = direction.target
    deployment = replace(end.deployment, messengers=messengers)
    return replace(direction, target=ChainEnd(end.client, deployment))


def test_the_fill_managers_messenger_tells_the_family(bridge: FakeBridge) -> None:
    """Of several in the file, the one that is in use."""
    direction = with_messengers(
        bridge.direction,
        Messenger("OptimismL2Messenger", ALICE),
        Messenger("LocalL2Messenger", OUTBOX),
    )
    route = RouteFinder(direction).find(bridge.base)
    assert isinstance(route, Route)
    assert isinstance(route.up, LocalRollup)
    assert isinstance(route.down, LocalRollup)


def test_a_family_without_adapter_has_no_route(bridge: FakeBridge) -> None:
    """It is named."""
    direction = with_messengers(bridge.direction, Messenger("OptimismL2Messenger", OUTBOX))
    assert reason(bridge, direction) == "no adapter for OptimismL2Messenger"


def test_a_messenger_that_the_file_does_not_name_has_no_route(bridge: FakeBridge) -> None:
    """Its family is unknown then; old files name none."""
    expected = f"chain {TARGET}'s messenger {OUTBOX} is not in its deployment file"
    assert reason(bridge, with_messengers(bridge.direction)) == expected
    bridge.source.answers[FILL_MANAGER, "messenger"] = lambda: ALICE
    assert reason(bridge) == f"chain {SOURCE}'s messenger {ALICE} is not in its deployment file"


@pytest.mark.parametrize("callers", [(ALICE, GATE), (FILL_MANAGER, NOBODY), (NOBODY, NOBODY)])
def test_a_resolver_that_does_not_take_the_proofs_has_no_route(
    bridge: FakeBridge, callers: tuple[Any, Any]
) -> None:
    """Another FillManager's, or no messenger to vouch."""
    bridge.l1.answers[RESOLVER, "callers"] = lambda _id, index: callers[index]
    assert reason(bridge) == f"the Resolver does not take proofs from chain {TARGET}"


@pytest.mark.parametrize("info", [(ALICE, DOWN_GATE), (REQUEST_MANAGER, NOBODY)])
def test_a_resolver_that_does_not_send_the_proofs_has_no_route(
    bridge: FakeBridge, info: tuple[Any, Any]
) -> None:
    """To another RequestManager, or over no messenger."""
    bridge.l1.answers[RESOLVER, "sourceChainInfos"] = lambda _id: info
    assert reason(bridge) == f"the Resolver does not send proofs to chain {SOURCE}"


def test_on_l1_itself_the_messenger_is_the_caller(bridge: FakeBridge) -> None:
    """Nobody vouches for it; the FillManager's messenger must be the one that is trusted."""
    direction = with_messengers(bridge.direction, Messenger("EthereumL2Messenger", OUTBOX))
    base = replace(bridge.base, chain_id=TARGET)
    assert base.chain_id != L1
    bridge.l1.answers[RESOLVER, "callers"] = lambda _id, index: (OUTBOX, NOBODY)[index]
    route = RouteFinder(direction).find(base)
    assert isinstance(route, Route)
    assert isinstance(route.up, EthereumRollup)
    bridge.l1.answers[RESOLVER, "callers"] = lambda _id, index: (ALICE, NOBODY)[index]
    assert isinstance(RouteFinder(direction).find(base), NoRoute)
