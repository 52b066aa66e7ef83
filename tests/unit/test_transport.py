"""HttpTransport without a network: how foreign errors are mapped, and what is never shown.

Against real sockets: `tests/integration/test_client_against_bad_servers.py`.
"""

import base64
import inspect
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Self

import pytest
import urllib3
import urllib3.exceptions as foreign

from beamer_agent.errors import (
    RpcError,
    RpcHttpError,
    RpcPayloadError,
    RpcTimeoutError,
    RpcUnreachableError,
)
from beamer_agent.rpc.transport import HttpTransport

pytestmark = pytest.mark.unit

SECRET = "0123456789abcdef"
URL = f"http://operator:p%40ss%C3%A4{SECRET}@node.example/v2/{SECRET}?key={SECRET}"


class FakePool:
    """In place of urllib3's pool: remembers requests, answers with a response or an error."""

    def __init__(self, *answers: Any) -> None:
        self.settings: dict[str, Any] = {}
        self.requests: list[tuple[str, str, bytes]] = []
        self.timeouts: list[urllib3.Timeout] = []
        self.is_closed = False
        self._answers = list(answers)

    def connect(self, _url: str, **settings: Any) -> Self:
        """In place of `connection_from_url`."""
        self.settings = settings
        return self

    def request(
        self, method: str, path: str, *, body: bytes, timeout: urllib3.Timeout, **_: Any
    ) -> Any:
        """The next answer."""
        self.timeouts.append(timeout)
        self.requests.append((method, path, body))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True


class FakeResponse:
    """A response whose pieces are read one after the other; an exception breaks it off."""

    def __init__(
        self, *pieces: bytes | Exception, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.status = status
        self.headers = headers or {}
        self.is_closed = False
        self.is_released = False
        self._pieces: Iterator[bytes | Exception] = iter(pieces)

    def read1(self, _amount: int) -> bytes:
        """The next piece; empty at the end."""
        piece = next(self._pieces, b"")
        if isinstance(piece, Exception):
            raise piece
        return piece

    def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True

    def release_conn(self) -> None:
        """Remember that its connection went back to the pool."""
        self.is_released = True


def connected(
    monkeypatch: pytest.MonkeyPatch, *answers: Any, **settings: float
) -> tuple[HttpTransport, FakePool]:
    """A transport on a pool with these answers."""
    pool = FakePool(*answers)
    monkeypatch.setattr("urllib3.connection_from_url", pool.connect)
    return HttpTransport(URL, **settings), pool  # type: ignore[arg-type]  # seconds only


def test_a_body_goes_out_once_and_comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the path and query of the URL, in as many pieces as it takes."""
    response = FakeResponse(b"an", b"swer")
    transport, pool = connected(monkeypatch, response)
    assert transport.post(b"question") == b"answer"
    assert pool.requests == [("POST", f"/v2/{SECRET}?key={SECRET}", b"question")]
    assert response.is_released


def test_nothing_is_repeated_or_followed_by_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction must not be sent twice behind our back."""
    transport, pool = connected(monkeypatch, FakeResponse(status=307))
    assert pool.settings["retries"] is False
    with pytest.raises(RpcHttpError) as caught:
        transport.post(b"")
    assert caught.value.status == 307
    assert len(pool.requests) == 1


def test_credentials_become_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """Percent-encoded characters are decoded before."""
    _, pool = connected(monkeypatch)
    credentials = base64.b64encode(f"operator:p@ssä{SECRET}".encode()).decode()
    assert pool.settings["headers"]["Authorization"] == f"Basic {credentials}"


@pytest.mark.parametrize("status", [201, 301, 400, 401, 413, 429, 500, 502, 503])
def test_any_other_status_is_an_http_error(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """With the status, on which the size of ranges depends."""
    transport, _ = connected(monkeypatch, FakeResponse(b"<html>", status=status))
    with pytest.raises(RpcHttpError) as caught:
        transport.post(b"")
    assert caught.value.status == status


def foreign_errors() -> list[Exception]:
    """One of every kind that urllib3 may raise, with a text that must not be shown."""
    made = []
    for kind in vars(foreign).values():
        if inspect.isclass(kind) and issubclass(kind, foreign.HTTPError):
            error = kind.__new__(kind)
            error.args = (f"/v2/{SECRET}",)
            made.append(error)
    return [
        *made,
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError("timed out"),
    ]


@pytest.mark.parametrize("error", foreign_errors(), ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("is_late", [False, True])
def test_every_foreign_error_is_mapped_and_shows_no_url(
    monkeypatch: pytest.MonkeyPatch, error: Exception, is_late: bool
) -> None:
    """At the connection or in the middle of a body."""
    answer = FakeResponse(b"half", error) if is_late else error
    transport, _ = connected(monkeypatch, answer)
    with pytest.raises(RpcError) as caught:
        transport.post(b"")
    assert SECRET not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_time_outs_are_told_from_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """What NewConnectionError inherits does not make a refused connection a time-out."""
    pool = urllib3.HTTPConnectionPool("node.example")
    refused = foreign.NewConnectionError(pool, "no")  # type: ignore[arg-type]  # any object will do
    refused.__cause__ = ConnectionRefusedError(111, "Connection refused")
    transport, _ = connected(
        monkeypatch,
        foreign.ReadTimeoutError(pool, "/", "slow"),
        foreign.ConnectTimeoutError("slow"),
        refused,
    )
    with pytest.raises(RpcTimeoutError, match="no answer in time"):
        transport.post(b"")
    with pytest.raises(RpcUnreachableError, match="no connection in time"):
        transport.post(b"")
    with pytest.raises(RpcUnreachableError, match=r"^Connection refused$"):
        transport.post(b"")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00", 0.0),
        ("soon", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999999999", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_an_endpoint_may_say_when_it_wants_to_be_asked_again(
    monkeypatch: pytest.MonkeyPatch, header: str, seconds: float | None
) -> None:
    """In seconds or by a date; nonsense says nothing."""
    response = FakeResponse(status=429, headers={"Retry-After": header})
    transport, _ = connected(monkeypatch, response)
    with pytest.raises(RpcHttpError) as caught:
        transport.post(b"")
    assert caught.value.retry_after == seconds


def test_a_date_is_counted_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """By this machine's clock."""
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    transport, _ = connected(monkeypatch, FakeResponse(status=503, headers={"Retry-After": date}))
    with pytest.raises(RpcHttpError) as caught:
        transport.post(b"")
    assert 3_500 < (caught.value.retry_after or 0) <= 3_600


def test_all_times_shrink_to_what_a_call_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is longer than the transport's own."""
    transport, pool = connected(monkeypatch, FakeResponse(b"a"), FakeResponse(b"b"))
    transport.post(b"", 2.0)
    transport.post(b"", 100.0)
    times = [(t.connect_timeout, t.read_timeout) for t in pool.timeouts]
    assert times == [(2.0, 2.0), (3.0, 10.0)]


def test_an_answer_without_measure_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it exhausts the memory."""
    monkeypatch.setattr("beamer_agent.rpc.transport.MOST_BYTES", 10)
    response = FakeResponse(*[b"....."] * 3)
    transport, _ = connected(monkeypatch, response)
    with pytest.raises(RpcPayloadError, match="too long"):
        transport.post(b"")
    assert response.is_closed


def test_a_certificate_of_another_host_is_told_without_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The library's text names it. Nothing was sent."""
    text = f"Hostname mismatch, certificate is not valid for '{SECRET}.example'"
    cause = ssl.SSLCertVerificationError(1, text)
    failure = foreign.SSLError(cause)
    failure.__cause__ = cause
    transport, _ = connected(monkeypatch, failure)
    with pytest.raises(RpcUnreachableError, match="no valid certificate") as caught:
        transport.post(b"")
    assert SECRET not in str(caught.value)


def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece comes in time, the whole does not; the place in the pool is free again."""
    response = FakeResponse(*[b"."] * 1_000)
    transport, _ = connected(monkeypatch, response, body_seconds=0.0)
    with pytest.raises(RpcTimeoutError, match="did not end in time"):
        transport.post(b"")
    assert response.is_closed
    assert response.is_released


def test_closing_closes_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no socket is left open."""
    transport, pool = connected(monkeypatch)
    transport.close()
    assert pool.is_closed
