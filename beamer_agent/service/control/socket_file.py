"""The control socket's file: made for its owner only, and never taken from a living agent."""

import errno
import fcntl
import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from beamer_agent.errors import ConfigurationError

OWNER_ONLY: Final = 0o600
LOCK_SECONDS: Final = 1.0
"""For another agent that starts at once; it needs less than a thousandth."""
LOOK_SECONDS: Final = 0.01
_BACKLOG: Final = 16


class SocketFile:
    """A listening Unix socket at a path.

    Raises:
        ConfigurationError: there cannot be one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _alone(path):
                self._bind()
            self._inode = path.lstat().st_ino
        except OSError as error:
            self.listening.close()
            raise _fault(path, error.strerror or str(error)) from None
        except ConfigurationError:
            self.listening.close()
            raise

    def close(self) -> None:
        """Take no more connections, and remove the file, unless another's has its place."""
        try:
            if self._path.lstat().st_ino == self._inode:
                self._path.unlink()
        except OSError:
            pass  # it is gone
        finally:
            self.listening.close()

    def _bind(self) -> None:
        # Before it is bound: Linux makes the file with the mode that the socket has by then.
        os.fchmod(self.listening.fileno(), OWNER_ONLY)
        try:
            self.listening.bind(str(self._path))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            _remove_stale(self._path)
            self.listening.bind(str(self._path))
        self.listening.listen(_BACKLOG)
        self.listening.setblocking(False)


def _remove_stale(path: Path) -> None:
    """Remove what a dead agent has left; nothing else."""
    if not stat.S_ISSOCK(path.lstat().st_mode):
        raise _fault(path, "there is a file of this name that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        code = probe.connect_ex(str(path))
    if code not in (errno.ECONNREFUSED, errno.ENOENT):
        raise _fault(path, "another process listens there; is this agent running already?")
    path.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Of two agents that start at once, one waits here: neither removes the other's file."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _is_locked(descriptor):
            if time.monotonic() >= deadline:
                raise _fault(path, "another process holds a lock on its folder")
            time.sleep(LOOK_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    """Whether we have the folder for ourselves now; not waited for: anybody may hold it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _fault(path: Path, sentence: str) -> ConfigurationError:
    return ConfigurationError([f"control-socket: {path} cannot be used: {sentence}"])
