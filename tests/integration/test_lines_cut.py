"""Lines that are cut: calls under way end at once, and nothing leaves any more."""

import socket
import threading
import time
from typing import Any

import pytest

from beamer_agent.clock import SystemClock
from beamer_agent.errors import RpcConnectionError, RpcError
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.rpc.transport import HttpTransport
from tests.bad_servers import Replies, server, silent
from tests.doubles import RecordingLogger

pytestmark = pytest.mark.integration

SOON = 5.0
AT_ONCE = 0.4
"""Seconds; calls have twelve by themselves."""


def pool_to(url: str) -> EndpointPool:
    """One endpoint."""
    clock, logger = SystemClock(), RecordingLogger().logger
    return EndpointPool(
        "l2a", [Endpoint("l2a/1", HttpTransport(url), clock, logger)], 1, clock, logger
    )


class Caller:
    """A thread that makes a call and remembers how it ended."""

    def __init__(self, pool: EndpointPool) -> None:
        self.error: RpcError | None = None
        self._pool = pool
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait_for_end(self) -> float:
        """How long it took from now on."""
        began = time.monotonic()
        self._thread.join(SOON)
        assert not self._thread.is_alive()
        return time.monotonic() - began

    def _run(self) -> None:
        try:
            self._pool.ask([("eth_chainId", [])])
        except RpcError as error:
            self.error = error


def test_a_call_that_hangs_ends_when_the_line_is_cut() -> None:
    """The server took it, and says nothing."""
    taken = threading.Event()

    def take(connection: socket.socket, request: Any) -> None:
        taken.set()
        silent(connection, request)

    with server(take) as url:
        pool = pool_to(url)
        caller = Caller(pool)
        assert taken.wait(SOON)
        pool.cut()
        assert caller.wait_for_end() < AT_ONCE
        assert isinstance(caller.error, RpcError)
        pool.close()


def test_a_line_that_was_cut_can_be_opened_again() -> None:
    """Over new connections; meanwhile nothing is asked."""
    replies = Replies(eth_chainId="0x1", eth_getBlockByNumber={"hash": "0x" + "00" * 32})
    with server(replies) as url:
        pool = pool_to(url)
        assert pool.ask([("eth_chainId", [])]) == ["0x1"]
        pool.cut()
        asked = len(replies.asked)
        with pytest.raises(RpcConnectionError):
            pool.ask([("eth_chainId", [])])
        assert len(replies.asked) == asked
        pool.reopen()
        assert pool.ask([("eth_chainId", [])]) == ["0x1"]
        pool.close()


def test_nothing_leaves_a_transport_that_is_closed() -> None:
    """Whoever was past all looks is stopped at the socket, idle connections included."""
    replies = Replies(eth_chainId="0x1")
    with server(replies) as url:
        transport = HttpTransport(url)
        body = b'{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
        transport.post(body)
        transport.close()
        with pytest.raises(RpcConnectionError):
            transport.post(body)
        transport.cut()
        with pytest.raises(RpcConnectionError):
            transport.post(body)
        assert replies.asked == ["eth_chainId"]
