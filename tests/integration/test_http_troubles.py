"""HttpServer: whatever hangs, spins or reads slowly, it answers."""

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from pydantic import SecretStr

from beamer_agent.config import AccountConfig, ChainConfig, Config
from beamer_agent.crew import Crew
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.http.connections import MOST_CONNECTIONS
from beamer_agent.service.http.paths import PATHS
from beamer_agent.service.http.server import HttpServer
from beamer_agent.service.status import StateStatus
from tests.asking import (
    SECONDS,
    ask,
    assert_answers,
    assert_stops_in_time,
    connect,
    hear,
    make_server,
    say,
)
from tests.doubles import FakeClock, RecordingLogger

pytestmark = pytest.mark.integration

SERIES: Final = 300
LONG: Final = 20_000
"""Characters of a label: so many series are more than the buffers of a connection hold."""

CONFIG: Final = Config(
    artifacts_dir=Path(),
    account=AccountConfig(path=Path(), password=SecretStr("")),
    chains={name: ChainConfig(rpc_url=(SecretStr("http://h"),)) for name in ("l2a", "l2b")},
)


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


def test_hanging_workers_are_told_of(registry: CollectorRegistry) -> None:
    """The agent lives, is not ready, and says because of whom."""
    clock, begun, is_over = FakeClock(), threading.Semaphore(0), threading.Event()
    board = StatusBoard(CONFIG, clock)
    board.sources.service = lambda: StateStatus("running", 60.0)
    crew = Crew(clock, lambda _: None, RecordingLogger().logger)
    board.sources.readings = crew.readings

    def hang() -> None:
        begun.release()
        is_over.wait(SECONDS)

    server = make_server(registry, board.look)
    server.start()
    try:
        for part in ("l2a", "l2b", "l2a->l2b", "l2b->l2a"):
            for name in ("One", "Other"):
                crew.start(f"{name}[{part}]", hang, part=part)
                assert begun.acquire(timeout=SECONDS)
        clock.advance(600)
        assert_answers(server, ("/healthz", "/api/status", "/metrics"))
        answer = ask(server, "/readyz")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"One[l2a->l2b] is in one step for 600 s" in answer
        assert_stops_in_time(server)
    finally:
        is_over.set()
        assert crew.stop() == []


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
