"""`beamer-agent health`: sentences about a running agent, and an exit code."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from prometheus_client import CollectorRegistry

from beamer_agent.cli import health
from beamer_agent.config.model import LOOPBACK
from beamer_agent.logging import Redactor
from beamer_agent.service.http.server import HttpServer
from beamer_agent.service.status import StateStatus, Status
from tests.bad_servers import http
from tests.cli_runs import enter_working_directory, invoke
from tests.made_status import direction_status, made_status

pytestmark = pytest.mark.integration

WAITING = StateStatus("waiting", 3.0, "l2b does not answer")
LATE = made_status(supervisor_turned_seconds_ago=14.0)
HINDERED = made_status(
    directions=(direction_status(), direction_status("l2b->l2a", state=WAITING, is_ready=False))
)


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enter_working_directory(tmp_path, monkeypatch)


@contextmanager
def agent(status: Status) -> Iterator[int]:
    """The port of an agent that is like this."""
    registry, logger = CollectorRegistry(), structlog.get_logger()
    served = HttpServer(registry, lambda: status, LOOPBACK, 0, Redactor(), logger)
    served.start()
    try:
        yield served.port
    finally:
        served.stop()


@pytest.mark.parametrize(
    ("status", "flags", "exit_code", "sentences"),
    [
        (made_status(), (), 0, ["l2a->l2b is ready.", "l2b->l2a is ready."]),
        (made_status(), ("--ready",), 0, ["l2a->l2b is ready.", "l2b->l2a is ready."]),
        (
            HINDERED,
            (),
            1,
            [
                "l2a->l2b is ready.",
                "l2b->l2a is not ready (waiting): l2b does not answer.",
            ],
        ),
        (
            HINDERED,
            ("--live",),
            0,
            ["The agent lives (running): its supervisor turned 0.2 s ago."],
        ),
        (LATE, (), 0, ["l2a->l2b is ready.", "l2b->l2a is ready."]),
        (
            LATE,
            ("--live",),
            1,
            ["The agent hangs (running): its supervisor turned 14.0 s ago."],
        ),
    ],
)
def test_a_sentence_for_each_and_one_exit_code(
    status: Status, flags: tuple[str, ...], exit_code: int, sentences: list[str]
) -> None:
    """0: well, 1: not; scripts need nothing else."""
    with agent(status) as port:
        result = invoke("health", "--url", f"http://{LOOPBACK}:{port}/", *flags)
    assert result.stdout.splitlines() == sentences
    assert (result.exit_code, result.stderr) == (exit_code, "")


def test_configuration_says_where_to_ask(tmp_path: Path) -> None:
    """`[metrics]` is enough: a container's probe has no account; options beat the file, too."""
    path = tmp_path / "metrics.toml"
    with agent(made_status()) as port:
        for host in (LOOPBACK, "0.0.0.0"):  # noqa: S104
            path.write_text(f'[metrics]\nhost = "{host}"\nprometheus-port = {port}\n')
            assert invoke("health", "--config", str(path)).exit_code == 0
            assert invoke("--config", str(path), "health").exit_code == 0
        variable = {"BEAMER_AGENT_METRICS_PROMETHEUS_PORT": str(port)}
        assert invoke("health", "--config", "agent.toml", **variable).exit_code == 0
        assert invoke("health", **variable).exit_code == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "metrics.prometheus-port: is missing; set it, or give --url"),
        (
            "metrics.prometheus-port = 0",
            "metrics.prometheus-port: 0 may be any port; set it, or give --url",
        ),
        ("metrics.prometheus-port = 'x'", "metrics.prometheus-port: must be a whole number"),
    ],
)
def test_agent_without_a_known_port_cannot_be_asked(tmp_path: Path, text: str, fault: str) -> None:
    """The sentence says what to do."""
    path = tmp_path / "metrics.toml"
    path.write_text(text)
    result = invoke("health", "--config", str(path))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {fault}")


@pytest.mark.parametrize("url", ["", "127.0.0.1:9000", "ftp://a", "http://", "http://[::1"])
def test_url_that_is_none(url: str) -> None:
    """Exit code 2, as other bad words."""
    result = invoke("health", "--url", url)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--url: must be an http:// or https:// URL" in result.stderr


def test_nobody_there_is_exit_code_2() -> None:
    """With the reason, and without the password that a URL may have."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
    result = invoke("health", "--url", f"http://me:secret@{LOOPBACK}:{port}")
    assert (result.exit_code, result.stdout) == (2, "")
    sentence = f"Error: http://{LOOPBACK}:{port} does not answer: Connection refused\n"
    assert result.stderr == sentence


@pytest.mark.parametrize(
    "answer",
    [
        http(b"<html>", "502 Bad Gateway"),
        http(b"[]"),
        http(b"{}"),
        http(b"null"),
        http(b'{"is_ready": true, "ready": 5, "hindrances": []}'),
        http(b"", "302 Found"),
        b"nonsense\r\n\r\n",
    ],
)
def test_others_are_no_agent(answer: bytes) -> None:
    """Whatever they say."""
    with raw_server(lambda connection: connection.sendall(answer)) as url:
        result = invoke("health", "--url", url)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {url} does not answer")
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_answer_nested_without_end_is_no_agents() -> None:
    """It is no reason to end with a traceback, and the exit code of an agent that is not well."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)  # as it is outside of tests
    try:
        with raw_server(lambda connection: connection.sendall(http(b"[" * 5_000))) as url:
            result = invoke("health", "--url", url)
    finally:
        sys.setrecursionlimit(limit)
    assert result.exit_code == 2
    assert result.stderr == f"Error: {url} does not answer as an agent does\n"


def test_answer_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then keeps every socket's timeout away; whole seconds are the limit."""
    monkeypatch.setattr(health, "SECONDS", 0.5)
    is_over = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not is_over.wait(0.1):
            connection.sendall(b"X-Y: z\r\n")

    with raw_server(trickle) as url:
        started = time.monotonic()
        result = invoke("health", "--url", url)
        assert time.monotonic() - started < 4
        is_over.set()
    assert result.exit_code == 2
    assert result.stderr == f"Error: {url} does not answer within 0.5 s\n"


def test_answer_cannot_command_the_terminal() -> None:
    """Whoever listens there may be anybody."""
    hindrance = {"part": "a", "state": "b", "reason": "\x1b[2J\ud800"}
    body = json.dumps({"is_ready": False, "ready": [], "hindrances": [hindrance]}).encode()
    with raw_server(lambda connection: connection.sendall(http(body))) as url:
        result = invoke("health", "--url", url)
    assert (result.exit_code, result.stdout) == (1, "a is not ready (b): ?[2J?.\n")


@contextmanager
def raw_server(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers one connection like this; its URL."""
    with socket.create_server((LOOPBACK, 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                reply(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        thread.join()
