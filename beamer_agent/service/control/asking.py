"""The operator's end of the control socket: a command out, the agent's answer in."""

import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from beamer_agent.service.control.words import Answer, Command, read_answer

SECONDS: Final = 5.0
"""For the whole answer; an agent that is well needs a few milliseconds, at most half a second."""
LONGEST_ANSWER: Final = 1_000_000
"""Bytes."""


def ask(path: Path, command: Command, seconds: float = SECONDS) -> Answer:
    """What the agent behind a socket answers.

    Raises:
        OSError: none is there, or it may not be asked, or does not answer in time.
    """
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        connection.connect(str(path))
        # Refused before it was read: the answer says why.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(command.line())
        line = _receive(connection, deadline)
    try:
        return read_answer(line)
    except ValueError as error:
        raise ConnectionError(f"it does not answer as an agent does: {error}") from None


def _receive(connection: socket.socket, deadline: float) -> bytes:
    received = b""
    while b"\n" not in received:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        connection.settimeout(left)
        piece = connection.recv(65_536)
        received += piece
        if not piece or len(received) > LONGEST_ANSWER:
            raise ConnectionError("it does not answer as an agent does")
    return received.partition(b"\n")[0]
