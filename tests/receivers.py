"""A receiver of messages and heartbeats on this machine, which can refuse them or hang."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"


class Receiver:
    """A context manager: listens inside, on a port that it keeps.

    Args:
        port: 0 takes a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self.messages: list[dict[str, Any]] = []
        """What was posted."""
        self.paths: list[str] = []
        """What was asked for by GET."""
        self.status = 200
        self.hangs = False
        """Whether requests get no answer before the end."""
        self.held = 0
        """How many wait for theirs."""
        self._ended = threading.Event()
        self._server = _Server((HOST, port), _handler(self))
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        """Listen."""
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End, those that hang too."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def titles(self) -> list[str]:
        """Of the messages."""
        return [message["title"] for message in self.messages]

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """One request."""
        if self.hangs:
            self.held += 1
            self._ended.wait()
            return
        if request.command == "POST":
            body = request.rfile.read(int(request.headers["Content-Length"]))
            if self.status == 200:
                self.messages.append(json.loads(body))
        else:
            self.paths.append(request.path)
        request.send_response(self.status)
        request.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            receiver.take(self)

        def do_POST(self) -> None:
            receiver.take(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    return Handler
