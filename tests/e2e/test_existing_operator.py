"""The configuration of an operator who comes from an existing agent, unchanged."""

from pathlib import Path

import pytest

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.devnet.artifacts import KEYSTORE, PASSWORD
from beamer_agent.devnet.participant import Participant
from beamer_agent.devnet.world import LocalWorld
from tests.e2e.configuration import REMOVED, configuration_of, write
from tests.e2e.conftest import Agents
from tests.e2e.story import WHOLE_LIFE, allowance_of, counts, see_through

pytestmark = pytest.mark.e2e

AMOUNT = 10**18

EXISTING_FILE = """\
log-level = "INFO"
artifacts-dir = "deployments"
abi-dir = "abis"
fill-wait-time = 120
unsafe-fill-time = 600
min-source-balance = 0.1
poll-period = 5.0
confirmation-blocks = 0

[account]
path = "keys/agent.json"
password = "{password}"

[metrics]
prometheus-port = 0

[base-chain]
rpc-url = "{base}"

[chains.first]
rpc-url = "{l2a}"
confirmation-blocks = 1
poll-period = 0.1
min-source-balance = 0.2

[chains.second]
rpc-url = "{l2b}"
poll-period = 0.1

[tokens]
DAI = [["31901", "{dai_a}"], ["31902", "{dai_b}", "-1"], ["10", "{dai_b}", "17"]]
USDT = [[31901, "{usdt_a}", 2000000], ["31902", "{usdt_b}", "2000000"]]
"""
"""Exactly the keys of protocol.md section 9; chain names that are not those of the files."""


def lay_out(folder: Path, world: LocalWorld) -> Path:
    """An operator's working directory; the path of the configuration in it."""
    for name in ("deployments", "abis", "keys"):
        (folder / name).mkdir()
    for file in world.folder.glob("*.deployment.json"):
        write(folder / "deployments" / file.name, file.read_text())
    for contract in ("RequestManager", "FillManager", "Resolver"):
        package = packaged_contract(contract)
        content = {
            "abi": package["abi"],
            "deploymentBytecode": {"bytecode": package["bytecode"]},
        }
        write(folder / "abis" / f"{contract}.json", content)
    write(folder / "keys" / "agent.json", (world.folder / KEYSTORE).read_text())
    l2a, l2b = world.pair
    text = EXISTING_FILE.format(
        password=PASSWORD,
        base=world.base.url,
        l2a=l2a.chain.url,
        l2b=l2b.chain.url,
        dai_a=l2a.tokens["DAI"].address,
        dai_b=l2b.tokens["DAI"].address,
        usdt_a=l2a.tokens["USDT"].address,
        usdt_b=l2b.tokens["USDT"].address,
    )
    return write(folder / "agent.conf", text)


def test_existing_configuration_runs_unchanged(
    world: LocalWorld, agents: Agents, tmp_path: Path
) -> None:
    """Relative paths, ABI files, decimal strings, a chain's own settings: transfers work."""
    user, (l2a, l2b) = world.participant("user"), world.pair
    lay_out(tmp_path, world)
    agent = agents.run("--config", "agent.conf", working_directory=tmp_path)
    requests = [
        user.create_request(l2a, l2b, "DAI", AMOUNT),
        user.create_request(l2b, l2a, "USDT", 10**6),
    ]
    # One block of the first chain has to stand on each event of it.
    l2a.chain.mine()
    agent.wait_until(lambda: "RequestFilled" in counts(requests[1]), "the fill on the first chain")
    l2a.chain.mine()
    see_through(world, agent, *requests)
    assert [counts(request) for request in requests] == [WHOLE_LIFE] * 2
    assert allowance_of(world, l2b, "DAI") == 2**256 - 1
    assert allowance_of(world, l2a, "USDT") == 10**6
    agent.wait_for_line("Found something to mend", subject="chain id 10")
    assert agent.stop() == 0


def test_options_and_environment_override_the_file(
    world: LocalWorld, agents: Agents, tmp_path: Path
) -> None:
    """The command line beats the environment, which beats the file; old options only warn."""
    lay_out(tmp_path, world)
    changes = {"account.password": "wrong", "log-level": "error", "chains": REMOVED}
    path = write(tmp_path / "agent.toml", configuration_of(world, changes))
    l2a, l2b = world.pair
    agent = agents.run(
        "-c",
        str(path),
        *("--chain", f"l2a={l2a.chain.url}", "--chain", f"l2b={l2b.chain.url}"),
        *("--log-level", "info", "--source-chain", "l2a", "--target-chain", "l2b"),
        environment={
            "BEAMER_AGENT_ACCOUNT_PASSWORD": PASSWORD,
            "BEAMER_AGENT_LOG_LEVEL": "critical",
        },
    )
    for l2 in world.pair:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    assert agent.stop() == 0
    for name in ("--source-chain", "--target-chain"):
        assert f"Warning: {name} is deprecated" in agent.stderr


def test_one_chain_alone_is_its_own_direction(world: LocalWorld, agents: Agents) -> None:
    """A request from a chain to itself is filled, claimed and withdrawn there."""
    user: Participant = world.participant("user")
    l2a, _ = world.pair
    agent = agents.start(world, {"chains.l2b": REMOVED})
    request = user.create_request(l2a, l2a, "DAI", AMOUNT)
    see_through(world, agent, request)
    assert counts(request) == WHOLE_LIFE
    assert agent.stop() == 0


def test_transfers_go_on_without_a_base_chain(world: LocalWorld, agents: Agents) -> None:
    """There is a warning, and no L1 resolution."""
    user, pair = world.participant("user"), world.pair
    agent = agents.start(world, {"base-chain": REMOVED})
    agent.wait_for_line("No L1 resolution", level="warning")
    request = user.create_request(*pair, "DAI", AMOUNT)
    see_through(world, agent, request)
    assert counts(request) == WHOLE_LIFE
