"""`[metrics] prometheus-port`: numbers about the running agent, and how it does."""

import json
from pathlib import Path

import pytest
import urllib3

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.devnet.world import LocalWorld
from tests.e2e.conftest import Agents
from tests.e2e.story import see_through
from tests.json_schema import faults

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]


def get(url: str) -> urllib3.BaseHTTPResponse:
    """The response to one GET."""
    with urllib3.PoolManager(timeout=10, retries=3) as pool:
        return pool.request("GET", url)


def test_metrics_and_health_are_served_there(world: LocalWorld, agents: Agents) -> None:
    """/metrics counts what the agent did; it can be asked how it does."""
    user, (source, target) = world.participant("user"), world.pair
    root = f"http://{HOST}:{(port := free_port())}"
    agent = agents.start(world, {"metrics.prometheus-port": port})
    see_through(world, agent, user.create_request(source, target, "USDT", 10**6))

    def withdrawal_is_counted() -> bool:
        wanted = 'beamer_own_actions_total{action="withdraw",chain_id="31901"} 1.0'
        return wanted in get(f"{root}/metrics").data.decode()

    agent.wait_until(withdrawal_is_counted, "the withdrawal to be counted")
    response = get(f"{root}/metrics")
    text = response.data.decode()
    assert response.status == 200
    assert 'beamer_own_actions_total{action="fill",chain_id="31902"} 1.0' in text
    assert 'beamer_own_actions_total{action="claim",chain_id="31901"} 1.0' in text
    assert 'beamer_chain_reachable{chain_id="31902"} 1.0' in text
    labels = 'chain_id="31901",outcome="succeeded",transaction="claim"'
    assert f"beamer_transactions_ended_total{{{labels}}} 1.0" in text
    assert 'beamer_transactions_in_flight{chain_id="31902"} 0.0' in text
    assert [get(root + path).status for path in ("/", "/metrics/x")] == [404] * 2
    assert get(f"{root}/healthz").json()["is_alive"] is True
    assert get(f"{root}/readyz").status == 200
    status = get(f"{root}/api/status").json()
    assert status["service"]["state"] == "running"
    schema = json.loads((ROOT / "docs" / "status.schema.json").read_text())
    assert faults(status, schema, schema) == []
    health = agents.run("health", "--url", root)
    assert health.wait_for_exit() == 0
    assert agent.stop() == 0
