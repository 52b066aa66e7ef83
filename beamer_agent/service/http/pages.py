"""Pages of the HTTP server: a status and a registry in, answers out.

Nothing here waits: a status is a look at what workers left, not a question to them.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app

from beamer_agent.logging import Redactor
from beamer_agent.service.http.paths import HEALTH, METRICS, PATHS, READINESS, STATUS
from beamer_agent.service.http.status_json import plain_json, table_json
from beamer_agent.service.readiness import hindrances
from beamer_agent.service.status import Status

METHODS: Final = ("GET", "HEAD")

Look = Callable[[], Status]
"""Tells the status now; at once, in any thread."""

_OK: Final = "200 OK"
_UNAVAILABLE: Final = "503 Service Unavailable"
_JSON: Final = "application/json"
_TEXT: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Response:
    """To one request; `status` is code and reason."""

    status: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


Page = Callable[[Status, Redactor], Response]


def pages(registry: CollectorRegistry, look: Look, redactor: Redactor) -> WSGIApplication:
    """The application behind all paths."""
    metrics = make_wsgi_app(registry)

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        answer = _refusal(path, method)
        if answer is None and path == METRICS:
            return _metrics(metrics, environ, start_response)
        if answer is None:
            answer = _PAGES[path](look(), redactor)
        length = ("Content-Length", str(len(answer.body)))
        fresh = ("Cache-Control", "no-store")
        content = ("Content-Type", answer.content_type)
        start_response(answer.status, [content, length, fresh, *answer.headers])
        return [] if method == "HEAD" else [answer.body]

    return serve


def _refusal(path: str, method: str) -> Response | None:
    if path not in PATHS:
        names = ", ".join(PATHS[:-1]) + " and " + PATHS[-1]
        return Response("404 Not Found", _TEXT, f"There are only {names} here.\n".encode())
    if method not in METHODS:
        allowed = ("Allow", ", ".join(METHODS))
        sentence = b"Nothing can be changed here: GET and HEAD only.\n"
        return Response("405 Method Not Allowed", _TEXT, sentence, (allowed,))
    return None


def _metrics(
    application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """As Prometheus reads them; of HEAD, which its library refuses, what GET would say."""
    body = b"".join(
        application(
            {**environ, "REQUEST_METHOD": "GET"},
            lambda status, headers, *_: start_response(status, headers),
        )
    )
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _health(status: Status, redactor: Redactor) -> Response:
    seconds = status.supervisor_turned_seconds_ago
    content = {
        "is_alive": status.is_alive,
        "service": table_json(status.service, redactor),
        "supervisor_turned_seconds_ago": plain_json(seconds, redactor),
    }
    return _json(status.is_alive, content)


def _readiness(status: Status, redactor: Redactor) -> Response:
    found = hindrances(status)
    hindered = {hindrance.part for hindrance in found}
    content = {
        "is_ready": not found,
        "ready": [each.name for each in status.directions if each.name not in hindered],
        "hindrances": [table_json(hindrance, redactor) for hindrance in found],
    }
    return _json(not found, content)


def _status(status: Status, redactor: Redactor) -> Response:
    return _json(True, table_json(status, redactor))


def _json(is_well: bool, content: Mapping[str, Any]) -> Response:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)
    return Response(_OK if is_well else _UNAVAILABLE, _JSON, text.encode() + b"\n")


_PAGES: Final[Mapping[str, Page]] = {HEALTH: _health, READINESS: _readiness, STATUS: _status}
