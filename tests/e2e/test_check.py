"""`beamer-agent check`: looks at everything, sends nothing, says so by table and exit code."""

from collections.abc import Mapping
from typing import Any

import pytest

from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.configuration import REMOVED, configuration_of, write
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint
from tests.e2e.story import sent_by

pytestmark = pytest.mark.e2e


def check(
    agents: Agents, world: LocalWorld, changes: Mapping[str, Any] | None = None
) -> AgentProcess:
    """A finished check of a configuration; it must not have sent anything."""
    before = [sent_by(l2, world) for l2 in world.pair]
    path = write(agents.folder / "agent.toml", configuration_of(world, changes))
    agent = agents.run("check", "--config", str(path))
    agent.wait_for_exit()
    assert [sent_by(l2, world) for l2 in world.pair] == before
    return agent


def findings(agent: AgentProcess) -> list[str]:
    """The rows of the table, each as one text without spaces: narrow cells break anywhere."""
    rows: list[list[str]] = []
    for line in agent.stdout.splitlines():
        cells = [cell.strip() for cell in line.split("\N{BOX DRAWINGS LIGHT VERTICAL}")[1:-1]]
        if cells and cells[0]:
            rows.append(cells)
        elif cells:
            rows[-1] = [above + below for above, below in zip(rows[-1], cells, strict=True)]
    return ["|".join(cells).replace(" ", "") for cells in rows]


def has(agent: AgentProcess, *texts: str) -> bool:
    """Whether one row of the table holds all these texts."""
    wanted = [text.replace(" ", "") for text in texts]
    return any(all(text in row for text in wanted) for row in findings(agent))


def test_good_world(world: LocalWorld, agents: Agents) -> None:
    """Exit code 0; chains, contracts, balances and tokens are all in the table."""
    agent = check(agents, world)
    assert agent.exit_code == 0
    assert "0 warnings, 0 faults" in agent.stdout
    for name, l2 in world.l2s.items():
        assert has(agent, name, "RPC", "ok", f"chain id {l2.chain.chain_id}")
        for manager in (l2.request_manager, l2.fill_manager):
            assert has(agent, name, manager.name, "ok", manager.address, "is an allowed LP")
        assert has(agent, name, "native balance", "ok")
        assert has(agent, name, l2.tokens["USDT"].address, "ok", "100000 held")
        assert has(agent, name, l2.tokens["DAI"].address, "ok", "approved for each fill")
        assert has(agent, name, "fill-wait-time", "ok")
    assert has(agent, "base-chain", "ok", world.contracts.resolver.address)
    assert has(agent, "base-chain", "native balance", "ok")


def test_missing_permission(world: LocalWorld, agents: Agents) -> None:
    """Exit code 1, and what to ask the owner for."""
    account, l2a = world.participant("agent").address, world.l2s["l2a"]
    owner = l2a.chain.wallet("deployer")
    owner.execute(l2a.fill_manager.contract.call("removeAllowedLp", account))
    agent = check(agents, world)
    assert agent.exit_code == 1
    assert "1 faults" in agent.stdout
    assert has(
        agent,
        "l2a|FillManager|fault",
        f"{account} is no allowed LP of the contract at {l2a.fill_manager.address}",
        f"ask the contract's owner to call addAllowedLp({account})",
    )


def test_watchtower(world: LocalWorld, agents: Agents) -> None:
    """An agent that only watches needs no permission and no tokens; the table says so."""
    account = world.participant("agent").address
    for l2 in world.pair:
        owner = l2.chain.wallet("deployer")
        for manager in (l2.request_manager, l2.fill_manager):
            owner.execute(manager.contract.call("removeAllowedLp", account))
    agent = check(agents, world, {"fill": False, "tokens": REMOVED})
    assert agent.exit_code == 0
    assert "0 warnings, 0 faults" in agent.stdout
    for name in world.l2s:
        for subject in ("RequestManager", "FillManager"):
            assert has(agent, name, subject, "ok", "is no allowed LP and need not be")
        assert has(agent, name, "native balance", "ok", "one challenge")


def test_dead_endpoint(world: LocalWorld, agents: Agents) -> None:
    """Exit code 1; the other chain is looked at all the same, the tokens are not blamed."""
    with Endpoint(world.base) as nobody:
        agent = check(agents, world, {"chains.l2a.rpc-url": nobody.url})
    assert agent.exit_code == 1
    assert "0 warnings, 1 faults" in agent.stdout
    assert has(
        agent, "l2a|RPC|fault|it does not answer: Connection refused|check chains.l2a.rpc-url"
    )
    assert has(agent, "l2b", "RPC", "ok", "chain id 31902")


def test_dead_base_chain_is_a_warning(world: LocalWorld, agents: Agents) -> None:
    """Transfers go on without it, so the exit code is 0."""
    with Endpoint(world.base) as nobody:
        agent = check(agents, world, {"base-chain.rpc-url": nobody.url})
    assert agent.exit_code == 0
    assert "1 warnings, 0 faults" in agent.stdout
    assert has(agent, "base-chain|RPC|warning", "check base-chain.rpc-url")


def test_bad_configuration(world: LocalWorld, agents: Agents) -> None:
    """Exit code 2, a sentence and no table."""
    agent = check(agents, world, {"poll-period": 0})
    assert agent.exit_code == 2
    assert agent.stderr.startswith("Error: poll-period: ")
    assert agent.stdout == ""
