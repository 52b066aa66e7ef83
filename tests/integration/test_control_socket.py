"""The control socket itself: its file, who may use it, and clients that misbehave."""

import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from beamer_agent.errors import ConfigurationError
from beamer_agent.service.control.asking import ask
from beamer_agent.service.control.peers import Peer, peer_of
from beamer_agent.service.control.server import MOST_CLIENTS, ControlServer
from beamer_agent.service.control.socket_file import SocketFile
from beamer_agent.service.control.words import (
    LONGEST_LINE,
    Answer,
    Command,
    Outcome,
    Verb,
    done,
    read_answer,
)
from tests.doubles import RecordingLogger

pytestmark = pytest.mark.integration

STATUS = Command(Verb.STATUS)
STRANGER = Peer(7, 4_321, "eve")
NOBODY = 65_534
WAIT_SECONDS = 10.0


class Office:
    """A server at work in a thread, which answers with who has asked; a context manager."""

    def __init__(self, path: Path, identify: Callable[[socket.socket], Peer] = peer_of) -> None:
        self.path = path
        self.log = RecordingLogger()
        self.text = ""
        self._server = ControlServer(path, self._obey, self.log.logger, identify)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Office":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(WAIT_SECONDS)
        self._server.close()

    def connect(self) -> socket.socket:
        """As a client."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(WAIT_SECONDS)
        client.connect(str(self.path))
        return client

    def _obey(self, command: Command, peer: Peer) -> Answer:
        return done(command.verb, str(peer), self.text)

    def _run(self) -> None:
        while not self._ends.is_set():
            self._server.serve(0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the socket is to be."""
    return tmp_path / "control.sock"


@pytest.fixture
def office(path: Path) -> Iterator[Office]:
    """One that serves whoever has the kernel's word to be us."""
    with Office(path) as office:
        yield office


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    """Closes them."""
    with ExitStack() as stack:
        yield stack


def read_line(client: socket.socket) -> bytes:
    """One line, or what comes before the end."""
    received = b""
    while not received.endswith(b"\n") and (piece := client.recv(65_536)):
        received += piece
    return received


def is_closed(client: socket.socket) -> bool:
    """Whether the other end has gone; a reset says that it had not read everything."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


# --- the file


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_nobody_else_may_ever_open_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, umask: int
) -> None:
    """From the first moment on, whatever the process's umask is."""
    modes: list[int] = []
    bind = socket.socket.bind

    def bind_and_look(own: socket.socket, address: str) -> None:
        bind(own, address)
        modes.append(stat.S_IMODE(path.stat().st_mode))

    monkeypatch.setattr(socket.socket, "bind", bind_and_look)
    former = os.umask(umask)
    try:
        file = SocketFile(path)
    finally:
        os.umask(former)
    file.close()
    assert modes == [0o600]


def test_it_is_gone_when_the_agent_has_ended(path: Path) -> None:
    """But another's, which has come into its place, stays."""
    file = SocketFile(path)
    file.close()
    assert not path.exists()
    first = SocketFile(path)
    path.unlink()
    second = SocketFile(path)
    first.close()
    assert path.is_socket()
    second.close()


def test_what_a_dead_agent_left_is_replaced(path: Path) -> None:
    """A crash leaves the file behind."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    assert path.is_socket()
    with Office(path):
        assert ask(path, STATUS).outcome is Outcome.DONE


def test_a_living_agents_socket_is_not_taken(office: Office) -> None:
    """It goes on answering; the second agent is told why it cannot start."""
    with pytest.raises(ConfigurationError, match=r"control-socket: .*is this agent running"):
        SocketFile(office.path)
    assert ask(office.path, STATUS).outcome is Outcome.DONE


def test_a_living_agent_that_is_too_busy_to_answer_is_alive(path: Path) -> None:
    """Its queue of connections is full: that is no refusal."""
    with ExitStack() as stack:
        busy = stack.enter_context(socket.socket(socket.AF_UNIX))
        busy.bind(str(path))
        busy.listen(0)
        for _ in range(2):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect_ex(str(path))
        with pytest.raises(ConfigurationError, match="another process listens"):
            SocketFile(path)
        assert path.is_socket()


def test_no_file_of_another_kind_is_removed(path: Path) -> None:
    """A misspelt path must not cost a keystore."""
    path.write_text("precious")
    with pytest.raises(ConfigurationError, match="that is no socket"):
        SocketFile(path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["missing/control.sock", "x" * 120])
def test_a_place_where_it_cannot_be_is_a_fault(tmp_path: Path, name: str) -> None:
    """With the path in its sentence."""
    with pytest.raises(ConfigurationError, match=r"control-socket: .*cannot be used: \w+"):
        SocketFile(tmp_path / name)


# --- who asks


def test_the_kernel_says_who_asks(office: Office) -> None:
    """User and process, whatever the client says."""
    lines = ask(office.path, STATUS).lines
    assert lines[1].endswith(f"(uid {os.getuid()}, pid {os.getpid()})")


def test_another_user_is_refused_and_named_in_the_log(path: Path) -> None:
    """Should the file's mode ever let one in."""
    with Office(path, lambda _: STRANGER) as office:
        answer = ask(path, STATUS)
    assert answer.outcome is Outcome.REFUSED
    assert answer.lines == ("eve (uid 4321, pid 7) may not command this agent",)
    assert office.log.lines == [
        {"event": "Control refused", "by": "eve (uid 4321, pid 7)", "log_level": "warning"}
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_another_user_cannot_even_connect(office: Office, path: Path) -> None:
    """The file's mode keeps it out; with another mode, the kernel's word does."""
    for folder in (path.parent, *path.parent.parents):
        if folder != Path("/tmp") and folder.is_relative_to("/tmp"):  # noqa: S108 - pytest's
            folder.chmod(0o711)
    script = (
        "import os, socket, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); "
        "os.setuid(int(sys.argv[2])); s = socket.socket(socket.AF_UNIX); "
        "s.connect(sys.argv[1]); print(s.recv(1000).decode())"
    )
    command = [sys.executable, "-I", "-S", "-c", script, str(path), str(NOBODY)]
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert "PermissionError" in result.stderr
    path.chmod(0o666)
    result = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert read_answer(result.stdout.encode()).outcome is Outcome.REFUSED
    assert office.log.lines[-1]["event"] == "Control refused"


# --- clients that misbehave


def test_many_commands_on_one_connection_are_answered_in_turn(
    office: Office, clients: ExitStack
) -> None:
    """Sent together or in pieces."""
    client = clients.enter_context(office.connect())
    first, second = STATUS.line(), Command(Verb.RISK).line()
    client.sendall(first + second[:5])
    assert read_answer(read_line(client)).lines[0] == Verb.STATUS
    client.sendall(second[5:])
    assert read_answer(read_line(client)).lines[0] == Verb.RISK


def test_nonsense_is_refused_and_the_connection_stays(office: Office, clients: ExitStack) -> None:
    """People type."""
    client = clients.enter_context(office.connect())
    client.sendall(b"stop\n")
    assert read_answer(read_line(client)).outcome is Outcome.REFUSED
    client.sendall(STATUS.line())
    assert read_answer(read_line(client)).outcome is Outcome.DONE


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_that_is_too_long_ends_the_connection(
    office: Office, clients: ExitStack, end: bytes
) -> None:
    """Whether it ends or not: nothing can pile up."""
    client = clients.enter_context(office.connect())
    client.sendall(b"x" * LONGEST_LINE + end)
    assert read_answer(read_line(client)).lines == ("a line has 4096 bytes at most",)
    assert is_closed(client)


def test_who_sends_half_a_line_holds_up_nobody(office: Office, clients: ExitStack) -> None:
    """Nor who says nothing at all, nor who goes in the middle of a word."""
    clients.enter_context(office.connect())
    clients.enter_context(office.connect()).sendall(b'{"verb"')
    with office.connect() as gone:
        gone.sendall(STATUS.line())
    assert ask(office.path, STATUS, seconds=2).outcome is Outcome.DONE


def test_who_does_not_read_holds_up_nobody(office: Office, clients: ExitStack) -> None:
    """Its next commands are left where they are until it has read."""
    office.text = "x" * 400_000
    slow = clients.enter_context(office.connect())
    slow.sendall(STATUS.line() * 3)
    assert ask(office.path, STATUS, seconds=5).outcome is Outcome.DONE
    received = b""
    while received.count(b"\n") < 3:
        received += slow.recv(65_536)
    assert len(received) > 3 * 400_000


def test_many_silent_clients_keep_nobody_out(office: Office, clients: ExitStack) -> None:
    """The one that has been silent for longest is sent away."""
    crowd = [clients.enter_context(office.connect()) for _ in range(MOST_CLIENTS)]
    crowd[0].sendall(STATUS.line())
    assert read_line(crowd[0])
    assert ask(office.path, STATUS, seconds=5).outcome is Outcome.DONE
    assert is_closed(crowd[1])
    crowd[0].sendall(STATUS.line())
    assert read_line(crowd[0])


# --- the client's end


def test_whoever_does_not_answer_is_not_waited_for(path: Path, clients: ExitStack) -> None:
    """An agent that hangs, or something that is none."""
    listening = clients.enter_context(socket.socket(socket.AF_UNIX))
    listening.bind(str(path))
    listening.listen()
    with pytest.raises(TimeoutError):
        ask(path, STATUS, seconds=0.2)


@pytest.mark.parametrize("words", [b"", b"hello\n", b"x" * 2_000_000])
def test_whoever_answers_nonsense_is_no_agent(
    path: Path, clients: ExitStack, words: bytes
) -> None:
    """Or less than a line, or more than is taken."""
    listening = clients.enter_context(socket.socket(socket.AF_UNIX))
    listening.bind(str(path))
    listening.listen()

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1_000)
            try:
                connection.sendall(words)
            except OSError:
                return  # it has heard enough

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(ConnectionError, match="as an agent does"):
        ask(path, STATUS, seconds=5)
    thread.join(WAIT_SECONDS)


def test_nobody_at_the_path_is_an_error(path: Path) -> None:
    """Told apart: no file, and nobody behind it."""
    with pytest.raises(FileNotFoundError):
        ask(path, STATUS)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(ConnectionRefusedError):
        ask(path, STATUS)
