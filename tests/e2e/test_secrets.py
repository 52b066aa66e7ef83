"""No key, password or URL credential reaches anything that the agent writes (invariant I8)."""

from urllib.parse import urlsplit

import pytest

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.artifacts import PASSWORD
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint
from tests.e2e.story import see_through

pytestmark = pytest.mark.e2e

USER = "operator0123456789"
URL_PASSWORD = "s3cret-of-the-url"
QUERY_KEY = "q8f7e6d5c4b3a29180"
PATH_KEY = "p0a1b2c3d4e5f60718"
SECRETS = (URL_PASSWORD, QUERY_KEY, PATH_KEY, USER)


def with_secrets(url: str, path: str = "/") -> str:
    """An RPC URL with credentials everywhere; local chains answer only on the path /."""
    return f"http://{USER}:{URL_PASSWORD}@{urlsplit(url).netloc}{path}?api-key={QUERY_KEY}"


def assert_silent(agent: AgentProcess, *more: str) -> None:
    """Neither output nor log holds a secret."""
    for text in (agent.stdout, agent.stderr):
        found = [secret for secret in (*SECRETS, *more) if secret in text]
        assert found == []


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_secret_in_the_log_of_a_life_with_an_outage(
    world: LocalWorld, agents: Agents, log_format: str
) -> None:
    """At level debug, through a transfer and an endpoint that goes away."""
    user, pair = world.participant("user"), world.pair
    key = account_of("agent").key.hex().removeprefix("0x")
    with Endpoint(pair[0].chain) as endpoint:
        endpoint.come_up()
        urls = {
            "base-chain.rpc-url": with_secrets(world.base.url),
            "chains.l2a.rpc-url": with_secrets(endpoint.url),
            "chains.l2b.rpc-url": with_secrets(pair[1].chain.url),
        }
        changes = {**urls, "log-level": "debug", "log-format": log_format}
        agent = agents.start(world, changes)
        see_through(world, agent, user.create_request(*pair, "DAI", 10**18))
        endpoint.go_down()
        agent.wait_until(lambda: "Connection refused" in agent.stderr, "the outage in the log")
        assert agent.stop() == 0
    assert_silent(agent, key, f'"{PASSWORD}"')


def test_no_secret_when_every_endpoint_refuses_its_path(world: LocalWorld, agents: Agents) -> None:
    """HTTP errors, at start and in `check`."""
    paths = {
        f"chains.{name}.rpc-url": with_secrets(l2.chain.url, f"/v3/{PATH_KEY}")
        for name, l2 in world.l2s.items()
    }
    changes = {**paths, "log-level": "debug"}
    agent = agents.start(world, changes)
    agent.wait_for_line("Step failed, will try again", error="HTTP status 404")
    checking = agents.run("check", "--config", str(agents.folder / "agent.toml"))
    assert checking.wait_for_exit() == 1
    assert "HTTP status 404" in checking.stdout
    assert agent.stop() == 0
    for process in (agent, checking):
        assert_silent(process)


def test_no_secret_in_sentences_about_bad_input(world: LocalWorld, agents: Agents) -> None:
    """URLs that cannot be used and passwords that do not open anything are not repeated."""
    bad_url = f"wss://{USER}:{URL_PASSWORD}@localhost/{PATH_KEY}?api-key={QUERY_KEY}"
    unusable = agents.start(world, {"chains.l2a.rpc-url": bad_url, "base-chain.rpc-url": bad_url})
    on_command_line = agents.run("--chain", f"l2a={bad_url}")
    unopened = agents.start(world, {"account.password": URL_PASSWORD})
    for agent in (unusable, on_command_line, unopened):
        assert agent.wait_for_exit() == 2
        assert_silent(agent)
