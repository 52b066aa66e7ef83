"""Pages: what each path says of a status."""

import json
from dataclasses import replace
from typing import Any
from wsgiref.headers import Headers

import pytest
from prometheus_client import CollectorRegistry, Counter

from beamer_agent.logging import Redactor
from beamer_agent.service.http.pages import pages
from beamer_agent.service.http.paths import PATHS
from beamer_agent.service.status import SUPERVISOR_SECONDS, StateStatus, Status, WorkerStatus
from tests.made_status import direction_status, made_status

pytestmark = pytest.mark.unit

KEY = "abcdef0123456789abcdef"


class Reply:
    """What a page says to a request."""

    def __init__(self, path: str, status: Status | None = None, method: str = "GET") -> None:
        registry = CollectorRegistry()
        Counter("things", "Things.", registry=registry).inc(3)
        serve = pages(registry, lambda: status or made_status(), Redactor([KEY]))
        environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": ""}
        self.body = b"".join(serve(environ, self._start))

    def _start(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        self.status, self.headers = status, Headers(headers)

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


def test_metrics_are_as_prometheus_reads_them() -> None:
    """The whole registry."""
    reply = Reply("/metrics")
    assert reply.status == "200 OK"
    assert b"things_total 3.0" in reply.body


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics/x", "/api", "/favicon.ico"])
def test_elsewhere_there_is_nothing(path: str) -> None:
    """A clear no, that names what there is."""
    reply = Reply(path)
    assert reply.status == "404 Not Found"
    assert all(each in reply.body.decode() for each in PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_can_be_changed(path: str) -> None:
    """The answer says what is allowed."""
    reply = Reply(path, method="POST")
    assert reply.status == "405 Method Not Allowed"
    assert reply.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", [*PATHS, "/elsewhere"])
def test_head_is_get_without_body(path: str) -> None:
    """Status and headers are the same."""
    head, get = Reply(path, method="HEAD"), Reply(path)
    assert head.body == b""
    assert (head.status, head.headers.items()) == (get.status, get.headers.items())


def test_health_is_that_the_supervisor_turns() -> None:
    """Whether chains answer is no matter of it: no restart would bring them back."""
    down = made_status(service=StateStatus("error", 70.0, "no chain answers"))
    reply = Reply("/healthz", down)
    assert reply.status == "200 OK"
    assert reply.json["is_alive"] is True
    assert reply.json["service"]["state"] == "error"
    late = made_status(supervisor_turned_seconds_ago=SUPERVISOR_SECONDS + 0.1)
    assert Reply("/healthz", late).status == "503 Service Unavailable"
    assert Reply("/healthz", late).json["is_alive"] is False


def test_supervisor_that_never_turned_is_no_broken_json() -> None:
    """JSON has no infinity."""
    reply = Reply("/healthz", made_status(supervisor_turned_seconds_ago=float("inf")))
    assert reply.status == "503 Service Unavailable"
    assert reply.json["supervisor_turned_seconds_ago"] is None


def test_ready_when_every_direction_can_act() -> None:
    """They are named."""
    reply = Reply("/readyz")
    assert reply.status == "200 OK"
    assert reply.json == {"is_ready": True, "ready": ["l2a->l2b", "l2b->l2a"], "hindrances": []}


def test_what_cannot_act_is_named_with_the_reason() -> None:
    """And what can."""
    waiting = StateStatus("waiting", 3.0, "l2b does not answer")
    status = made_status(
        directions=(direction_status(state=waiting, is_ready=False), direction_status("b->a"))
    )
    reply = Reply("/readyz", status)
    assert reply.status == "503 Service Unavailable"
    hindrance = {"part": "l2a->l2b", "state": "waiting", "reason": "l2b does not answer"}
    assert reply.json == {"is_ready": False, "ready": ["b->a"], "hindrances": [hindrance]}


def test_thread_that_does_not_come_back_is_no_readiness() -> None:
    """Its part is named, though its state is as good as ever."""
    stuck = WorkerStatus("EventProcessor[l2a->l2b]", "l2a->l2b", 0, True, 500.0, 9, 0, None)
    reply = Reply("/readyz", made_status(workers=(stuck,)))
    assert reply.status == "503 Service Unavailable"
    assert [each["part"] for each in reply.json["hindrances"]] == ["l2a->l2b"]
    assert reply.json["ready"] == ["l2b->l2a"]


def test_status_has_amounts_that_no_reader_rounds() -> None:
    """They are decimal text; everything else is as in Python."""
    content = Reply("/api/status").json
    (stage,) = content["directions"][0]["stages"]
    assert stage["values"] == {"USDC": "25000000000000000000", "wei": "20000000000000000"}
    assert content["service"] == {"state": "running", "seconds": 3600.25, "reason": None}
    assert content["chains"][0]["head"] == 4_200
    assert content["details"]["version"] == "0.1.0"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/status"])
def test_no_page_shows_a_credential(path: str) -> None:
    """Words of libraries may repeat an endpoint's URL."""
    words = f"POST https://rpc.example/v2/{KEY} failed"
    state = StateStatus("waiting", 3.0, words)
    worker = WorkerStatus("EventMonitor[l2a]", "l2a", 0, False, 0.3, 7, 3, words)
    status = made_status(
        service=replace(state, state="error"),
        directions=(direction_status(state=state, is_ready=False),),
        workers=(worker,),
    )
    text = Reply(path, status).body.decode()
    assert KEY not in text
    assert "rpc.example" in text
