"""Push: web sockets over which endpoints speak without being asked each time.

Foreign errors are mapped here; no URL, and so no credential, reaches a message or the library's
own log.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, Protocol

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

from beamer_agent.errors import RpcConnectionError, RpcError, RpcHttpError, RpcTimeoutError

OPEN_SECONDS: Final = 3.0
"""Until the socket stands, TLS and both handshakes included."""
PING_SECONDS: Final = 10.0
"""Between two pings, and until each is answered: a dead connection is noticed after 20 s."""
CLOSE_SECONDS: Final = 0.2
"""For saying good-bye; short, since it is said while the agent shuts down too."""

_SILENT: Final = logging.Logger("websockets", logging.CRITICAL + 1)
"""Its debug lines hold the headers, credentials included; what matters is raised anyway."""


class PushSocket(Protocol):
    """An open web socket."""

    def send(self, message: str) -> None:
        """Say something.

        Raises:
            RpcError: the socket has broken.
        """

    def receive(self, seconds: float) -> str | bytes | None:
        """The next message; None when none came in this time.

        Raises:
            RpcError: the socket has broken.
        """

    def close(self) -> None:
        """End it; any thread."""


@dataclass(frozen=True, slots=True)
class PushEndpoint:
    """Where a socket can be opened; `name` is `l2a/ws1`, never a URL."""

    name: str
    open: Callable[[], PushSocket] = field(repr=False)


class Opening:
    """A socket that is being opened, in a daemon thread: names, TLS and a server may take long.

    Nobody who waits for it here waits longer than wanted, and no exit waits for it at all.
    """

    def __init__(self, endpoint: PushEndpoint) -> None:
        self._endpoint = endpoint
        self._result: SimpleQueue[PushSocket | RpcError] = SimpleQueue()
        self._is_abandoned = threading.Event()
        name = f"Opening[{endpoint.name}]"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def socket(self, seconds: float) -> PushSocket | None:
        """The open socket, once; None when it is not open after so long.

        Raises:
            RpcError: it cannot be opened.
        """
        try:
            result = self._result.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(result, RpcError):
            raise result
        return result

    def abandon(self) -> None:
        """Nobody wants it any more: it is closed as soon as it is open."""
        self._is_abandoned.set()
        self._drop()

    def _run(self) -> None:
        try:
            self._result.put(self._endpoint.open())
        except RpcError as error:
            self._result.put(error)
        if self._is_abandoned.is_set():
            self._drop()

    def _drop(self) -> None:
        # In both threads, whichever comes last; the queue gives the socket to one of them.
        with suppress(Empty):
            result = self._result.get_nowait()
            if not isinstance(result, RpcError):
                result.close()


def push_endpoints(chain: str, urls: Sequence[str]) -> tuple[PushEndpoint, ...]:
    """The endpoints at ws:// or wss:// URLs, named by their places. Connects to nothing."""
    return tuple(
        PushEndpoint(f"{chain}/ws{place}", partial(WebSocket, url))
        for place, url in enumerate(urls, start=1)
    )


class WebSocket:
    """A `PushSocket`. A connection whose pings are not answered breaks by itself.

    Args:
        url: user and password in it become a header.

    Raises:
        RpcError: it cannot be opened.
    """

    def __init__(self, url: str, *, open_seconds: float = OPEN_SECONDS) -> None:
        self._stack = ExitStack()
        try:
            opened = connect(
                url,
                open_timeout=open_seconds,
                ping_interval=PING_SECONDS,
                ping_timeout=PING_SECONDS,
                close_timeout=CLOSE_SECONDS,
                proxy=None,  # as for HTTP: what the environment says about proxies does not count
                logger=_SILENT,
            )
            self._connection = self._stack.enter_context(opened)
        except (WebSocketException, OSError) as error:
            raise _mapped(error) from None

    def send(self, message: str) -> None:
        """See `PushSocket.send`."""
        try:
            self._connection.send(message)
        except (WebSocketException, OSError) as error:
            raise _mapped(error) from None

    def receive(self, seconds: float) -> str | bytes | None:
        """See `PushSocket.receive`."""
        try:
            return self._connection.recv(timeout=seconds)
        except TimeoutError:
            return None
        except (WebSocketException, OSError) as error:
            raise _mapped(error) from None

    def close(self) -> None:
        """See `PushSocket.close`."""
        self._stack.close()


def _mapped(error: Exception) -> RpcError:
    # `from None` and no text of the library: some of its texts hold the URL.
    if isinstance(error, TimeoutError):
        return RpcTimeoutError("the web socket did not open in time")
    if isinstance(error, InvalidStatus):
        return RpcHttpError(error.response.status_code)
    if isinstance(error, OSError) and error.strerror:
        return RpcConnectionError(error.strerror)
    return RpcConnectionError(type(error).__name__)
