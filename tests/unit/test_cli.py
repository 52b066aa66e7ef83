import json
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from eth_account import Account

from beamer_agent import __main__ as entry
from beamer_agent.cli import main
from beamer_agent.cli.signals import StopSignals
from beamer_agent.config import Config
from beamer_agent.errors import ConfigurationError, InvariantError

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("restored_logging")]

KEY = b"\x11" * 32
PASSWORD = "correct horse battery"
ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SCREEN_LINES = 50
SCREEN_COLUMNS = 80


@dataclass
class RecordingAgent:
    """Stands in for the agent: remembers what it is made of, runs as it is told to."""

    parts: list[tuple[Any, ...]] = field(default_factory=list)
    on_run: Callable[[], None] = lambda: None
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(self, *parts: Any) -> "RecordingAgent":
        """Be made."""
        self.parts.append(parts)
        return self

    def run(self) -> None:
        """Run."""
        self.on_run()

    def stop(self) -> None:
        """Stop."""
        self.stopped.set()

    @property
    def config(self) -> Config:
        """The configuration it was made with."""
        config: Config = self.parts[-1][0]
        return config


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> RecordingAgent:
    """The agent that `beamer-agent` runs."""
    agent = RecordingAgent()
    monkeypatch.setattr(main, "Agent", agent)
    # Were the process ended in earnest, pytest would end too, and look content.
    monkeypatch.setattr(main, "StopSignals", lambda: StopSignals(lambda _: None))
    return agent


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with everything an agent needs."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("BEAMER_AGENT_")]:
        monkeypatch.delenv(name)
    keystore = Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=2)
    (tmp_path / "account.json").write_text(json.dumps(keystore))
    (tmp_path / "deployments").mkdir()
    info = {"address": ADDRESS, "deployment_block": 1}
    chain = {"chain_id": 10, "RequestManager": info, "FillManager": info}
    path = tmp_path / "deployments" / "10-a.deployment.json"
    path.write_text(json.dumps({"chain": chain}))
    (tmp_path / "agent.toml").write_text(
        'artifacts-dir = "deployments"\npoll-period = 5\n'
        f'[account]\npath = "account.json"\npassword = "{PASSWORD}"\n'
        '[chains.a]\nrpc-url = "http://a"\n'
    )
    return tmp_path


def invoke(*arguments: str, **environment: str) -> Result:
    """Run `beamer-agent` in this process."""
    return CliRunner().invoke(main.cli, arguments, prog_name="beamer-agent", env=environment)


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
        *("--poll-period", "0.4", "--confirmation-blocks", "5"),
        *("--log-level", "ERROR", "--log-format", "json", "--metrics-prometheus-port", "6"),
    )
    assert (result.exit_code, result.output) == (0, "")
    config = agent.config
    urls = {name: chain.rpc_url.get_secret_value() for name, chain in config.chains.items()}
    assert urls == {"a": "http://a?x=y", "b.c": "http://b"}
    assert config.base_chain is not None
    assert config.base_chain.rpc_url.get_secret_value() == "http://l1"
    assert (config.account.path, config.account.password) == (Path("account.json"), None)
    assert (config.artifacts_dir, config.abi_dir) == (Path("deployments"), Path("abi"))
    assert (config.fill_wait_time, config.unsafe_fill_time) == (1, 2)
    assert config.min_source_balance == 3 * 10**17
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


def test_chains_in_the_environment_are_separated_by_spaces(
    world: Path, agent: RecordingAgent
) -> None:
    """They are added to the file's, or replace a URL there."""
    environment = {"BEAMER_AGENT_CHAIN": "b=http://b  a=http://c"}
    assert invoke("-c", "agent.toml", **environment).exit_code == 0
    chains = agent.config.chains
    urls = {name: chain.rpc_url.get_secret_value() for name, chain in chains.items()}
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


def test_two_passwords_in_one_place_are_a_fault(world: Path, agent: RecordingAgent) -> None:
    """Nobody could say which is meant."""
    arguments = ("--account-password-file", "password", "--account-password", "x")
    result = invoke("-c", "agent.toml", *arguments)
    assert result.exit_code == 2
    assert result.stderr == "Error: account: give either password or password-file, not both\n"


@pytest.mark.parametrize("option", ["--source-chain", "--target-chain"])
def test_old_options_are_accepted_with_a_warning(
    world: Path, agent: RecordingAgent, option: str
) -> None:
    """Existing start scripts keep working."""
    result = invoke("-c", "agent.toml", option, "a")
    assert result.exit_code == 0
    assert result.stderr.startswith(f"Warning: {option} is deprecated and without effect")
    assert len(agent.parts) == 1


def test_faults_are_sentences_and_nothing_starts(world: Path, agent: RecordingAgent) -> None:
    """Exit code 2, one line for each, in one go."""
    result = invoke("-c", "agent.toml", "--poll-period", "-1", "--log-level", "loud")
    assert result.exit_code == 2
    assert sorted(result.stderr.splitlines()) == [
        "Error: log-level: must be 'debug', 'info', 'warning', 'error' or 'critical'",
        "Error: poll-period: must be more than 0",
    ]
    assert result.stdout == ""
    assert agent.parts == []


def test_faults_of_all_files_are_reported_together(world: Path, agent: RecordingAgent) -> None:
    """Keystore, deployment files and ABI files are looked at, whatever the others are like."""
    (world / "deployments" / "10-a.deployment.json").write_text("{}")
    result = invoke("-c", "agent.toml", "--account-path", "none.json", "--abi-dir", "none")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "Error: account.path: there is no file none.json",
        "Error: deployments/10-a.deployment.json: chain: is missing",
        "Error: abi-dir: none is not a folder",
    ]
    assert agent.parts == []


def test_a_missing_file_is_a_sentence(world: Path, agent: RecordingAgent) -> None:
    """Not a traceback."""
    result = invoke("-c", "none.toml")
    assert (result.exit_code, result.stderr) == (2, "Error: none.toml: there is no such file\n")


def test_without_anything_the_operator_is_told_where_to_begin(
    world: Path, agent: RecordingAgent
) -> None:
    """Whoever just types the name finds the way to the help."""
    result = invoke()
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "Error: no configuration file is given: --config FILE, see beamer-agent --help"
    )


@pytest.mark.parametrize(
    ("error", "code", "sentences"),
    [
        (ConfigurationError(["one", "two"]), 2, "Error: one\nError: two\n"),
        (InvariantError("what must not be"), 1, "Error: what must not be\n"),
    ],
)
def test_an_agent_that_cannot_go_on_says_why(
    world: Path, agent: RecordingAgent, error: Exception, code: int, sentences: str
) -> None:
    """The exit code tells a wrong configuration from a broken rule."""

    def fail() -> None:
        raise error

    agent.on_run = fail
    result = invoke("-c", "agent.toml")
    assert (result.exit_code, result.stderr) == (code, sentences)


def test_a_signal_stops_the_agent(world: Path, agent: RecordingAgent) -> None:
    """The exit code is 0: it was asked for."""

    def wait_for_stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        assert agent.stopped.wait(5)

    agent.on_run = wait_for_stop
    assert invoke("-c", "agent.toml").exit_code == 0


@pytest.mark.parametrize("value", ["http://user:hunter2@a", "=http://hunter2", "a="])
def test_a_malformed_chain_is_not_repeated(world: Path, value: str) -> None:
    """Its URL may hold a credential."""
    result = invoke("--chain", value)
    assert result.exit_code == 2
    assert "it must be NAME=URL" in result.stderr
    assert "hunter2" not in result.output


def test_no_secret_is_in_any_fault(world: Path, agent: RecordingAgent) -> None:
    """Neither a refused URL nor a password that does not fit."""
    result = invoke(
        *("-c", "agent.toml", "--account-password", "hunter2hunter2"),
        *("--chain", "b=ws://user:hunter2@b/hunter2", "--base-chain", "hunter2"),
    )
    assert result.exit_code == 2
    assert "hunter2" not in result.output
    result = invoke("-c", "agent.toml", "--account-password", "hunter2hunter2")
    assert result.exit_code == 2
    assert "hunter2" not in result.output


@pytest.mark.parametrize("command", [(), ("check",)])
def test_help_fits_one_screen_and_is_grouped(command: tuple[str, ...]) -> None:
    """An operator sees everything at once, by subject."""
    result = invoke(*command, "--help")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= SCREEN_COLUMNS
    headings = [line for line in lines if line and not line.startswith((" ", "Usage"))]
    groups = ["Chains:", "Account:", "Filling:", "Files:", "Logging & metrics:", "Other:"]
    assert headings == (groups if command else [*groups, "Commands:"])


def test_help_names_every_option_of_existing_agents() -> None:
    """`protocol.md` section 9; the deprecated ones are not advertised."""
    text = invoke("--help").stdout
    for option in (
        *("--unsafe-fill-time", "--fill-wait-time", "--poll-period", "--confirmation-blocks"),
        *("--account-path", "--account-password", "--artifacts-dir", "--abi-dir"),
        *("--base-chain URL", "--chain NAME=URL", "--metrics-prometheus-port", "--log-level"),
        *("-c, --config", "--version"),
    ):
        assert f" {option} " in text
    assert "--source-chain" not in text


def test_misspelt_words_are_usage_errors() -> None:
    """With the nearest known one."""
    option, command = invoke("--confg", "x"), invoke("chek")
    assert (option.exit_code, command.exit_code) == (2, 2)
    assert "--config" in option.stderr
    assert "check" in command.stderr


def test_it_knows_its_version() -> None:
    """Bug reports need it."""
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("beamer-agent, version ")


def test_the_module_is_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m beamer_agent` and `beamer-agent` are one."""
    monkeypatch.setattr("sys.argv", ["__main__.py", "--version"])
    monkeypatch.setattr("atexit.register", lambda _: None)
    with pytest.raises(SystemExit) as caught:
        entry.main()
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("beamer-agent, version ")
