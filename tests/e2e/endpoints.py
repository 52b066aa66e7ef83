"""RPC endpoints that misbehave, on this machine."""

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.devnet.chain import LocalChain

HOLD_SECONDS = 30.0

_CHUNK = 65536


@contextmanager
def silent_endpoint() -> Iterator[str]:
    """The URL of an endpoint that takes every connection and never answers."""
    with socket.create_server((HOST, 0), backlog=128) as server:
        # The kernel accepts for us; nobody ever reads.
        yield f"http://{HOST}:{server.getsockname()[1]}"


@contextmanager
def stopped(*chains: LocalChain) -> Iterator[None]:
    """The chains' processes stand still inside: they take connections and do not answer."""
    for chain in chains:
        os.kill(chain.anvil.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for chain in chains:
            os.kill(chain.anvil.pid, signal.SIGCONT)


class Endpoint:
    """A chain's endpoint on another port, that can go away and come back.

    While it is down, connections are refused and those that were open are broken, as when a node
    is killed and started again. While it holds back, it takes questions and answers none.

    Args:
        chain: answers behind it.
    """

    def __init__(self, chain: LocalChain) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._chain_port = urlsplit(chain.url).port or 0
        self._server: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()  # protects `_open`
        self._may_pass = threading.Event()
        self._may_pass.set()
        self._has_held = threading.Event()

    def __enter__(self) -> Self:
        """Nobody listens yet; see `come_up`."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Break everything and wait for the threads."""
        self.go_down()
        self._may_pass.set()
        for thread in self._threads:
            thread.join()

    def come_up(self) -> None:
        """Answer from now on."""
        self._server = socket.create_server((HOST, self.port), backlog=128)
        self._run(self._accept, self._server)

    def go_down(self) -> None:
        """Refuse and break all connections."""
        if self._server is not None:
            # Wakes the thread that accepts; closing alone does not.
            _shut(self._server)
            self._server = None
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def hold_back(self) -> None:
        """Answer nothing from now on; returns when a question waits."""
        self._may_pass.clear()
        if not self._has_held.wait(HOLD_SECONDS):
            raise AssertionError("nobody asked the endpoint anything")

    def let_pass(self) -> None:
        """Answer again, also what was asked meanwhile."""
        self._may_pass.set()

    def _accept(self, server: socket.socket) -> None:
        with server, contextlib.suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.create_connection((HOST, self._chain_port))
                with self._lock:
                    self._open |= {near, far}
                self._run(self._pump, near, far)
                self._run(self._pump, far, near)

    def _pump(self, origin: socket.socket, destination: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := origin.recv(_CHUNK):
                if not self._may_pass.is_set():
                    self._has_held.set()
                    self._may_pass.wait()
                destination.sendall(chunk)
        _shut(destination)
        with self._lock:
            self._open.discard(origin)
        _shut(origin)
        origin.close()

    def _run(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
