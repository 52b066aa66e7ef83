"""The HTTP server of an agent: `/metrics`, on the loopback interface."""

import threading
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app

from beamer_agent.errors import ConfigurationError

HOST: Final = "127.0.0.1"
STOP_POLL_SECONDS: Final = 0.1
"""How long `stop` may have to wait for the thread (invariant I6)."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is not worth a line."""


class HttpServer:
    """Serves the metrics in a thread of its own.

    Args:
        port: 0 takes a free one; see `port`.

    Raises:
        ConfigurationError: the port cannot be had.
    """

    def __init__(self, registry: CollectorRegistry, port: int) -> None:
        try:
            self._server = make_server(
                HOST, port, _routes(registry), server_class=_Server, handler_class=_QuietHandler
            )
        except OSError as error:
            sentence = f"metrics.prometheus-port: port {port} cannot be used: {error.strerror}"
            raise ConfigurationError([sentence]) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(STOP_POLL_SECONDS,),
            name="HttpServer",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    def start(self) -> None:
        """Answer from now on; once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and give the port back."""
        if self._thread.ident is not None:
            self._server.shutdown()
        self._server.server_close()


def _routes(registry: CollectorRegistry) -> WSGIApplication:
    metrics = make_wsgi_app(registry)

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == "/metrics":
            response: Iterable[bytes] = metrics(environ, start_response)
            return response
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is only /metrics here.\n"]

    return serve
