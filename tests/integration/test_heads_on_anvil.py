"""HeadSubscription over real web sockets: anvil's, and those of servers that behave badly."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest

from beamer_agent.clock import Clock, SystemClock
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError, RpcConnectionError, RpcHttpError, RpcTimeoutError
from beamer_agent.events.heads import (
    CONFIRM_SECONDS,
    FIRST_PAUSE_SECONDS,
    SILENT_SECONDS,
    HeadSubscription,
)
from beamer_agent.rpc.push import push_endpoints
from beamer_agent.rpc.web_socket import WebSocket
from beamer_agent.types import BlockNumber
from beamer_agent.worker import Worker
from tests.doubles import FakeClock, RecordingLogger
from tests.e2e.endpoints import silent_endpoint
from tests.factories import SOURCE
from tests.push_servers import confirm, ignore, push_server

pytestmark = pytest.mark.integration

KEY = "0123456789abcdef-secret-key"
SOON_SECONDS = 1.5
"""What the agent waits for its workers when it ends."""


class Ear:
    """Subscriptions of a test, and how often they were told of a block."""

    def __init__(self, stack: ExitStack) -> None:
        self.log = RecordingLogger()
        self.heads = threading.Semaphore(0)
        self.failures: list[FatalError] = []
        self._stack = stack

    def subscribe(self, urls: Sequence[str], clock: Clock) -> HeadSubscription:
        """One that listens step by step."""
        subscription = HeadSubscription(
            SOURCE, push_endpoints("l2a", urls), self.heads.release, clock, self.log.logger
        )
        self._stack.callback(subscription.close)
        return subscription

    def listen(self, *urls: str) -> Worker:
        """One that listens in a thread of its own."""
        worker = Worker(
            "HeadSubscription",
            self.subscribe(urls, SystemClock()).step,
            wake=threading.Event(),
            on_fatal=self.failures.append,
            logger=self.log.logger,
        )
        self._stack.callback(worker.join, 10.0)
        self._stack.callback(worker.stop)
        worker.start()
        return worker


@pytest.fixture
def ear() -> Iterator[Ear]:
    """No thread in it may end by itself, and no credential may be logged."""
    with ExitStack() as stack:
        ear = Ear(stack)
        yield ear
    assert ear.failures == []
    assert KEY not in str(ear.log.lines)


def push_url(chain: LocalChain) -> str:
    """Where anvil tells of its blocks."""
    return chain.url.replace("http://", "ws://")


def test_each_block_is_told_at_once(ear: Ear, anvil: LocalChain) -> None:
    """Also when the first endpoint of two does not answer."""
    ear.listen("ws://127.0.0.1:9", push_url(anvil))
    wait_until(lambda: _is_told(ear, anvil), "the first head")
    for _ in range(3):
        while ear.heads.acquire(blocking=False):
            pass
        anvil.mine()
        assert ear.heads.acquire(timeout=SOON_SECONDS)


def _is_told(ear: Ear, anvil: LocalChain) -> bool:
    anvil.mine()
    return ear.heads.acquire(timeout=0.2)


def test_a_listener_ends_soon_when_it_is_stopped(ear: Ear, anvil: LocalChain) -> None:
    """Whether blocks come or not."""
    worker = ear.listen(push_url(anvil))
    wait_until(lambda: _is_told(ear, anvil), "the first head")
    started = time.monotonic()
    worker.stop()
    assert worker.join(SOON_SECONDS)
    assert time.monotonic() - started < SOON_SECONDS


def test_a_listener_ends_soon_while_a_server_never_speaks(ear: Ear) -> None:
    """Though its socket is not open yet, and would not be for seconds."""
    with silent_endpoint() as url:
        worker = ear.listen(url.replace("http", "ws"))
        assert not worker.join(0.2)
        worker.stop()
        assert worker.join(SOON_SECONDS)


def test_a_listener_between_two_attempts_ends_at_once(ear: Ear) -> None:
    """Its pause is cut short."""
    worker = ear.listen("ws://127.0.0.1:9")
    wait_until(lambda: ear.log.lines, "the first failure")
    worker.stop()
    assert worker.join(0.5)


def test_a_server_that_accepts_and_never_speaks_is_given_up() -> None:
    """Before the handshake is over."""
    with silent_endpoint() as url, pytest.raises(RpcTimeoutError):
        WebSocket(url.replace("http", "ws"), open_seconds=0.2)


def test_a_server_that_never_confirms_is_given_up(ear: Ear) -> None:
    """The handshake went well, and pings are answered."""
    clock = FakeClock()
    with push_server(ignore) as url:
        subscription = ear.subscribe([url], clock)
        assert subscription.step() == 0.0
        clock.advance(CONFIRM_SECONDS + 1)
        assert subscription.step() == FIRST_PAUSE_SECONDS


def test_a_server_that_never_tells_of_blocks_is_given_up(ear: Ear) -> None:
    """Polls have seen two meanwhile."""
    clock = FakeClock()
    with push_server(confirm) as url:
        subscription = ear.subscribe([url], clock)
        assert subscription.step() == 0.0
        for number in (10, 11):
            subscription.seen(BlockNumber(number))
        clock.advance(SILENT_SECONDS + 1)
        assert subscription.step() == FIRST_PAUSE_SECONDS
    assert ear.log.sentences("warning") == ["Heads are not pushed"]


def test_a_socket_that_was_closed_is_opened_anew(ear: Ear) -> None:
    """By a server that went away and came back at the same place."""
    with push_server(confirm) as url:
        subscription = ear.subscribe([url], SystemClock())
        assert subscription.step() == 0.0
    assert subscription.step() == FIRST_PAUSE_SECONDS
    assert subscription.step() > 0.0
    with push_server(confirm, port=urlsplit(url).port or 0):
        assert subscription.step() == 0.0


def test_no_url_reaches_an_error(ear: Ear) -> None:
    """Its path and its password are credentials."""
    with push_server(ignore, HTTPStatus.FORBIDDEN) as url:
        with pytest.raises(RpcHttpError, match=r"^HTTP status 403$"):
            WebSocket(f"{url}/{KEY}")
        ear.subscribe([url.replace("ws://", f"ws://user:{KEY}@")], SystemClock()).step()
    with pytest.raises(RpcConnectionError, match=r"^Connection refused$"):
        WebSocket(f"ws://user:{KEY}@127.0.0.1:9/{KEY}")
    assert KEY not in repr(push_endpoints("l2a", [f"{url}/{KEY}"]))
