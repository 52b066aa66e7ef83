"""WebSocket: a `PushSocket` over the web socket protocol.

Foreign errors are mapped here; no URL, and so no credential, reaches a message or the library's
own log.
"""

import logging
from contextlib import ExitStack
from typing import Final

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
