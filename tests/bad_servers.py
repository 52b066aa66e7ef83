"""Servers on this machine that answer as they are told: badly, in part, or not at all."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

Reply = Callable[[socket.socket, Any], None]
"""Answers one parsed request on its connection, or does not."""


def http(body: bytes, status: str = "200 OK", length: int | None = None) -> bytes:
    """An HTTP response; its Content-Length may lie."""
    size = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


@contextmanager
def server(reply: Reply) -> Iterator[str]:
    """A server on this machine; its URL. Connections stay open until the end."""
    with ExitStack() as stack, closing(socket.create_server(("127.0.0.1", 0))) as listener:
        connections: list[socket.socket] = []  # closed by us only, so that silence stays silence

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connections.append(connection)
                threading.Thread(target=_answer, args=(connection, reply), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in connections:
            stack.enter_context(connection)


def _answer(connection: socket.socket, reply: Reply) -> None:
    with suppress(OSError):  # the client has gone
        reply(connection, read_request(connection))


def read_request(connection: socket.socket) -> Any:
    """What a client asks; it may ask more on the same connection."""
    stream = connection.makefile("rb")
    length = 0
    while (line := stream.readline().lower()) != b"\r\n":
        if not line:
            raise OSError("the client has gone")
        name, _, value = line.partition(b":")
        length = int(value) if name == b"content-length" else length
    return json.loads(stream.read(length))


def always(response: bytes) -> Reply:
    """The same bytes for everybody, then the end."""

    def reply(connection: socket.socket, _request: Any) -> None:
        connection.sendall(response)
        connection.shutdown(socket.SHUT_RDWR)

    return reply


def silent(_connection: socket.socket, _request: Any) -> None:
    """No answer, on a connection that stays open."""


class Replies:
    """A JSON-RPC endpoint: answers each method with one result; keeps what it was asked."""

    def __init__(self, **results: Any) -> None:
        self.asked: list[str] = []
        self._results = results

    def __call__(self, connection: socket.socket, request: Any) -> None:
        """Answer one HTTP request."""
        is_batch = isinstance(request, list)
        answers = [self._answer(call) for call in (request if is_batch else [request])]
        connection.sendall(http(json.dumps(answers if is_batch else answers[0]).encode()))
        connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, call: Any) -> dict[str, Any]:
        self.asked.append(call["method"])
        result = self._results.get(call["method"])
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}
