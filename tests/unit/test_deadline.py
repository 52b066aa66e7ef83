"""Deadlines of connections: what is left, and names; see also the tests against bad servers."""

import socket
import threading
import time

import pytest

from beamer_agent.rpc.deadline import Deadline, resolved

pytestmark = pytest.mark.unit


def test_a_deadline_that_is_over_leaves_nothing() -> None:
    """It is an error to wait then."""
    deadline = Deadline()
    deadline.at = time.monotonic() + 100.0
    assert 99.0 < deadline.left() <= 100.0
    deadline.at = time.monotonic()
    with pytest.raises(TimeoutError):
        deadline.left()


def test_each_thread_has_a_deadline_of_its_own() -> None:
    """Many share a transport."""
    deadline = Deadline()
    deadline.at = 0.0
    seen: list[float] = []
    thread = threading.Thread(target=lambda: seen.append(deadline.left()))
    thread.start()
    thread.join()
    assert seen == [float("inf")]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3"])
def test_an_address_need_not_be_looked_up(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Nor costs a thread."""
    monkeypatch.setattr("threading.Thread.start", lambda _: pytest.fail("a thread"))
    assert resolved(address, 80, 1.0) == [address]


def test_a_name_has_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the system."""
    found = [(2, 1, 6, "", ("10.0.0.1", 80)), (10, 1, 6, "", ("::1", 80, 0, 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    assert resolved("node.example", 80, 10.0) == ["10.0.0.1", "::1"]


@pytest.mark.parametrize(
    "error", [socket.gaierror(-2, "Name or service not known"), UnicodeError("too long")]
)
def test_a_name_that_does_not_exist_is_an_error_of_the_system(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Also one that cannot be encoded."""

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("socket.getaddrinfo", refuse)
    with pytest.raises(socket.gaierror):
        resolved("node.example", 80, 10.0)
