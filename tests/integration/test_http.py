"""HttpServer: it answers by the book, and gives its port back."""

import errno
import socket
import time
from contextlib import ExitStack

import pytest
from prometheus_client import CollectorRegistry
from waitress import wasyncore

from beamer_agent.config.model import LOOPBACK
from beamer_agent.errors import ConfigurationError
from beamer_agent.logging import Redactor
from beamer_agent.service.http.connections import DEAF_SECONDS, MOST_SECONDS, Doorkeeper
from beamer_agent.service.http.paths import PATHS
from beamer_agent.service.http.server import HttpServer, _listening
from tests.asking import (
    SECONDS,
    ask,
    assert_answers,
    assert_stops_in_time,
    connect,
    hear,
    make_server,
)
from tests.doubles import RecordingLogger
from tests.made_status import made_status

pytestmark = pytest.mark.integration


def test_every_path_is_answered_and_the_connection_closed(
    server: HttpServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a word in the log, and without a banner that tells what to attack."""
    server.start()
    for path in PATHS:
        head, _, body = ask(server, path).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert b"\r\nConnection: close" in head
        assert f"\r\nContent-Length: {len(body)}".encode() in head
        assert b"Server:" not in head
        assert b"aitress" not in head
    assert_stops_in_time(server)
    assert capfd.readouterr() == ("", "")


def test_head_and_nonsense_are_answered(server: HttpServer) -> None:
    """By the book."""
    server.start()
    assert ask(server, "/healthz", "HEAD").endswith(b"\r\n\r\n")
    assert ask(server, "/metrics", "HEAD").endswith(b"\r\n\r\n")
    assert ask(server, "/metrics", "POST").startswith(b"HTTP/1.1 405 ")
    assert ask(server, "/nowhere").startswith(b"HTTP/1.1 404 ")
    with connect(server) as client:
        client.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert b" 400 " in hear(client)[:20]
    assert_answers(server, PATHS)


def test_requests_in_a_row_on_one_connection_have_one_answer(server: HttpServer) -> None:
    """Whoever sends hundreds at once cannot make the server hold hundreds of answers."""
    server.start()
    with connect(server) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: agent\r\n\r\n" * 100)
        assert hear(client).count(b"HTTP/1.1 200 OK") == 1


def test_connection_does_not_last_for_ever(
    registry: CollectorRegistry, clients: ExitStack
) -> None:
    """Also when its reader does not take a byte."""
    listening = _listening(LOOPBACK, 0)
    doorkeeper = Doorkeeper(lambda *_: [], listening)
    try:
        address = listening.getsockname()
        client = clients.enter_context(socket.create_connection(address, timeout=SECONDS))
        doorkeeper.handle_accept()
        client.setblocking(False)
        doorkeeper.maintenance(time.time() + MOST_SECONDS / 2)
        with pytest.raises(BlockingIOError):
            client.recv(1)
        doorkeeper.maintenance(time.time() + MOST_SECONDS + 1)
        client.settimeout(SECONDS)
        assert client.recv(1) == b""
    finally:
        doorkeeper.close_everything()


def test_port_in_use_is_the_operators_business(
    registry: CollectorRegistry, server: HttpServer
) -> None:
    """The sentence names the key and the port."""
    with pytest.raises(ConfigurationError) as failure:
        make_server(registry, port=server.port)
    assert failure.value.faults[0].startswith(
        f"metrics.prometheus-port: port {server.port} cannot be used"
    )


def test_foreign_address_is_the_operators_business(registry: CollectorRegistry) -> None:
    """The sentence names the key and the address."""
    with pytest.raises(ConfigurationError) as failure:
        make_server(registry, host="192.0.2.1")
    assert failure.value.faults[0].startswith("metrics.host: address 192.0.2.1 cannot be used")


def test_server_that_was_not_started_can_be_stopped(server: HttpServer) -> None:
    """And gives its port back."""
    assert_stops_in_time(server)


def test_connection_that_cannot_be_taken_is_not_tried_without_end(
    monkeypatch: pytest.MonkeyPatch, clients: ExitStack
) -> None:
    """A process that has no file left would spend its time on that."""

    def fail() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    doorkeeper = Doorkeeper(lambda *_: [], _listening(LOOPBACK, 0))
    clients.callback(doorkeeper.close_everything)
    assert doorkeeper.readable()
    with monkeypatch.context() as patch:
        patch.setattr(wasyncore.dispatcher, "accept", lambda _: fail())
        doorkeeper.handle_accept()
    assert not doorkeeper.readable()
    with monkeypatch.context() as patch:
        soon = time.monotonic() + DEAF_SECONDS
        patch.setattr(time, "monotonic", lambda: soon)
        assert doorkeeper.readable()


@pytest.mark.parametrize(("host", "lines"), [("127.0.0.2", 0), ("0.0.0.0", 1)])  # noqa: S104
def test_open_to_the_network_is_a_warning(
    registry: CollectorRegistry, host: str, lines: int
) -> None:
    """Not on the machine itself."""
    logger = RecordingLogger()
    server = HttpServer(registry, made_status, host, 0, Redactor(), logger.logger)
    server.start()
    server.stop()
    assert len(logger.lines) == lines
