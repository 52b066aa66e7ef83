"""A service manager's notify socket, as a test's own."""

import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from beamer_agent.devnet.waiting import wait_until

SECONDS = 30.0


class NotifySocket:
    """Hears what a service says; a context manager.

    Args:
        path: of the socket; one that begins with a zero is in no file system.
    """

    def __init__(self, path: Path | str) -> None:
        self._path = str(path)
        self._heard: list[str] = []

    def __enter__(self) -> Self:
        """Listen."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._path)
        self._socket.setblocking(False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Listen no more."""
        self._socket.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a service must find in its own."""
        return {"NOTIFY_SOCKET": self._path.replace("\0", "@", 1)}

    def heard(self) -> list[str]:
        """Every line so far, oldest first."""
        while True:
            try:
                self._heard.extend(self._socket.recv(65_536).decode().split("\n"))
            except BlockingIOError:
                return list(self._heard)

    def count(self, line: str) -> int:
        """How often a line was heard."""
        return self.heard().count(line)

    def wait_for(self, start: str, seconds: float = SECONDS) -> str:
        """The first line that begins so."""
        return wait_until(
            lambda: next((line for line in self.heard() if line.startswith(start)), None),
            f"{start!r} at the notify socket",
            seconds=seconds,
        )
