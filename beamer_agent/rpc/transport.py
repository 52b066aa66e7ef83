"""Bytes to an endpoint and bytes back: the seam at which tests put an endpoint of their own."""

import ssl
import time
from base64 import b64encode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf, isfinite
from typing import Protocol
from urllib.parse import unquote

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcTimeoutError,
    RpcTooLongError,
    RpcUnreachableError,
)
from beamer_agent.rpc.deadline import Deadline, TimedHttpConnection, TimedHttpsConnection
from beamer_agent.rpc.sockets import Sockets

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
"""For the beginning of the answer, and for each piece of it."""
BODY_SECONDS = 30.0
"""For all pieces together."""
PIECE_BYTES = 2**18
MOST_BYTES = 2**24
"""Of one body, whatever was asked."""


class Transport(Protocol):
    """Carries one JSON-RPC body to an endpoint."""

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """The response's body, within `seconds` where they are given.

        Raises:
            RpcError: there is none, of the kind that says why.
        """

    def close(self) -> None:
        """Give the connections back; calls under way fail at once, and so do later ones."""

    def cut(self) -> None:
        """As `close`, until `reopen`."""

    def reopen(self) -> None:
        """Calls may be made again."""


class HttpTransport:
    """JSON-RPC over HTTP on a pool of kept-alive connections; safe for many threads.

    Nothing is repeated here: whether a call may be made twice is known only to its caller
    (`eth_sendRawTransaction` may not). No URL, and so no credential, reaches an error message.

    Args:
        url: of the endpoint; user and password in it become a header.
        connections: how many calls may be under way; one more waits up to `connect_seconds`.
        connect_seconds: until the connection stands.
        read_seconds: until the answer begins, and between pieces of it.
        body_seconds: from its beginning to its end.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 8,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        parsed = urllib3.util.parse_url(url)
        headers = {"Content-Type": "application/json"}
        if parsed.auth is not None:
            credentials = b64encode(unquote(parsed.auth).encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        self._path = parsed.request_uri
        self._connect_seconds = connect_seconds
        self._body_seconds = body_seconds
        self._read_seconds = read_seconds
        self._deadline = Deadline()
        self._sockets = Sockets()
        self._pool = urllib3.connection_from_url(
            url,
            maxsize=connections,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
            headers=headers,
            deadline=self._deadline,
            sockets=self._sockets,
        )
        is_secure = parsed.scheme == "https"
        self._pool.ConnectionCls = TimedHttpsConnection if is_secure else TimedHttpConnection

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """The response's body; see `Transport.post`."""
        seconds = inf if seconds is None else seconds
        connect_seconds = min(self._connect_seconds, seconds)
        self._deadline.at = time.monotonic() + seconds
        try:
            response = self._pool.request(
                "POST",
                self._path,
                body=body,
                redirect=False,
                preload_content=False,
                pool_timeout=connect_seconds,
                timeout=urllib3.Timeout(
                    connect=connect_seconds, read=min(self._read_seconds, seconds)
                ),
            )
            content = self._content(response)
        except (HTTPError, OSError) as error:
            # `from None`: urllib3's own texts hold the path, which often is an API key.
            raise _mapped(error) from None
        if response.status != 200:
            raise RpcHttpError(response.status, _retry_after(response.headers.get("Retry-After")))
        return content

    def _content(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body; a read time-out alone would let an endpoint drip it for ever."""
        deadline = time.monotonic() + self._body_seconds
        pieces, size = [], 0
        try:
            while piece := response.read1(PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                if size > MOST_BYTES:
                    response.close()
                    raise RpcTooLongError("the answer is too long")
                if time.monotonic() > deadline:
                    response.close()
                    raise RpcTimeoutError("the answer did not end in time")
        finally:
            response.release_conn()  # its place in the pool, whether open or closed
        return b"".join(pieces)

    def close(self) -> None:
        """End all connections for good; see `Transport.close`."""
        self._sockets.cut()
        self._pool.close()

    def cut(self) -> None:
        """End all connections for now; see `Transport.cut`."""
        self._sockets.cut()

    def reopen(self) -> None:
        """Let connections come about again."""
        self._sockets.reopen()


def _mapped(error: Exception) -> RpcError:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):  # whose text may hold the host
        return RpcUnreachableError("no valid certificate")
    words = (isinstance(cause, OSError) and cause.strerror) or type(error).__name__
    # NewConnectionError is a timeout error by inheritance, a refused connection by meaning.
    if isinstance(error, NewConnectionError):
        return RpcUnreachableError(words)
    if isinstance(error, ConnectTimeoutError):
        return RpcUnreachableError("no connection in time")
    if isinstance(error, (HttpTimeoutError, TimeoutError)) or isinstance(cause, TimeoutError):
        return RpcTimeoutError("no answer in time")
    return RpcConnectionError(words)


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait; endpoints say how many, or until when."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value)
    return max(0.0, seconds) if isfinite(seconds) else None


def _seconds_until(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):  # the latter: time zones years away
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
