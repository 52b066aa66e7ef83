"""How soon the agent's HTTP server answers, beside whatever hangs.

    python -m benchmarks.health [--times 200]

A process with the server of an agent of three chains: six directions, thirty workers, and as many
metrics as told. It is asked in turn for each path, over a connection of its own, until the answer
is whole. Troubles inside: workers that hang in their step, a collector of metrics that hangs, one
thread or three that spin. Troubles from outside: fifty readers that ask for megabytes and read
nothing, hundreds of connections without a request.
"""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import click
import structlog
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from pydantic import SecretStr

from beamer_agent.__main__ import SWITCH_SECONDS
from beamer_agent.clock import SystemClock
from beamer_agent.config import AccountConfig, ChainConfig, Config
from beamer_agent.config.model import LOOPBACK
from beamer_agent.crew import Crew
from beamer_agent.logging import Redactor
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.http.paths import METRICS, PATHS
from beamer_agent.service.http.server import HttpServer

SERIES: Final = 1_000
WORKERS: Final = 30
LIMIT_MS: Final = 50.0
SECONDS: Final = 30.0
CHAINS: Final = ("one", "two", "three")
NARROW: Final = 64
WIDE: Final = 5_000

Trouble = tuple[str, tuple[str, ...], int, Callable[[int, ExitStack], None]]
"""A name, what the server is told, how many series, what its clients do first."""


@click.command()
@click.option("--times", type=click.IntRange(2), default=200, show_default=True)
@click.option("--serve", multiple=True, hidden=True)
@click.option("--series", type=int, default=SERIES, hidden=True)
def main(times: int, serve: tuple[str, ...], series: int) -> None:
    """Measure and print."""
    if serve:
        _serve(serve, series)
        return
    worst = 0.0
    click.echo(f"milliseconds, median / 95 % of {times}: " + ", ".join(PATHS))
    for name, told, count, prepare in TROUBLES:
        with _served(told, count) as port, ExitStack() as stack:
            prepare(port, stack)
            paths = [path for path in PATHS if path != METRICS or "collector" not in told]
            taken = {path: [_ask(port, path) for _ in range(times)] for path in paths}
        cells = [f"{median(each):.1f} / {_slow(each):.1f}" for each in taken.values()]
        click.echo(f"{name}: " + ", ".join(cells))
        worst = max(worst, *(median(each) for each in taken.values()))
    raise SystemExit(worst > LIMIT_MS)


@contextmanager
def _served(told: tuple[str, ...], series: int) -> Iterator[int]:
    words = [word for each in told for word in ("--serve", each)]
    command = [sys.executable, "-m", "benchmarks.health", "--series", str(series), *words]
    # This module itself.
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield int((process.stdout or sys.stdin.buffer).readline())
        finally:
            process.kill()


def _ask(port: int, path: str) -> float:
    started = time.perf_counter()
    with socket.create_connection((LOOPBACK, port), timeout=SECONDS) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: agent\r\n\r\n".encode())
        head, _, body = client.recv(65536).partition(b"\r\n\r\n")
        missing = int(head.partition(b"Content-Length: ")[2].split()[0]) - len(body)
        while missing > 0:
            missing -= len(client.recv(65536))
        return (time.perf_counter() - started) * 1_000


def _slow(milliseconds: list[float]) -> float:
    """All but one of twenty were sooner; the rest is the machine's."""
    return quantiles(milliseconds, n=20)[-1]


def _nothing(_port: int, _stack: ExitStack) -> None:
    pass


def _slow_readers(port: int, stack: ExitStack) -> None:
    for _ in range(50):
        client = stack.enter_context(socket.create_connection((LOOPBACK, port), timeout=SECONDS))
        client.sendall(f"GET {METRICS} HTTP/1.1\r\nHost: agent\r\n\r\n".encode())
    _ask(port, METRICS)  # theirs have been made


def _idle_connections(port: int, stack: ExitStack) -> None:
    for _ in range(300):
        stack.enter_context(socket.create_connection((LOOPBACK, port), timeout=SECONDS))


TROUBLES: Final[tuple[Trouble, ...]] = (
    ("nothing", ("nothing",), SERIES, _nothing),
    (f"{WORKERS} workers hang", ("workers",), SERIES, _nothing),
    ("a collector of metrics hangs", ("collector",), SERIES, _nothing),
    ("50 readers read nothing of 5 MB", ("wide",), SERIES, _slow_readers),
    ("300 connections without a request", ("nothing",), SERIES, _idle_connections),
    ("one thread spins", ("spin",), SERIES, _nothing),
    ("three threads spin", ("spin", "spin", "spin"), SERIES, _nothing),
    (f"{5 * SERIES} series", ("nothing",), 5 * SERIES, _nothing),
)


class _Hanging(Collector):
    def collect(self) -> Iterator[Metric]:
        threading.Event().wait()
        return iter(())

    def describe(self) -> Iterator[Metric]:
        return iter(())


def _serve(troubles: tuple[str, ...], series: int) -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    logger = structlog.get_logger()
    board, crew = _board(logger)
    registry = CollectorRegistry()
    gauge = Gauge("beamer_things", "As long as others.", ["chain", "number"], registry=registry)
    for number in range(series):
        gauge.labels("x" * (WIDE if "wide" in troubles else NARROW), str(number)).set(number)
    server = HttpServer(registry, board.look, LOOPBACK, 0, Redactor(), logger)
    server.start()
    for number in range(WORKERS if "workers" in troubles else 0):
        part = CHAINS[number % len(CHAINS)]
        crew.start(f"Worker{number}[{part}]", _hang, part=part)
    _begin(troubles, registry, server.port)
    click.echo(server.port)
    sys.stdin.read()


def _begin(troubles: tuple[str, ...], registry: CollectorRegistry, port: int) -> None:
    if "collector" in troubles:
        registry.register(_Hanging())
        client = socket.create_connection((LOOPBACK, port))
        client.sendall(f"GET {METRICS} HTTP/1.1\r\nHost: agent\r\n\r\n".encode())
        threading.Thread(target=client.recv, args=(1,), daemon=True).start()
    for _ in range(troubles.count("spin")):
        threading.Thread(target=_spin, daemon=True).start()


def _board(logger: structlog.typing.FilteringBoundLogger) -> tuple[StatusBoard, Crew]:
    url = (SecretStr("http://h"),)
    config = Config(
        artifacts_dir=Path(),
        account=AccountConfig(path=Path(), password=SecretStr("")),
        chains={name: ChainConfig(rpc_url=url) for name in CHAINS},
    )
    clock = SystemClock()
    crew = Crew(clock, lambda _: None, logger)
    board = StatusBoard(config, clock)
    board.sources.readings = crew.readings
    return board, crew


def _hang() -> None:
    threading.Event().wait()


def _spin() -> None:
    while True:
        pass


if __name__ == "__main__":
    main()
