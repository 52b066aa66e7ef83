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
    for l2 in world.pair:  # what a start reads is no news
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    see_through(world, agent, user.create_request(source, target, "USDT", 10**6))

    def withdrawal_is_counted() -> bool:
        text = get(f"{root}/metrics").data.decode()
        wanted = 'beamer_own_actions_total{action="withdraw",chain_id="31901"} 1.0'
        return wanted in text and "beamer_fees_earned_base_units_total{" in text

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
    assert_tells_the_whole_story(samples_of(text))
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


def samples_of(text: str) -> dict[str, float]:
    """Values by name and labels, as they are written."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def assert_tells_the_whole_story(samples: dict[str, float]) -> None:
    """Of one transfer from request to withdrawal: what came, how long it took, what it earned."""
    direction = 'direction="l2a->l2b"'
    assert samples['beamer_service_state{state="running"}'] == 1
    assert samples['beamer_chain_state{chain="l2a",state="synced"}'] == 1
    assert samples[f'beamer_direction_state{{{direction},state="active"}}'] == 1
    assert samples[f"beamer_requests_seen_total{{{direction}}}"] == 1
    assert samples[f'beamer_requests_total{{{direction},outcome="filled"}}'] == 1
    for leg in ("request_to_fill", "fill_to_claim", "claim_to_withdrawal"):
        assert samples[f"beamer_{leg}_seconds_count{{{direction}}}"] == 1
        assert samples[f"beamer_{leg}_blocks_count{{{direction}}}"] == 1
    fees = f'beamer_fees_earned_base_units_total{{{direction},token="T1"}}'
    assert samples[fees] > 0
    assert samples[f"beamer_stakes_lost_wei_total{{{direction}}}"] == 0
    assert samples['beamer_native_balance_wei{chain="l2a",chain_id="31901"}'] > 0
    assert samples['beamer_token_balance_base_units{chain="l2b",chain_id="31902",token="T1"}'] > 0
    assert samples['beamer_chain_last_answer_age_seconds{chain="l2b",chain_id="31902"}'] < 60
    assert samples['beamer_endpoint_answers_total{chain="l2a",endpoint="l2a/1"}'] > 0
    assert not any("://" in name for name in samples)
