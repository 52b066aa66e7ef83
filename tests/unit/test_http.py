"""HttpServer: metrics on the loopback interface, and a port that is given back."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from prometheus_client import CollectorRegistry, Counter

from beamer_agent.errors import ConfigurationError
from beamer_agent.service.http import HOST, HttpServer, _routes

SECONDS = 5.0


@pytest.fixture
def registry() -> CollectorRegistry:
    """One counter, at 3."""
    registry = CollectorRegistry()
    Counter("things", "Things.", registry=registry).inc(3)
    return registry


@pytest.fixture
def server(registry: CollectorRegistry) -> Iterator[HttpServer]:
    """A server on a free port, not started."""
    server = HttpServer(registry, 0)
    yield server
    server.stop()


def ask(registry: CollectorRegistry, path: str) -> tuple[str, bytes]:
    """Status and body, without a network."""
    statuses: list[str] = []

    def start_response(status: str, *_: Any) -> Any:
        statuses.append(status)

    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    body = b"".join(_routes(registry)(environ, start_response))
    return statuses[0], body


@pytest.mark.unit
def test_metrics_are_served(registry: CollectorRegistry) -> None:
    """As Prometheus reads them."""
    status, body = ask(registry, "/metrics")
    assert status == "200 OK"
    assert b"things_total 3.0" in body


@pytest.mark.unit
@pytest.mark.parametrize("path", ["/", "/metrics/x", "/favicon.ico"])
def test_there_is_nothing_else(registry: CollectorRegistry, path: str) -> None:
    """A clear no."""
    status, body = ask(registry, path)
    assert status == "404 Not Found"
    assert b"/metrics" in body


@pytest.mark.unit
def test_port_in_use_is_the_operators_business(
    registry: CollectorRegistry, server: HttpServer
) -> None:
    """The sentence names the key and the port."""
    with pytest.raises(ConfigurationError) as failure:
        HttpServer(registry, server.port)
    assert failure.value.faults[0].startswith(
        f"metrics.prometheus-port: port {server.port} cannot be used"
    )


@pytest.mark.unit
def test_server_that_was_not_started_can_be_stopped(server: HttpServer) -> None:
    """And gives its port back."""
    server.stop()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, server.port))


@pytest.mark.integration
def test_running_server_answers_and_stops_quickly(
    server: HttpServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a word per scrape; shutdown has two seconds for everything."""
    server.start()
    response = urllib3.request("GET", f"http://{HOST}:{server.port}/metrics", timeout=SECONDS)
    assert b"things_total 3.0" in response.data
    started = time.monotonic()
    server.stop()
    assert time.monotonic() - started < 0.4
    assert capfd.readouterr() == ("", "")
