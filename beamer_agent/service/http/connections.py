"""Connections of the HTTP server, made with waitress: who reads slowly is in nobody's way.

    Doorkeeper (one thread: all reading and writing) --requests--> Lane "quick" (one thread)
                                                     `-----------> Lane "metrics" (one thread)

An answer is made as a whole and then written by the doorkeeper, piece by piece, as fast as its
reader takes it; no thread waits for a reader. Each connection gets one answer, and is closed when
it is too old, or the oldest of too many.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from beamer_agent.service.http.paths import METRICS

MOST_CONNECTIONS: Final = 100
MOST_SECONDS: Final = 30
"""That a connection may last; Prometheus gives up after 10 unless it is told otherwise."""
CLEANUP_SECONDS: Final = 5
DEAF_SECONDS: Final = 0.5
"""When a connection could not be taken: the process has no file left to open for it."""
MOST_HEADER_BYTES: Final = 16_384
MOST_BODY_BYTES: Final = 16_384
"""Of a request: nobody needs one here."""
NO_TEMPORARY_FILES: Final = 2**30
"""Bytes from which on waitress would write an answer to disk, or wait for its reader."""


class OneAnswer(WSGITask):
    """The last one of its connection: an idle connection is one that somebody else lacks."""

    def execute(self) -> None:
        """Let the application answer."""
        self.set_close_on_finish()
        super().execute()


class BriefConnection(HTTPChannel):
    """A connection that gets one answer."""

    task_class = OneAnswer


class Lane(ThreadedTaskDispatcher):
    """One thread that answers requests, one after the other."""

    # That requests queue is no news: each of them is answered, or closed by the doorkeeper.
    queue_logger = logging.Logger("silent", logging.CRITICAL + 1)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.set_thread_count(1)

    def start_new_thread(self, target: Callable[[int], Any], thread_no: int) -> None:
        """Its thread does not keep the process."""
        threading.Thread(
            target=target, args=(thread_no,), name=f"HttpServer[{self._name}]", daemon=True
        ).start()


class Lanes(ThreadedTaskDispatcher):
    """What takes long has a lane of its own, so that what is quick need not wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._quick = Lane("quick")
        self._metrics = Lane("metrics")

    def add_task(self, task: Any) -> None:
        """Queue a connection whose request has come."""
        # An undecipherable one has no path.
        path = "/" + getattr(task.requests[0], "path", "").lstrip("/")
        (self._metrics if path == METRICS else self._quick).add_task(task)

    def stop(self) -> None:
        """Let the threads end; one that hangs ends with the process."""
        self._quick.set_thread_count(0)
        self._metrics.set_thread_count(0)


class Doorkeeper(TcpWSGIServer):
    """Reads requests, hands them to a lane, writes answers; `run` in one thread.

    Args:
        listening: the socket; closed by `close_everything`.
    """

    channel_class = BriefConnection

    def __init__(self, application: WSGIApplication, listening: socket.socket) -> None:
        self._sockets: dict[int, Any] = {}
        self._lanes = Lanes()
        self._deaf_until = 0.0
        super().__init__(
            application,
            map=self._sockets,
            _sock=listening,
            dispatcher=self._lanes,
            adj=_adjustments(),
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
            bind_socket=False,
        )

    def handle_accept(self) -> None:
        """Take a new connection; of too many the oldest goes, so that a new one always can."""
        super().handle_accept()
        connections = self._connections()
        if len(connections) > MOST_CONNECTIONS:
            min(connections, key=lambda connection: connection.creation_time).handle_close()

    def accept(self) -> Any:
        """Take one; where that fails, it would fail again at once, and keep a processor busy."""
        try:
            return super().accept()
        except OSError:
            self._deaf_until = time.monotonic() + DEAF_SECONDS
            raise

    def readable(self) -> bool:
        """Whether new connections are listened for."""
        return super().readable() and time.monotonic() >= self._deaf_until

    def maintenance(self, now: float) -> None:
        """Close what has lasted too long, also when its reader never takes a byte."""
        for connection in self._connections():
            if connection.creation_time < now - MOST_SECONDS:
                connection.handle_close()

    def ask_to_end(self) -> None:
        """Make `run` return with everything closed; for any thread while `run` is running."""
        self._lanes.stop()
        trigger: Any = self.trigger  # waitress's stubs take it for a number
        trigger.pull_trigger(self.close_everything)

    def close_everything(self) -> None:
        """Give port and connections back; in the thread of `run`, or without one."""
        self._lanes.stop()
        wasyncore.close_all(self._sockets, ignore_all=True)

    def _connections(self) -> list[HTTPChannel]:
        active: Any = self.active_channels  # waitress's stubs take it for one of them
        return list(active.values())


def _adjustments() -> Adjustments:
    return Adjustments(
        ident="",
        asyncore_use_poll=True,  # `select` ends the thread when the process has 1024 files open
        log_socket_errors=False,
        connection_limit=2 * MOST_CONNECTIONS,  # never reached: see `handle_accept`
        cleanup_interval=CLEANUP_SECONDS,
        max_request_header_size=MOST_HEADER_BYTES,
        max_request_body_size=MOST_BODY_BYTES,
        inbuf_overflow=2 * MOST_BODY_BYTES,
        outbuf_overflow=NO_TEMPORARY_FILES,
        outbuf_high_watermark=NO_TEMPORARY_FILES,
    )
