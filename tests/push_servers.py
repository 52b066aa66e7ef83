"""Web socket servers that behave like bad endpoints, on this machine."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from beamer_agent.devnet.anvil import HOST

Handler = Callable[[ServerConnection], None]


@contextmanager
def push_server(
    handler: Handler, status: HTTPStatus | None = None, port: int = 0
) -> Iterator[str]:
    """The ws:// URL of a server that does this with every connection.

    `status`: it refuses all of them with this.
    """

    def refuse(connection: ServerConnection, _request: Request) -> Response | None:
        return None if status is None else connection.respond(status, "no\n")

    with serve(handler, HOST, port, process_request=refuse, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://{HOST}:{server.socket.getsockname()[1]}"
        finally:
            server.shutdown()
            thread.join()


def ignore(connection: ServerConnection) -> None:
    """Takes everything and says nothing; pings are answered by the library."""
    with suppress(ConnectionClosed):
        while True:
            connection.recv()


def confirm(connection: ServerConnection) -> None:
    """Takes the subscription, and never tells of a block."""
    request = json.loads(connection.recv())
    connection.send(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": "0x1"}))
    ignore(connection)
