"""ChainClient against servers that answer badly, in part, or not at all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from beamer_agent.errors import (
    RpcConnectionError,
    RpcHttpError,
    RpcPayloadError,
    RpcTimeoutError,
    RpcUnreachableError,
)
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.transport import HttpTransport
from tests.bad_servers import Reply, always, http, read_request, server
from tests.doubles import make_client

pytestmark = pytest.mark.integration


@contextmanager
def asked(reply: Reply, **seconds: float) -> Iterator[ChainClient]:
    """A client of a server that answers like this."""
    limits = {"connect_seconds": 5.0, "read_seconds": 5.0} | seconds
    with server(reply) as url:
        transport = HttpTransport(url, **limits)  # type: ignore[arg-type]  # seconds only
        with closing(make_client(transport)) as client:
            yield client


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Welcome</body></html>",
        b"",
        b'{"jsonrpc":"2.0","id":1,"result":"0x5',
        b'{"jsonrpc":"2.0","id":99,"result":"0x539"}',
        b'[{"jsonrpc":"2.0","id":1,"result":"0x539"}]',
        b'{"jsonrpc":"2.0","id":1,"result":{}}',
    ],
)
def test_a_body_that_is_no_answer_is_a_payload_error(body: bytes) -> None:
    """HTML, nothing, JSON cut short, somebody else's answer, a list, another type."""
    with asked(always(http(body))) as client, pytest.raises(RpcPayloadError):
        client.chain_id()


@pytest.mark.parametrize("status", ["404 Not Found", "413 Too Large", "429 Slow Down", "502 Bad"])
def test_a_status_other_than_200_is_an_http_error(status: str) -> None:
    """Whatever the body says."""
    body = b'{"jsonrpc":"2.0","id":1,"result":"0x539"}'
    with asked(always(http(body, status))) as client, pytest.raises(RpcHttpError) as caught:
        client.chain_id()
    assert caught.value.status == int(status[:3])


def test_a_redirect_is_not_followed() -> None:
    """It could lead a signed transaction anywhere."""
    answer = (
        b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    )
    with asked(always(answer)) as client, pytest.raises(RpcHttpError) as caught:
        client.chain_id()
    assert caught.value.status == 307


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 ", http(b'{"jsonrpc"', length=1_000), b"not http at all\r\n\r\n"],
)
def test_a_connection_that_breaks_is_a_connection_error(answer: bytes) -> None:
    """Before the answer, in its head, in its body; and what is no HTTP."""
    with asked(always(answer)) as client, pytest.raises(RpcConnectionError):
        client.chain_id()


def test_a_server_that_never_answers_is_a_time_out() -> None:
    """After the time that was given; a transaction is not sent again behind our back."""
    requests: list[Any] = []
    with (
        asked(lambda _, request: requests.append(request), read_seconds=0.2) as client,
        pytest.raises(RpcTimeoutError),
    ):
        client.send_raw_transaction(b"\x01")
    assert [request["method"] for request in requests] == ["eth_sendRawTransaction"]


def test_a_server_that_stops_in_the_middle_is_a_time_out() -> None:
    """Its head came in time."""

    def reply(connection: socket.socket, _request: Any) -> None:
        connection.sendall(http(b'{"jsonrpc"', length=1_000))

    with asked(reply, read_seconds=0.2) as client, pytest.raises(RpcTimeoutError):
        client.chain_id()


def test_a_server_that_drips_for_ever_is_a_time_out() -> None:
    """Every piece is in time, the whole is not; its place in the pool is free again."""

    def reply(connection: socket.socket, _request: Any) -> None:
        connection.sendall(http(b"", length=1_000_000))
        while not stopped.wait(0.01):
            connection.sendall(b" ")

    stopped = threading.Event()
    with server(reply) as url:
        transport = HttpTransport(url, connections=1, read_seconds=5.0, body_seconds=0.1)
        with closing(make_client(transport)) as client:
            for _ in range(2):
                with pytest.raises(RpcTimeoutError, match="did not end in time"):
                    client.chain_id()
        stopped.set()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX-Long: ", http(b"", length=1_000_000)])
def test_a_server_that_drips_keeps_nobody_beyond_the_time_of_a_call(head: bytes) -> None:
    """In its head or in its body, although every piece is in time."""

    def reply(connection: socket.socket, _request: Any) -> None:
        connection.sendall(head)
        while not stopped.wait(0.01):
            connection.sendall(b" ")

    stopped = threading.Event()
    with server(reply) as url, closing(HttpTransport(url)) as transport:
        with pytest.raises(RpcTimeoutError):
            transport.post(b"{}", 0.2)
        stopped.set()


def test_a_call_has_all_its_time_on_a_connection_that_served_a_hurried_one() -> None:
    """What one call had left is not what the next one has."""
    release = threading.Event()
    served = threading.Event()

    def reply(connection: socket.socket, _request: Any) -> None:
        answer = b'{"jsonrpc":"2.0","id":1,"result":"0x1"}'
        connection.sendall(http(answer).replace(b"Connection: close\r\n", b""))
        read_request(connection)
        served.set()
        assert release.wait(5.0)
        connection.sendall(http(answer))

    with server(reply) as url, closing(HttpTransport(url, connections=1)) as transport:
        transport.post(b"{}", 0.5)
        slow = threading.Thread(target=lambda: answers.append(transport.post(b"{}")))
        answers: list[bytes] = []
        slow.start()
        assert served.wait(5.0)
        slow.join(0.7)  # longer than the first call had
        release.set()
        slow.join(5.0)
    assert len(answers) == 1


def test_a_name_whose_search_never_ends_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system has no time-out for it."""
    release = threading.Event()

    def search(*_args: Any, **_settings: Any) -> Any:
        release.wait(5.0)
        raise socket.gaierror("gone")

    monkeypatch.setattr("beamer_agent.rpc.deadline.socket.getaddrinfo", search)
    with (
        closing(HttpTransport("http://node.example/secret-key")) as transport,
        pytest.raises(RpcUnreachableError, match="no connection in time"),
    ):
        transport.post(b"{}", 0.1)
    assert all(t.daemon for t in threading.enumerate() if t.name == "Resolver")
    release.set()


def test_the_next_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first one is dead."""
    with server(always(http(b"answer"))) as url:
        port = int(url.rstrip("/").rpartition(":")[2])
        addresses = ["127.0.0.2", "127.0.0.1"]
        monkeypatch.setattr("beamer_agent.rpc.deadline._looked_up", lambda *_: addresses)
        with closing(HttpTransport(f"http://node.example:{port}/")) as transport:
            assert transport.post(b"{}") == b"answer"


def test_a_port_that_nobody_listens_on_is_a_connection_error() -> None:
    """In the system's words; the URL is not among them."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    client = make_client(HttpTransport(f"http://127.0.0.1:{port}/secret-key"))
    with closing(client), pytest.raises(RpcUnreachableError, match=r"^Connection refused$"):
        client.chain_id()


def test_a_name_that_does_not_exist_is_a_connection_error() -> None:
    """Names under `.invalid` never do."""
    client = make_client(HttpTransport("http://node.invalid/secret-key"))
    with closing(client), pytest.raises(RpcConnectionError) as caught:
        client.chain_id()
    assert "secret-key" not in str(caught.value)


def test_a_connection_that_was_closed_is_opened_anew() -> None:
    """Although the other side had said that it would keep it."""
    answers = iter([http(b"", "503 Busy"), http(b'{"jsonrpc":"2.0","id":2,"result":"0x1"}')])
    closed = threading.Event()

    def reply(connection: socket.socket, _request: Any) -> None:
        connection.sendall(next(answers).replace(b"Connection: close\r\n", b""))
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with asked(reply) as client:
        with pytest.raises(RpcHttpError):
            client.chain_id()
        assert closed.wait(5.0)
        assert client.chain_id() == 1
