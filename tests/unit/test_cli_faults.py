"""Command line: what is refused, how it is said, and with which exit code the agent ends."""

import os
import signal
from pathlib import Path

import pytest

from beamer_agent.errors import ConfigurationError, InvariantError
from tests.cli_runs import RecordingAgent, enter_working_directory, invoke, put_recording_agent

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


def test_two_passwords_in_one_place_are_a_fault(world: Path, agent: RecordingAgent) -> None:
    """Nobody could say which is meant."""
    arguments = ("--account-password-file", "password", "--account-password", "x")
    result = invoke("-c", "agent.toml", *arguments)
    assert result.exit_code == 2
    assert result.stderr == "Error: account: give either password or password-file, not both\n"


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
