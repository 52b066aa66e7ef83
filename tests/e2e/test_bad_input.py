"""Bad input: a sentence on stderr, exit code 2, and nothing was started."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from beamer_agent.devnet.artifacts import KEYSTORE
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.configuration import REMOVED, configuration_of, tokens_of, write
from tests.e2e.conftest import Agents
from tests.e2e.story import sent_by

pytestmark = pytest.mark.e2e

MAX_VALIDITY_PERIOD = 48 * 3600


def sentences(agent: AgentProcess) -> list[str]:
    """The sentences of an agent that refused to start."""
    assert agent.wait_for_exit() == 2
    assert "Traceback" not in agent.stderr
    assert agent.stdout == ""
    assert not agent.lines("Connected")
    prefix = "Error: "
    lines = agent.stderr.splitlines()
    return [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]


def refused(
    agents: Agents, world: LocalWorld, changes: Mapping[str, Any], *options: str
) -> list[str]:
    """The sentences that a configuration with these changes is refused with."""
    before = [sent_by(l2, world) for l2 in world.pair]
    found = sentences(agents.start(world, changes, *options))
    assert [sent_by(l2, world) for l2 in world.pair] == before
    return found


def test_missing_file(agents: Agents) -> None:
    """The path is named."""
    path = agents.folder / "nowhere.toml"
    assert sentences(agents.run("--config", str(path))) == [f"{path}: there is no such file"]


def test_no_file_at_all(agents: Agents) -> None:
    """What is missing is told, and how to give it."""
    found = sentences(agents.run())
    assert found[-1] == ("no configuration file is given: --config FILE, see beamer-agent --help")
    assert "artifacts-dir: is missing" in found


def test_broken_toml(agents: Agents) -> None:
    """Line and column are named."""
    path = write(agents.folder / "broken.toml", 'log-level = "info"\nartifacts-dir = = "x"\n')
    (sentence,) = sentences(agents.run("--config", str(path)))
    assert sentence.startswith(f"{path}: is not valid TOML")
    assert sentence.endswith("(at line 2, column 17)")


def test_all_faults_of_a_file_are_told_at_once(world: LocalWorld, agents: Agents) -> None:
    """Unknown key, wrong types, missing key, bad address: each with its dotted path."""
    l2a = world.l2s["l2a"]
    unusable = tokens_of(world) | {
        "LOW": [["31901", l2a.tokens["DAI"].address.lower()]],
        "SHORT": [["31902"]],
    }
    found = refused(
        agents,
        world,
        {
            "poll-perod": 1,
            "confirmation-blocks": "three",
            "chains.l2a.confirmatoin-blocks": 3,
            "chains.l2b.rpc-url": REMOVED,
            "account.path": 7,
            "tokens": unusable,
        },
    )
    assert set(found) >= {
        'poll-perod: unknown key; did you mean "poll-period"?',
        "confirmation-blocks: must be a whole number, not text",
        'chains.l2a.confirmatoin-blocks: unknown key; did you mean "confirmation-blocks"?',
        "chains.l2b.rpc-url: is missing",
        "account.path: must be a path, not a whole number",
        "tokens.SHORT.0: must be [chain id, address] or [chain id, address, allowance]",
    }
    assert any(s.startswith("tokens.LOW.0.address:") and "checksum" in s for s in found)
    assert len(found) == 7


def test_files_that_cannot_be_used_are_told_at_once(world: LocalWorld, agents: Agents) -> None:
    """Keystore, deployment and ABI folders: every one that is missing."""
    nowhere = agents.folder / "nowhere"
    changes = {
        "account.path": str(nowhere),
        "artifacts-dir": str(nowhere),
        "abi-dir": str(nowhere),
    }
    assert refused(agents, world, changes) == [
        f"account.path: there is no file {nowhere}",
        f"artifacts-dir: {nowhere} is not a folder",
        f"abi-dir: {nowhere} is not a folder",
    ]


def test_wrong_password(world: LocalWorld, agents: Agents) -> None:
    """It is not repeated in the sentence."""
    (sentence,) = refused(agents, world, {"account.password": "open sesame"})
    assert sentence == (
        f"account.password: does not open the keystore {world.folder / KEYSTORE} "
        "(wrong password, or the file is damaged)"
    )


def test_no_deployment_file_for_a_chain(world: LocalWorld, agents: Agents) -> None:
    """The chain id that the RPC serves and the folder are named."""
    for file in world.folder.glob("*.deployment.json"):
        if "l2b" not in file.name:
            write(agents.folder / file.name, file.read_text())
    found = refused(agents, world, {"artifacts-dir": str(agents.folder)})
    assert found == [
        f"chains.l2b.rpc-url: no deployment file for chain id 31902 in {agents.folder}"
    ]


def test_two_names_for_one_chain(world: LocalWorld, agents: Agents) -> None:
    """Both would fill the same requests."""
    url = world.l2s["l2a"].chain.url
    (sentence,) = refused(agents, world, {"chains.l2b.rpc-url": url})
    assert "serves chain id 31901" in sentence


@pytest.mark.parametrize("margin", [0, 1])
def test_unsafe_fill_time_as_long_as_any_request(
    world: LocalWorld, agents: Agents, margin: int
) -> None:
    """With MAX_VALIDITY_PERIOD or more nothing would ever be filled: told for each chain."""
    found = refused(agents, world, {"unsafe-fill-time": MAX_VALIDITY_PERIOD + margin})
    assert len(found) == 2
    for sentence in found:
        assert "MAX_VALIDITY_PERIOD, 172800 s" in sentence
        assert "set unsafe-fill-time below 172800" in sentence


def test_no_permission(world: LocalWorld, agents: Agents) -> None:
    """Which contract, which address, what to ask its owner for; each contract by itself."""
    account = world.participant("agent").address
    l2a, l2b = world.pair
    managers = (l2a.fill_manager, l2b.request_manager)
    for l2, manager in zip((l2a, l2b), managers, strict=True):
        owner = l2.chain.wallet("deployer")
        owner.execute(manager.contract.call("removeAllowedLp", account))
    found = refused(agents, world, {})
    assert len(found) == 2
    for manager in managers:
        (sentence,) = [s for s in found if manager.address in s]
        assert manager.name in sentence
        assert f"{account} is no allowed LP" in sentence
        assert f"ask the contract's owner to call addAllowedLp({account})" in sentence


def test_no_permission_is_needed_where_it_only_watches(world: LocalWorld, agents: Agents) -> None:
    """A chain without tokens is read; the agent starts."""
    account = world.participant("agent").address
    l2b = world.l2s["l2b"]
    for manager in (l2b.fill_manager, l2b.request_manager):
        owner = l2b.chain.wallet("deployer")
        owner.execute(manager.contract.call("removeAllowedLp", account))
    tokens = {
        symbol: [entry for entry in entries if entry[0] != "31902"]
        for symbol, entries in tokens_of(world).items()
    }
    agent = agents.start(world, {"tokens": tokens})
    agent.wait_for_line("Synced", chain_id=31902)
    assert agent.stop() == 0


def test_tokens_of_a_chain_that_is_not_configured_are_a_warning(
    world: LocalWorld, agents: Agents
) -> None:
    """Existing files have them."""
    address = world.l2s["l2a"].tokens["DAI"].address
    agent = agents.start(world, {"tokens.ELSEWHERE": [["10", address]]})
    line = agent.wait_for_line("Found something to mend", subject="chain id 10")
    assert "none of [chains] has this id" in line["detail"]
    agent.wait_for_line("Synced")


def test_metrics_port_that_is_taken(world: LocalWorld, agents: Agents) -> None:
    """The port is named; no chain is asked anything."""
    port = int(world.base.url.rpartition(":")[2])
    (sentence,) = refused(agents, world, {"metrics.prometheus-port": port})
    assert sentence.startswith(f"metrics.prometheus-port: port {port} cannot be used")


def test_usage_error(world: LocalWorld, agents: Agents) -> None:
    """An unknown option has exit code 2, and the nearest one is named."""
    path: Path = write(agents.folder / "agent.toml", configuration_of(world))
    agent = agents.run("--config", str(path), "--poll-perod", "1")
    assert agent.wait_for_exit() == 2
    assert "--poll-period" in agent.stderr
