"""A world whose L1 is one of the chains that transfers run between."""

import json
import tomllib

import pytest

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import FillId
from tests.carrying import AT_ONCE, carry, is_invalidated, resolution

pytestmark = pytest.mark.integration

AMOUNT = 10**6
FALSE_ID = FillId(b"\x01" * 32)

DIRECTIONS = [("l2a", "base"), ("base", "l2b"), ("base", "base"), ("l2b", "l2a")]


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_transfer_lives_its_whole_life(base_world: LocalWorld, source: str, target: str) -> None:
    """Requested, filled, claimed and withdrawn, with the base chain at either end."""
    user, agent = base_world.participant("user"), base_world.participant("agent")
    l2s = base_world.l2s
    request = user.create_request(l2s[source], l2s[target], "USDT", AMOUNT)
    claim_id = agent.claim(request, agent.fill(request))
    base_world.increase_time(base_world.settings.claim_period)
    before = agent.balance(request.source, "USDT")
    agent.withdraw(request.source, claim_id)
    assert agent.balance(request.source, "USDT") > before + AMOUNT


@pytest.mark.parametrize(("source", "target"), DIRECTIONS)
def test_proofs_reach_the_source_chain(base_world: LocalWorld, source: str, target: str) -> None:
    """Of a fill and of its absence, whoever carries them."""
    user, agent = base_world.participant("user"), base_world.participant("agent")
    rival, l2s = base_world.participant("rival"), base_world.l2s
    filled = user.create_request(l2s[source], l2s[target], "DAI", AMOUNT)
    unfilled = user.create_request(l2s[source], l2s[target], "DAI", AMOUNT)
    fill_id = agent.fill(filled)
    rival.invalidate_fill(unfilled, FALSE_ID)
    for request, proven in ((filled, fill_id), (unfilled, FALSE_ID)):
        if l2s[target].is_base:
            rival.relay(request, proven)
        else:
            carry(base_world, rival, request, proven)
    base_world.relayer(AT_ONCE).relay_once()
    assert resolution(filled) == (agent.address, fill_id)
    assert is_invalidated(unfilled, FALSE_ID)


def test_base_chain_has_a_deployment_file_of_its_own(base_world: LocalWorld) -> None:
    """Beside base.deployment.json, which lists the L1 ends of all chains."""
    folder = base_world.folder
    file = json.loads((folder / "31337-base.deployment.json").read_text())
    l2 = base_world.l2s["base"]
    assert file["chain"]["chain_id"] == base_world.base.chain_id
    assert file["chain"]["FillManager"]["address"] == l2.fill_manager.address
    assert file["chain"]["EthereumL2Messenger"]["address"] == l2.messenger.address
    assert file["base"]["EthereumL1Messenger"]["address"] == l2.l1_messenger.address
    base = json.loads((folder / "base.deployment.json").read_text())["base"]
    assert {"EthereumL1Messenger-base", "LocalL1Messenger-l2a", "LocalL1Messenger-l2b"} <= set(
        base
    )


def test_configuration_serves_the_base_chain(base_world: LocalWorld) -> None:
    """As a chain like the others, on the endpoint of the base chain."""
    configuration = tomllib.loads(base_world.configuration.read_text())
    assert set(configuration["chains"]) == {"l2a", "l2b", "base"}
    assert configuration["chains"]["base"] == configuration["base-chain"]
    chain_ids = {chain_id for chain_id, _ in configuration["tokens"]["DAI"]}
    assert chain_ids == {"31901", "31902", "31337"}


def test_chains_are_listed_once(base_world: LocalWorld) -> None:
    """A clock that jumps for all chains jumps once on each."""
    assert [chain.name for chain in base_world.chains] == ["base", "l2a", "l2b"]
    assert [l2.chain.name for l2 in base_world.pair] == ["l2a", "l2b"]
