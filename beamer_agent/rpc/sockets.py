"""Sockets: the open ones of a transport, so that all calls over them can be ended at once."""

import socket
import threading
from contextlib import suppress
from weakref import WeakSet


class Sockets:
    """Every socket is in here before a byte is written to it. Thread-safe.

    So nothing leaves any more once `cut` has returned: what is in here is shut down, and what
    comes later is refused. The lock protects the two below it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: WeakSet[socket.socket] = WeakSet()
        self._is_cut = False

    def add(self, sock: socket.socket) -> None:
        """Take in one that is connected.

        Raises:
            ConnectionAbortedError: none is wanted now; this one is closed.
        """
        with self._lock:
            if not self._is_cut:
                self._open.add(sock)
                return
        sock.close()
        raise ConnectionAbortedError("the line is closed")

    def cut(self) -> None:
        """Whoever waits at one of them fails at once, and no new one comes."""
        with self._lock:
            self._is_cut = True
            for sock in self._open:
                with suppress(OSError):  # it has broken by itself
                    # Not the method of a TLS socket: another thread may be in the midst of it.
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)
            self._open.clear()

    def reopen(self) -> None:
        """From now on new ones may come."""
        with self._lock:
            self._is_cut = False
