"""The control socket between the agent and its clients, also those that misbehave."""

import resource
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog

from beamer_agent.service.control.asking import ask
from beamer_agent.service.control.server import MOST_CLIENTS, ControlServer
from beamer_agent.service.control.words import (
    LONGEST_LINE,
    Command,
    CommandOutcome,
    Verb,
    done,
    read_answer,
)
from tests.control_office import STATUS, WAIT_SECONDS, Office

pytestmark = pytest.mark.integration


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


# --- clients that misbehave


def test_a_process_without_a_file_to_open_lets_clients_in_later(
    path: Path, clients: ExitStack
) -> None:
    """And does not spend its time on trying: a drain is watched by the same thread."""
    server = ControlServer(path, lambda *_: done("here"), structlog.get_logger())
    clients.callback(server.close)
    client = clients.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    client.connect(str(path))
    client.sendall(STATUS.line())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        server.serve(WAIT_SECONDS)
        begun = time.monotonic()
        server.serve(0.1)
        assert time.monotonic() - begun >= 0.1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    server.serve(WAIT_SECONDS)
    server.serve(WAIT_SECONDS)
    assert read_answer(read_line(client)).lines == ("here",)


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
    assert read_answer(read_line(client)).outcome is CommandOutcome.REFUSED
    client.sendall(STATUS.line())
    assert read_answer(read_line(client)).outcome is CommandOutcome.DONE


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
    assert ask(office.path, STATUS, seconds=2).outcome is CommandOutcome.DONE


def test_who_does_not_read_holds_up_nobody(office: Office, clients: ExitStack) -> None:
    """Its next commands are left where they are until it has read."""
    office.text = "x" * 400_000
    slow = clients.enter_context(office.connect())
    slow.sendall(STATUS.line() * 3)
    assert ask(office.path, STATUS, seconds=5).outcome is CommandOutcome.DONE
    received = b""
    while received.count(b"\n") < 3:
        received += slow.recv(65_536)
    assert len(received) > 3 * 400_000


def test_many_silent_clients_keep_nobody_out(office: Office, clients: ExitStack) -> None:
    """The one that has been silent for longest is sent away."""
    crowd = [clients.enter_context(office.connect()) for _ in range(MOST_CLIENTS)]
    crowd[0].sendall(STATUS.line())
    assert read_line(crowd[0])
    assert ask(office.path, STATUS, seconds=5).outcome is CommandOutcome.DONE
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
