"""Push: sockets over which endpoints speak without being asked each time."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

from beamer_agent.errors import RpcError


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
        PushEndpoint(f"{chain}/ws{place}", partial(_open, url))
        for place, url in enumerate(urls, start=1)
    )


def _open(url: str) -> PushSocket:
    # Only here: where nobody pushes, a start need not load the library.
    from beamer_agent.rpc.web_socket import WebSocket  # noqa: PLC0415

    return WebSocket(url)
