"""Command line: where `ctl` looks for the agent, and where the agent listens."""

from pathlib import Path

import pytest

from beamer_agent.cli import ctl as module
from beamer_agent.service.control.words import Answer, Command, Verb, done, refused
from tests.cli_runs import (
    RecordingAgent,
    enter_working_directory,
    invoke,
    put_recording_agent,
)

pytestmark = [pytest.mark.unit, pytest.mark.usefixtures("restored_logging")]

Asked = list[tuple[Path, Command]]


@pytest.fixture
def answers() -> list[Answer | OSError]:
    """What is answered next; done, when there is nothing."""
    return []


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, answers: list[Answer | OSError]) -> Asked:
    """Who is asked, and what."""
    calls: Asked = []

    def ask(path: Path, command: Command) -> Answer:
        calls.append((path, command))
        answer = answers.pop(0) if answers else done("It is so.")
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(module, "ask", ask)
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return calls


def write(tmp_path: Path, text: str) -> str:
    """A configuration file."""
    path = tmp_path / "agent.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["status"], Command(Verb.STATUS)),
        (["risk"], Command(Verb.RISK)),
        (["pause", "l2a->l2b"], Command(Verb.PAUSE, "l2a->l2b")),
        (["resume", "l2a->l2b"], Command(Verb.RESUME, "l2a->l2b")),
        (["resume"], Command(Verb.RESUME)),
        (["drain"], Command(Verb.DRAIN)),
        (["restart", "l2a"], Command(Verb.RESTART, "l2a")),
        (["restart", "l2a", "--hard"], Command(Verb.RESTART, "l2a", is_hard=True)),
        (["log-level", "debug"], Command(Verb.LOG_LEVEL, "debug")),
    ],
)
def test_every_command_is_one_word_to_the_agent(
    asked: Asked, arguments: list[str], command: Command
) -> None:
    """Its answer is what is printed."""
    result = invoke("ctl", "--socket", "here", *arguments)
    assert (result.exit_code, result.stdout) == (0, "It is so.\n")
    assert asked == [(Path("here"), command)]


def test_a_refusal_has_an_exit_code_of_its_own(
    asked: Asked, answers: list[Answer | OSError]
) -> None:
    """And is told on stderr."""
    answers.append(refused("No."))
    result = invoke("ctl", "status")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "No.\n")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(2, ""), "there is no such socket"),
        (ConnectionRefusedError(111, ""), "nobody listens there any more"),
        (PermissionError(13, ""), "it belongs to another user"),
        (TimeoutError("timed out"), "it does not answer in time"),
        (OSError("AF_UNIX path too long"), "AF_UNIX path too long"),
    ],
)
def test_where_no_agent_is_the_code_says_so(
    asked: Asked, answers: list[Answer | OSError], error: OSError, reason: str
) -> None:
    """With the path, and what may be done."""
    answers.append(error)
    result = invoke("ctl", "--socket", "there", "status")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: no agent at there: {reason}")


def test_a_socket_of_another_user_is_asked_all_the_same(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal is the socket's, in our words, not those of whoever reads options."""
    monkeypatch.setattr("os.access", lambda *_: False)
    assert invoke("ctl", "--socket", str(tmp_path), "status").exit_code == 0
    assert asked == [(tmp_path, Command(Verb.STATUS))]


def test_what_an_agent_says_cannot_command_a_terminal(
    asked: Asked, answers: list[Answer | OSError]
) -> None:
    """Nor show the key of a URL: it repeats what endpoints say."""
    answers.append(done("\x1b[2J https://a.example/v3/0123456789abcdef"))
    assert invoke("ctl", "status").stdout == "?[2J https://a.example/***\n"


def test_the_socket_is_that_of_the_configuration(asked: Asked, tmp_path: Path) -> None:
    """Before or after the command; the rest of the file need not be right."""
    configuration = write(tmp_path, 'control-socket = "there"\nfil = 3\n')
    given = ("-c", configuration)
    for arguments in (
        (*given, "ctl", "status"),
        ("ctl", *given, "status"),
        ("ctl", "status", *given),
        ("ctl", "pause", *given, "l2a->l2b"),
    ):
        assert invoke(*arguments).exit_code == 0
    assert [path for path, _ in asked] == [Path("there")] * 4


def test_the_socket_may_be_named_after_the_command(asked: Asked) -> None:
    """There it counts more than before it."""
    assert invoke("ctl", "--socket", "here", "restart", "l2a", "--socket", "there").exit_code == 0
    assert asked == [(Path("there"), Command(Verb.RESTART, "l2a"))]


def test_without_a_word_it_is_that_of_the_service(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the service itself, systemd says where; the first folder of several."""
    configuration = write(tmp_path, "")
    invoke("ctl", "-c", configuration, "status")
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/second:/run/third")
    invoke("ctl", "status")
    assert [path for path, _ in asked] == [
        Path("/run/beamer-agent/control.sock"),
        Path("/run/second/control.sock"),
    ]


def test_the_agent_listens_where_systemd_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the configuration says where; elsewhere nobody listens."""
    agent = put_recording_agent(monkeypatch)
    enter_working_directory(tmp_path, monkeypatch)
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    sockets = [socket_of(agent)]
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/beamer-agent")
    sockets.append(socket_of(agent))
    content = Path("agent.toml").read_text()
    Path("agent.toml").write_text(f'control-socket = "own.sock"\n{content}')
    sockets.append(socket_of(agent))
    assert sockets == [None, Path("/run/beamer-agent/control.sock"), Path("own.sock")]


def socket_of(agent: RecordingAgent) -> Path | None:
    """Where an agent of the file `agent.toml` listens."""
    assert invoke("--config", "agent.toml").exit_code == 0
    path: Path | None = agent.parts[-1][0].control_socket
    return path
