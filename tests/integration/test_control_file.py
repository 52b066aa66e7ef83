"""The control socket's file, and who may use it."""

import fcntl
import os
import socket
import stat
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from beamer_agent.errors import ConfigurationError
from beamer_agent.service.control import socket_file
from beamer_agent.service.control.asking import ask
from beamer_agent.service.control.peers import Peer
from beamer_agent.service.control.socket_file import SocketFile
from beamer_agent.service.control.words import CommandOutcome, read_answer
from tests.control_office import STATUS, Office

pytestmark = pytest.mark.integration

STRANGER = Peer(7, 4_321, "eve")
NOBODY = 65_534


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
    """But another's, which has come into its place, stays; somebody may have removed it before."""
    file = SocketFile(path)
    file.close()
    assert not path.exists()
    first = SocketFile(path)
    path.unlink()
    second = SocketFile(path)
    first.close()
    assert path.is_socket()
    path.unlink()
    second.close()
    assert not path.exists()


def test_what_a_dead_agent_left_is_replaced(path: Path) -> None:
    """A crash leaves the file behind."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    assert path.is_socket()
    with Office(path):
        assert ask(path, STATUS).outcome is CommandOutcome.DONE


def test_a_living_agents_socket_is_not_taken(office: Office) -> None:
    """It goes on answering; the second agent is told why it cannot start."""
    with pytest.raises(ConfigurationError, match=r"control-socket: .*is this agent running"):
        SocketFile(office.path)
    assert ask(office.path, STATUS).outcome is CommandOutcome.DONE


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
    assert answer.outcome is CommandOutcome.REFUSED
    assert answer.lines == ("eve (uid 4321, pid 7) may not command this agent",)
    assert office.log.lines == [
        {"event": "Control refused", "by": "eve (uid 4321, pid 7)", "log_level": "warning"}
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")
def test_another_user_cannot_even_connect() -> None:
    """The file's mode keeps it out; with another mode, the kernel's word does."""
    script = (
        "import os, socket, sys; os.setgroups([]); os.setgid(int(sys.argv[2])); "
        "os.setuid(int(sys.argv[2])); s = socket.socket(socket.AF_UNIX); "
        "s.connect(sys.argv[1]); print(s.recv(1000).decode())"
    )
    with TemporaryDirectory() as folder, Office(Path(folder, "control.sock")) as office:
        Path(folder).chmod(0o711)
        command = [sys.executable, "-I", "-S", "-c", script, str(office.path), str(NOBODY)]
        by_mode = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
        office.path.chmod(0o666)
        by_word = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    assert "PermissionError" in by_mode.stderr
    assert read_answer(by_word.stdout.encode()).outcome is CommandOutcome.REFUSED
    assert office.log.lines[-1]["event"] == "Control refused"


def test_a_folder_that_somebody_keeps_locked_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody who may read it can lock it, and the agent would never start."""
    monkeypatch.setattr(socket_file, "LOCK_SECONDS", 0.05)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        with pytest.raises(ConfigurationError, match="holds a lock on its folder"):
            SocketFile(tmp_path / "control.sock")
    finally:
        os.close(descriptor)
    SocketFile(tmp_path / "control.sock").close()
