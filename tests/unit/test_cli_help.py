"""Command line: help, version, misspelt words, and the module as a command."""

import pytest

from beamer_agent import __main__ as entry
from tests.cli_runs import invoke

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("restored_logging")]

SCREEN_LINES = 50
SCREEN_COLUMNS = 80


@pytest.mark.parametrize("command", [(), ("check",), ("games",), ("delegate", "set")])
def test_help_fits_one_screen_and_is_grouped(command: tuple[str, ...]) -> None:
    """An operator sees everything at once, by subject."""
    result = invoke(*command, "--help")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert len(lines) <= SCREEN_LINES
    assert max(map(len, lines)) <= SCREEN_COLUMNS
    headings = [line for line in lines if line and not line.startswith((" ", "Usage"))]
    groups = ["Chains:", "Account:", "Filling:", "Challenges:", "Files:"]
    groups += ["Logging & metrics:", "Other:"]
    assert headings == (groups if command else [*groups, "Commands:"])


@pytest.mark.parametrize("command", [("delegate", "set"), ("ctl", "pause")])
def test_every_row_of_a_command_s_help_says_something(command: tuple[str, ...]) -> None:
    """An argument stands in the line of usage: it has no row, which would be empty."""
    lines = invoke(*command, "--help").stdout.splitlines()
    assert not [line for line in lines if "CHAIN]..." in line[2:12] or "DIRECTION" in line[:12]]


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
