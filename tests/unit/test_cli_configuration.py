"""Command line: files, options and environment become the configuration of the agent that runs."""

from pathlib import Path

import pytest
from eth_account import Account

from tests.cli_runs import (
    KEY,
    PASSWORD,
    RecordingAgent,
    enter_working_directory,
    invoke,
    put_recording_agent,
)

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("restored_logging")]


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> RecordingAgent:
    """The agent that `beamer-agent` runs."""
    return put_recording_agent(monkeypatch)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with everything an agent needs."""
    enter_working_directory(tmp_path, monkeypatch)
    return tmp_path


def test_it_runs_the_agent_of_a_file(world: Path, agent: RecordingAgent) -> None:
    """All is loaded, relative paths count from the working directory, nothing is printed."""
    result = invoke("--config", "agent.toml")
    assert (result.exit_code, result.output) == (0, "")
    config, account, deployments, interfaces, _logger = agent.parts[-1]
    assert config.poll_period == 5.0
    assert account.address == Account.from_key(KEY).address
    assert set(deployments.chains) == {10}
    assert interfaces.request_manager


def test_options_alone_are_a_configuration(world: Path, agent: RecordingAgent) -> None:
    """A file is not needed, and every option reaches its key."""
    (world / "abi").mkdir()
    (world / "password").write_text(PASSWORD + "\n")
    result = invoke(
        *("--chain", "a=http://a?x=y", "--chain", "b.c=http://b", "--base-chain", "http://l1"),
        *("--account-path", "account.json", "--account-password-file", "password"),
        *("--artifacts-dir", "deployments", "--abi-dir", "abi"),
        *("--fill-wait-time", "1", "--unsafe-fill-time", "2", "--min-source-balance", "0.3"),
        *("--no-fill", "--max-claim-stake", "0.4", "--max-total-stake", "0.5"),
        *("--poll-period", "0.4", "--confirmation-blocks", "5"),
        *("--log-level", "ERROR", "--log-format", "json", "--metrics-prometheus-port", "6"),
    )
    assert (result.exit_code, result.output) == (0, "")
    config = agent.config
    urls = {name: chain.rpc_url[0].get_secret_value() for name, chain in config.chains.items()}
    assert urls == {"a": "http://a?x=y", "b.c": "http://b"}
    assert config.base_chain is not None
    assert config.base_chain.rpc_url[0].get_secret_value() == "http://l1"
    assert (config.account.path, config.account.password) == (Path("account.json"), None)
    assert (config.artifacts_dir, config.abi_dir) == (Path("deployments"), Path("abi"))
    assert (config.fill_wait_time, config.unsafe_fill_time) == (1, 2)
    assert config.min_source_balance == 3 * 10**17
    assert (config.max_claim_stake, config.max_total_stake) == (4 * 10**17, 5 * 10**17)
    assert not config.fills("a", "b.c")
    assert (config.poll_period, config.confirmation_blocks) == (0.4, 5)
    assert (config.log_level, config.log_format) == ("error", "json")
    assert config.metrics.prometheus_port == 6


def test_command_line_beats_environment_beats_file(world: Path, agent: RecordingAgent) -> None:
    """The nearer the operator's hand, the stronger."""
    environment = {
        "BEAMER_AGENT_CONFIG": "agent.toml",
        "BEAMER_AGENT_POLL_PERIOD": "3",
        "BEAMER_AGENT_UNSAFE_FILL_TIME": "7",
        "BEAMER_AGENT_METRICS_PROMETHEUS_PORT": "9",
    }
    assert invoke("--poll-period", "1", **environment).exit_code == 0
    assert agent.config.poll_period == 1.0
    assert agent.config.unsafe_fill_time == 7
    assert agent.config.metrics.prometheus_port == 9
    assert agent.config.confirmation_blocks == 0


@pytest.mark.parametrize(
    ("arguments", "environment", "fills"),
    [
        ((), {}, False),
        ((), {"BEAMER_AGENT_FILL": "true"}, True),
        (("--no-fill",), {"BEAMER_AGENT_FILL": "true"}, False),
        (("--fill",), {"BEAMER_AGENT_FILL": "false"}, True),
    ],
)
def test_whether_to_fill_may_come_from_everywhere(
    world: Path,
    agent: RecordingAgent,
    arguments: tuple[str, ...],
    environment: dict[str, str],
    fills: bool,
) -> None:
    """The option has two forms, its variable two words; neither given, the file counts."""
    (world / "agent.toml").write_text("fill = false\n" + (world / "agent.toml").read_text())
    assert invoke("-c", "agent.toml", *arguments, **environment).exit_code == 0
    assert agent.config.fills("a", "a") is fills


def test_several_urls_of_one_chain_are_its_endpoints(world: Path, agent: RecordingAgent) -> None:
    """In the order they are given; they replace those of the file."""
    urls = ("http://c", "http://d", "ws://d")
    options = [part for url in urls for part in ("--chain", f"a={url}")]
    assert invoke("-c", "agent.toml", *options).exit_code == 0
    chain = agent.config.chains["a"]
    assert [url.get_secret_value() for url in chain.rpc_url] == ["http://c", "http://d"]
    assert [url.get_secret_value() for url in chain.ws_urls] == ["ws://d"]


def test_chains_in_the_environment_are_separated_by_spaces(
    world: Path, agent: RecordingAgent
) -> None:
    """They are added to the file's, or replace a URL there."""
    environment = {"BEAMER_AGENT_CHAIN": "b=http://b  a=http://c"}
    assert invoke("-c", "agent.toml", **environment).exit_code == 0
    chains = agent.config.chains
    urls = {name: chain.rpc_url[0].get_secret_value() for name, chain in chains.items()}
    assert urls == {"a": "http://c", "b": "http://b"}


@pytest.mark.parametrize(
    "environment",
    [
        {"BEAMER_AGENT_ACCOUNT_PASSWORD": PASSWORD},
        {"BEAMER_AGENT_ACCOUNT_PASSWORD_FILE": "password"},
    ],
)
def test_the_password_may_come_from_the_environment(
    world: Path, agent: RecordingAgent, environment: dict[str, str]
) -> None:
    """The file's password, here a wrong one, does not count then."""
    (world / "password").write_text(PASSWORD)
    text = (world / "agent.toml").read_text().replace(PASSWORD, "wrong")
    (world / "agent.toml").write_text(text)
    assert invoke("-c", "agent.toml").exit_code == 2
    assert invoke("-c", "agent.toml", **environment).exit_code == 0


def test_a_password_on_the_command_line_beats_one_in_the_environment(
    world: Path, agent: RecordingAgent
) -> None:
    """Though one is a file and the other is not."""
    (world / "password").write_text(PASSWORD)
    environment = {"BEAMER_AGENT_ACCOUNT_PASSWORD": "wrong"}
    arguments = ("-c", "agent.toml", "--account-password-file", "password")
    assert invoke(*arguments, **environment).exit_code == 0


@pytest.mark.parametrize("option", ["--source-chain", "--target-chain"])
def test_old_options_are_accepted_with_a_warning(
    world: Path, agent: RecordingAgent, option: str
) -> None:
    """Existing start scripts keep working."""
    result = invoke("-c", "agent.toml", option, "a")
    assert result.exit_code == 0
    assert result.stderr.startswith(f"Warning: {option} is deprecated and without effect")
    assert len(agent.parts) == 1


def test_variable_of_a_key_without_an_option_is_warned_of(
    world: Path, agent: RecordingAgent
) -> None:
    """Somebody counts on a limit that is not there."""
    environment = {"BEAMER_AGENT_MAX_EXPOSURE": "5", "BEAMER_AGENT_FILL": "true"}
    result = invoke("-c", "agent.toml", **environment)
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "Warning: BEAMER_AGENT_MAX_EXPOSURE is without effect: "
        "max-exposure is set in the configuration file only"
    ]
    assert agent.config.max_exposure is None
