"""HttpServer: it answers whatever hangs, and gives its port back."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
import structlog
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from beamer_agent.config.model import LOOPBACK
from beamer_agent.errors import ConfigurationError
from beamer_agent.logging import Redactor
from beamer_agent.service.connections import MOST_CONNECTIONS, MOST_SECONDS, Doorkeeper
from beamer_agent.service.http import HttpServer, _listening
from beamer_agent.service.paths import PATHS
from tests.doubles import RecordingLogger
from tests.made_status import made_status

pytestmark = pytest.mark.integration

SECONDS: Final = 10.0
SOON: Final = 2.0
"""What takes longer waits for something; docs/operations.md has what it takes in truth."""
QUICK: Final = ("/healthz", "/readyz", "/api/status")
SERIES: Final = 300
LONG: Final = 20_000
"""Characters of a label: so many series are more than the buffers of a connection hold."""


@pytest.fixture
def registry() -> CollectorRegistry:
    """One gauge, at 3."""
    registry = CollectorRegistry()
    Gauge("things", "Things.", registry=registry).set(3)
    return registry


@pytest.fixture
def server(registry: CollectorRegistry) -> Iterator[HttpServer]:
    """A server on a free port, not started."""
    server = make_server(registry)
    yield server
    server.stop()


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    """Closes connections at the end."""
    with ExitStack() as stack:
        yield stack


def make_server(registry: CollectorRegistry, host: str = LOOPBACK, port: int = 0) -> HttpServer:
    """A server of a well agent."""
    logger = structlog.get_logger()
    return HttpServer(registry, made_status, host, port, Redactor(), logger)


def connect(server: HttpServer) -> socket.socket:
    """A client's end."""
    return socket.create_connection((LOOPBACK, server.port), timeout=SECONDS)


def say(client: socket.socket, path: str, method: str = "GET") -> None:
    """Send a request."""
    client.sendall(f"{method} {path} HTTP/1.1\r\nHost: agent\r\n\r\n".encode())


def hear(client: socket.socket) -> bytes:
    """Everything until the server closes."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def ask(server: HttpServer, path: str, method: str = "GET") -> bytes:
    """The whole answer."""
    with connect(server) as client:
        say(client, path, method)
        return hear(client)


def assert_answers(server: HttpServer, paths: tuple[str, ...] = QUICK) -> None:
    """Each path, soon."""
    for path in paths:
        started = time.monotonic()
        assert ask(server, path).startswith(b"HTTP/1.1 200 OK\r\n")
        assert time.monotonic() - started < SOON


def assert_stops_in_time(server: HttpServer) -> None:
    """A fifth of a second, and what a busy machine adds."""
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 0.4
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, server.port))


def hold_many_series(registry: CollectorRegistry) -> None:
    """Make the metrics megabytes."""
    gauge = Gauge("heavy", "Much.", ["number"], registry=registry)
    for number in range(SERIES):
        gauge.labels(f"{number:0{LONG}}").set(number)


class HangingCollector(Collector):
    """Comes back when it is let go."""

    def __init__(self) -> None:
        self.is_asked = threading.Event()
        self.let_go = threading.Event()

    def collect(self) -> Iterator[Metric]:
        """Nothing, late."""
        self.is_asked.set()
        self.let_go.wait(SECONDS)
        return iter(())

    def describe(self) -> Iterator[Metric]:
        """It has no names."""
        return iter(())


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


def test_slow_readers_are_in_nobodys_way(
    registry: CollectorRegistry, server: HttpServer, clients: ExitStack
) -> None:
    """Fifty of them ask for megabytes and read nothing; a scrape beside them is whole."""
    hold_many_series(registry)
    server.start()
    for _ in range(50):
        client = clients.enter_context(connect(server))
        say(client, "/metrics")
    assert_answers(server)
    assert b'299"} 299.0' in ask(server, "/metrics")
    assert_stops_in_time(server)


def test_slow_reader_has_its_whole_answer_in_the_end(
    registry: CollectorRegistry, server: HttpServer
) -> None:
    """A scrape over a thin line."""
    hold_many_series(registry)
    server.start()
    with connect(server) as client:
        say(client, "/metrics")
        pieces = [client.recv(1_000) for _ in range(20)]
        assert_answers(server)
        answer = b"".join(pieces) + hear(client)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert len(body) > SERIES * LONG


def test_connections_without_a_request_keep_nobody_out(
    server: HttpServer, clients: ExitStack
) -> None:
    """The oldest goes for the newest; half requests are no requests."""
    server.start()
    idle = [clients.enter_context(connect(server)) for _ in range(2 * MOST_CONNECTIONS)]
    for client in idle[MOST_CONNECTIONS + 10 :]:
        client.sendall(b"GET /healthz HT")
    assert_answers(server, PATHS)
    assert idle[0].recv(1) == b""
    assert_stops_in_time(server)


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


def test_metrics_that_hang_hold_up_nothing_else(
    registry: CollectorRegistry, server: HttpServer, clients: ExitStack
) -> None:
    """Health, readiness and status are answered beside them, and the server stops."""
    collector = HangingCollector()
    registry.register(collector)
    server.start()
    for path in ("/metrics", "//metrics", "/metrics?x=1", "/%6detrics"):
        say(clients.enter_context(connect(server)), path)
    assert collector.is_asked.wait(SECONDS)
    try:
        assert_answers(server)
        assert_stops_in_time(server)
    finally:
        collector.let_go.set()


def test_spinning_thread_does_not_silence_it(server: HttpServer) -> None:
    """Python's lock goes round."""
    server.start()
    is_over = threading.Event()

    def spin() -> None:
        while not is_over.is_set():
            pass

    spinning = threading.Thread(target=spin)
    spinning.start()
    try:
        assert_answers(server, PATHS)
    finally:
        is_over.set()
        spinning.join()


def test_log_that_hangs_does_not_silence_it(server: HttpServer, restored_logging: None) -> None:
    """Whoever reads stderr may have stopped reading; no answer needs a line."""
    is_over = threading.Event()

    class Hanging(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            is_over.wait(SECONDS)

    logging.getLogger().handlers[:] = [Hanging()]
    logging.getLogger().setLevel(logging.WARNING)
    server.start()
    try:
        for path in PATHS:
            with connect(server) as client:
                say(client, path)  # and goes without reading
        assert_answers(server, PATHS)
        assert_stops_in_time(server)
    finally:
        is_over.set()


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
