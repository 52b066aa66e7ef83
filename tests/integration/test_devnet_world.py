"""The local world: its contracts trust each other, its files are what an agent expects."""

import json

import pytest

from beamer_agent.devnet.participant import Participant
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import CallRevertedError
from beamer_agent.types import Seconds

pytestmark = pytest.mark.integration

SYMBOLS = ("DAI", "USDT")


def participants(world: LocalWorld) -> tuple[Participant, Participant]:
    """The user and the agent."""
    return world.participant("user"), world.participant("agent")


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("reverse", [False, True])
def test_transfer_is_created_filled_claimed_and_withdrawn(
    world: LocalWorld, symbol: str, reverse: bool
) -> None:
    """Every token goes in both directions, and the agent earns the fee."""
    user, agent = participants(world)
    source, target = reversed(world.pair) if reverse else world.pair
    before = agent.balance(source, symbol) + agent.balance(target, symbol)
    request = user.create_request(source, target, symbol, 1_000_000)
    claim_id = agent.claim(request, agent.fill(request))
    with pytest.raises(CallRevertedError):
        agent.withdraw(source, claim_id)
    world.increase_time(world.settings.claim_period)
    agent.withdraw(source, claim_id)
    assert agent.balance(source, symbol) + agent.balance(target, symbol) > before


def test_only_the_relayer_delivers(world: LocalWorld) -> None:
    """A stranger cannot deliver a message of its own making."""
    source, _ = world.pair
    rival = source.chain.wallet("rival")
    with pytest.raises(CallRevertedError):
        rival.send(
            source.messenger.contract.call(
                "deliverMessage", 0, world.contracts.resolver.address, rival.address, b""
            )
        )


def test_no_address_has_code_on_two_chains(world: LocalWorld) -> None:
    """A source chain taken for a target chain must not find a contract there."""
    source, target = world.pair
    deployed = [source.request_manager, source.fill_manager, *source.tokens.values()]
    for contract in deployed:
        assert source.chain.client.code(contract.address)
        assert not target.chain.client.code(contract.address)
        assert not world.base.client.code(contract.address)


def test_deployment_files_have_the_public_format(world: LocalWorld) -> None:
    """Keys and values are those of protocol.md section 8."""
    names = {path.name for path in world.folder.glob("*.deployment.json")}
    assert names == {
        "base.deployment.json",
        "31901-l2a.deployment.json",
        "31902-l2b.deployment.json",
    }
    base = json.loads((world.folder / "base.deployment.json").read_text())
    assert set(base) == {"deployer", "base"}
    l2 = json.loads((world.folder / "31901-l2a.deployment.json").read_text())
    assert set(l2) == {"deployer", "base", "chain"}
    assert l2["chain"]["chain_id"] == 31901
    for contract in ("RequestManager", "FillManager"):
        info = l2["chain"][contract]
        assert set(info) == {
            "beamer_commit",
            "tx_hash",
            "address",
            "deployment_block",
            "deployment_args",
        }
        assert isinstance(info["deployment_block"], int)
    assert l2["chain"]["RequestManager"]["deployment_args"] == [
        world.settings.claim_stake,
        world.settings.claim_request_extension,
        world.settings.claim_period,
        world.settings.challenge_period_extension,
    ]


def test_deployment_files_name_the_kind_of_bridge(world: LocalWorld) -> None:
    """An agent picks the way of a proof by the name of the messenger at the L2's end."""
    for name, l2 in world.l2s.items():
        path = world.folder / f"{l2.chain.chain_id}-{name}.deployment.json"
        chain = json.loads(path.read_text())["chain"]
        messengers = [contract for contract in chain if contract.endswith("L2Messenger")]
        assert messengers == ["LocalL2Messenger"]
        assert chain["LocalL2Messenger"]["address"] == l2.messenger.address


def test_base_chain_is_no_chain_of_transfers_by_itself(world: LocalWorld) -> None:
    """The ordinary world has an L1 that carries proofs and nothing else."""
    assert set(world.l2s) == {"l2a", "l2b"}


@pytest.mark.parametrize("role", ["agent", "rival"])
def test_relaying_can_be_paid_for_on_the_base_chain(world: LocalWorld, role: str) -> None:
    """Who carries proofs needs native currency on L1."""
    assert world.base.client.balance(world.participant(role).address) >= 100 * 10**18


def test_rival_becomes_an_lp_on_every_chain(world: LocalWorld) -> None:
    """By nature it is none; made one, it fills and claims in both directions."""
    user, rival = world.participant("user"), world.participant("rival")
    first, second = world.pair
    with pytest.raises(CallRevertedError):
        rival.fill(user.create_request(first, second, "DAI", 10**18))
    world.allow_lp("rival")
    for source, target in ((first, second), (second, first)):
        request = user.create_request(source, target, "DAI", 10**18)
        rival.claim(request, rival.fill(request))


def test_isolation_undoes_what_happened(shared_world: LocalWorld) -> None:
    """After a test the shared world is as it was, its clock included."""
    heights = [chain.height() for chain in shared_world.chains]
    with shared_world.isolated():
        shared_world.participant("user").create_request(*shared_world.pair, "DAI", 10**18)
        shared_world.increase_time(Seconds(1000))
    assert [chain.height() for chain in shared_world.chains] == heights


def test_world_leaves_nothing_behind() -> None:
    """No process and no file outlives a world."""
    with LocalWorld(WorldSettings(block_time=None)) as world:
        folder, chains = world.folder, world.chains
    assert not folder.exists()
    assert not any(chain.anvil.is_alive() for chain in chains)
