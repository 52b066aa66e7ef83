"""One client of the control socket, as the agent sees it: lines in, lines out, never a wait."""

import socket
from collections.abc import Callable
from typing import Final

from beamer_agent.service.control.peers import Peer
from beamer_agent.service.control.words import LONGEST_LINE, refused

_CHUNK: Final = 4_096


class Client:
    """A connection. While an answer is on its way nothing is read: nothing can pile up.

    Args:
        connection: does not block.
        answer: makes a line of a line.
    """

    def __init__(
        self, connection: socket.socket, peer: Peer, answer: Callable[[bytes], bytes]
    ) -> None:
        self.connection = connection
        self.peer = peer
        self._answer = answer
        self._incoming = b""
        self._outgoing = b""
        self._is_over = False
        """Whether it is closed after what goes out."""

    @property
    def has_outgoing(self) -> bool:
        """Whether something is to be sent still."""
        return bool(self._outgoing)

    def refuse(self, sentence: str) -> bool:
        """Say why, and end; False: all is said."""
        self._outgoing, self._incoming, self._is_over = refused(sentence).line(), b"", True
        return self._go_on()

    def turn(self) -> bool:
        """Take what has come, and send what can be sent; False: it is over."""
        if not self._outgoing:
            try:
                received = self.connection.recv(_CHUNK)
            except OSError:
                received = b""
            if not received:
                return False
            self._incoming += received
        return self._go_on()

    def _go_on(self) -> bool:
        while self._send():
            if self._is_over:
                return False
            line, end, rest = self._incoming.partition(b"\n")
            if len(line) >= LONGEST_LINE:
                return self.refuse(f"a line has {LONGEST_LINE} bytes at most")
            if not end:
                return True
            self._incoming = rest
            self._outgoing = self._answer(line)
        return bool(self._outgoing)

    def _send(self) -> bool:
        """Send what can be sent; whether that was all."""
        try:
            while self._outgoing:
                self._outgoing = self._outgoing[self.connection.send(self._outgoing) :]
        except BlockingIOError:
            return False
        except OSError:  # whoever it was has gone
            self._outgoing = b""
            return False
        return True
