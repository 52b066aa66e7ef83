"""Connections that keep to a deadline, whatever the other side does.

The time-outs of sockets are for each wait of its own: a head or body that drips would keep a
caller for ever, so would a name with many dead addresses, or a resolver that hangs.

    post: [ name | connection | TLS ] [ request ] [ head, body: piece by piece ]
          until connect_seconds                   each within read_seconds
          ---------------------- until the deadline --------------------------
"""

import io
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address
from math import inf
from queue import Empty, SimpleQueue
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from beamer_agent.rpc.sockets import Sockets

LEAST_SECONDS: Final = 0.001
"""A time-out of zero would mean "do not wait" to a socket."""


class Deadline(threading.local):
    """When the call that this thread makes must be over; another thread has its own."""

    at: float = inf
    """By `time.monotonic`."""

    def left(self) -> float:
        """Seconds until then.

        Raises:
            TimeoutError: it is over.
        """
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("no time left")
        return max(seconds, LEAST_SECONDS)


class _Reader(io.RawIOBase):
    """The bytes that a socket receives, until the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        super().__init__()
        self._sock = sock
        self._deadline = deadline
        self._longest_wait = sock.gettimeout() or inf
        self._stream = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for the next bytes."""
        self._sock.settimeout(min(self._longest_wait, self._deadline.left()))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._stream.close()
        super().close()


class _TimedSocket:
    """A socket whose answers are read until the deadline; else as it is."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """For the answer."""
        return io.BufferedReader(_Reader(self._sock, self._deadline))


class _Timed:
    """What both kinds of connections do about time; stands before them in the order of classes."""

    sock: Any

    def __init__(self, *args: Any, deadline: Deadline, sockets: Sockets, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._deadline = deadline
        self._sockets = sockets

    def connect(self) -> None:
        """Connect, TLS included."""
        super().connect()  # type: ignore[misc]  # of the connection beside it
        self._sockets.add(self.sock)  # TLS makes a new one out of that which was connected
        self.sock = _TimedSocket(self.sock, self._deadline)

    def _new_conn(self: Any) -> socket.socket:
        end = min(time.monotonic() + self.timeout, self._deadline.at)
        try:
            addresses = resolved(self._dns_host, self.port, end - time.monotonic())
            sock = _connected(addresses, self.port, end, self.socket_options)
            self._sockets.add(sock)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError("no connection in time") from error
        except OSError as error:
            raise NewConnectionError(self, "no connection") from error
        sock.settimeout(max(end - time.monotonic(), LEAST_SECONDS))  # for TLS
        return sock


class TimedHttpConnection(_Timed, HTTPConnection):
    """One connection without TLS."""


class TimedHttpsConnection(_Timed, HTTPSConnection):
    """One connection with TLS."""


def resolved(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a host, which may be one itself.

    The system offers no time-out for this, so that a name is looked up in a thread of its own.

    Raises:
        TimeoutError: not found out in time.
        OSError: it has none.
    """
    with suppress(ValueError):
        return [str(ip_address(host))]
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()
    thread = threading.Thread(
        target=lambda: answers.put(_looked_up(host, port)), name="Resolver", daemon=True
    )
    thread.start()
    try:
        answer = answers.get(timeout=max(seconds, LEAST_SECONDS))
    except Empty:
        raise TimeoutError("the name was not found in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _looked_up(host: str, port: int) -> list[str] | OSError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError:
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return [str(entry[4][0]) for entry in found]


def _connected(addresses: Iterable[str], port: int, end: float, options: Any) -> socket.socket:
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    for address in addresses:
        seconds = end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("no connection in time")
        try:
            return create_connection((address, port), seconds, socket_options=options)
        except OSError as error:
            failure = error
    raise failure
