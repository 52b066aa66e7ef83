"""Proxy: a JSON-RPC endpoint in front of a chain, with faults that come and go."""

import contextlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import urllib3

from beamer_agent.devnet.anvil import HOST
from beamer_agent.devnet.chain import LocalChain
from tests.faults.exchange import Behaviour, Exchange, Reply

CONNECTIONS = 64
POLL_SECONDS = 0.01

_HEADERS = {"Content-Type": "application/json"}


class Proxy:
    """A context manager: it listens inside; every connection and thread has gone after.

    Args:
        chain: answers behind it.
    """

    def __init__(self, chain: LocalChain) -> None:
        self.chain = chain
        self._node = urllib3.connection_from_url(
            chain.url, maxsize=CONNECTIONS, retries=False, headers=_HEADERS
        )
        self._server: _Server | None = None
        self._listener = threading.Thread()
        self._behaviour: Behaviour | None = None
        self._is_over = threading.Event()
        self._port = 0
        self.asked = 0
        """Requests of all time."""
        self.hits = 0
        """Requests that met the last fault."""
        self.failures: list[BaseException] = []
        """Defects of the proxy itself."""

    def __enter__(self) -> Self:
        """Answer truthfully."""
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Break what is open and end the threads."""
        self.close()
        self._node.close()

    @property
    def url(self) -> str:
        """The same whether it is open or closed."""
        return f"http://{HOST}:{self._port}"

    @property
    def is_closed(self) -> bool:
        """Whether nobody listens."""
        return self._server is None

    def begin(self, behaviour: Behaviour) -> None:
        """Do this to every request from now on."""
        self._is_over = threading.Event()
        self.hits = 0
        self._behaviour = behaviour

    def heal(self) -> None:
        """Tell the truth from now on; what still waits for an answer is let go."""
        self._behaviour = None
        self._is_over.set()
        if self._server is None:
            self.open()

    def open(self) -> None:
        """Listen at the URL."""
        self._server = _Server(self, self._port)
        self._port = self._server.server_port
        self._listener = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,))
        self._listener.start()

    def close(self) -> None:
        """Refuse and break all connections; nothing happens when it is closed already."""
        self._is_over.set()
        if self._server is not None:
            self._server.shutdown()
            self._listener.join()
            self._server.break_connections()
            self._server.server_close()
            self._server = None

    def reply(self, body: bytes) -> Reply | None:
        """What goes back for a request's body; None when the connection is to be closed."""
        self.asked += 1
        behaviour, is_over = self._behaviour, self._is_over
        exchange = Exchange(body, self.ask_node, is_over)
        if behaviour is None:
            return exchange.served()
        self.hits += 1
        return behaviour(exchange)

    def ask_node(self, body: bytes) -> bytes:
        """What the chain answers, whatever the fault."""
        return self._node.request("POST", "/", body=body).data


class _Server(ThreadingHTTPServer):
    """A thread per connection, all of which end with it."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, proxy: Proxy, port: int) -> None:
        self.proxy = proxy
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()  # protects `_open`
        super().__init__((HOST, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def break_connections(self) -> None:
        """Close them under their threads."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # That the other side has gone is nothing special here.
        if not isinstance(error := sys.exception(), OSError) and error is not None:
            self.proxy.failures.append(error)


class _Handler(BaseHTTPRequestHandler):
    """Reads a request and writes what the proxy makes of it."""

    server: _Server
    protocol_version = "HTTP/1.1"
    # Headers and body in one piece, at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        reply = self.server.proxy.reply(self.rfile.read(int(self.headers["Content-Length"])))
        if reply is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body)
        self.close_connection = self.close_connection or reply.is_cut

    def log_message(self, *_: Any) -> None:
        """Nothing: stderr belongs to the tests."""
