"""Bytes to an endpoint and bytes back: the seam at which tests put an endpoint of their own."""

from typing import Protocol

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as HttpTimeoutError

from beamer_agent.errors import RpcConnectionError, RpcError, RpcHttpError, RpcTimeoutError

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0


class Transport(Protocol):
    """Carries one JSON-RPC body to an endpoint."""

    def post(self, body: bytes) -> bytes:
        """The response's body.

        Raises:
            RpcError: there is none, of the kind that says why.
        """

    def close(self) -> None:
        """Give the connections back."""


class HttpTransport:
    """JSON-RPC over HTTP on a pool of kept-alive connections; safe for many threads.

    Nothing is repeated here: whether a call may be made twice is known only to its caller
    (`eth_sendRawTransaction` may not). No URL, and so no credential, reaches an error message.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 8,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        parsed = urllib3.util.parse_url(url)
        headers = {"Content-Type": "application/json"}
        if parsed.auth is not None:
            headers |= urllib3.util.make_headers(basic_auth=parsed.auth)
        self._path = parsed.request_uri
        self._pool = urllib3.connection_from_url(
            url,
            maxsize=connections,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
            headers=headers,
        )

    def post(self, body: bytes) -> bytes:
        """The response's body; see `Transport.post`."""
        try:
            response = self._pool.request("POST", self._path, body=body, redirect=False)
        except (HTTPError, OSError) as error:
            # `from None`: urllib3's own texts hold the path, which often is an API key.
            raise _mapped(error) from None
        if response.status != 200:
            raise RpcHttpError(response.status)
        return response.data

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
