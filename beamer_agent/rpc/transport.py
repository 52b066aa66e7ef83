"""Bytes to an endpoint and bytes back: the seam at which tests put an endpoint of their own."""

import time
from base64 import b64encode
from typing import Protocol
from urllib.parse import unquote

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from beamer_agent.errors import RpcConnectionError, RpcError, RpcHttpError, RpcTimeoutError

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
"""For the beginning of the answer, and for each piece of it."""
BODY_SECONDS = 30.0
"""For all pieces together."""
PIECE_BYTES = 2**18


class Transport(Protocol):
    """Carries one JSON-RPC body to an endpoint."""

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """The response's body, within `seconds` where they are given.

        Raises:
            RpcError: there is none, of the kind that says why.
        """

    def close(self) -> None:
        """Give the connections back."""


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
        self._pool = urllib3.connection_from_url(
            url,
            maxsize=connections,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
            headers=headers,
        )

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """The response's body; see `Transport.post`."""
        try:
            response = self._pool.request(
                "POST",
                self._path,
                body=body,
                redirect=False,
                preload_content=False,
                pool_timeout=self._connect_seconds,
            )
            content = self._content(response)
        except (HTTPError, OSError) as error:
            # `from None`: urllib3's own texts hold the path, which often is an API key.
            raise _mapped(error) from None
        if response.status != 200:
            raise RpcHttpError(response.status)
        return content

    def _content(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body; a read time-out alone would let an endpoint drip it for ever."""
        deadline = time.monotonic() + self._body_seconds
        pieces = []
        try:
            while piece := response.read1(PIECE_BYTES):
                pieces.append(piece)
                if time.monotonic() > deadline:
                    response.close()
                    raise RpcTimeoutError("the answer did not end in time")
        finally:
            response.release_conn()  # its place in the pool, whether open or closed
        return b"".join(pieces)

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.close()


def _mapped(error: Exception) -> RpcError:
    # NewConnectionError is a timeout error by inheritance, a refused connection by meaning.
    if isinstance(error, HttpTimeoutError) and not isinstance(error, NewConnectionError):
        return RpcTimeoutError("no answer in time")
    cause = error.__cause__ or error.__context__
    if isinstance(cause, OSError) and cause.strerror:
        return RpcConnectionError(cause.strerror)
    return RpcConnectionError(type(error).__name__)
