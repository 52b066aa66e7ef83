"""Clients of an agent's HTTP server, and what they may expect of it."""

import socket
import time
from typing import Final, Protocol

import structlog
from prometheus_client import CollectorRegistry

from beamer_agent.config.model import LOOPBACK
from beamer_agent.logging import Redactor
from beamer_agent.service.http.pages import Look
from beamer_agent.service.http.server import HttpServer
from tests.made_status import made_status

SECONDS: Final = 10.0
"""Who takes longer waits for something; docs/operations.md has what it takes in truth."""
QUICK: Final = ("/healthz", "/readyz", "/api/status")


class Serving(Protocol):
    """A server of this process, or what is known of another's."""

    @property
    def port(self) -> int:
        """On this machine."""
        ...


def make_server(
    registry: CollectorRegistry, look: Look = made_status, host: str = LOOPBACK, port: int = 0
) -> HttpServer:
    """The server of a well agent, not started."""
    return HttpServer(registry, look, host, port, Redactor(), structlog.get_logger())


def connect(server: Serving) -> socket.socket:
    """A client's end."""
    return socket.create_connection((LOOPBACK, server.port), timeout=SECONDS)


def say(client: socket.socket, path: str, method: str = "GET") -> None:
    """Send a request."""
    client.sendall(f"{method} {path} HTTP/1.1\r\nHost: agent\r\n\r\n".encode())


def hear(client: socket.socket) -> bytes:
    """Everything until the server closes."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def ask(server: Serving, path: str, method: str = "GET") -> bytes:
    """The whole answer."""
    with connect(server) as client:
        say(client, path, method)
        return hear(client)


def assert_answers(server: Serving, paths: tuple[str, ...] = QUICK) -> None:
    """Each path, before the client gives up."""
    for path in paths:
        assert ask(server, path).startswith(b"HTTP/1.1 200 OK\r\n")


def assert_stops_in_time(server: HttpServer) -> None:
    """A fifth of a second, and what a busy machine adds."""
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 2
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, server.port))
