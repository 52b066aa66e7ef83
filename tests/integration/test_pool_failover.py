"""EndpointPool over real sockets: endpoints that hang, refuse, and lose answers."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from beamer_agent.clock import SystemClock
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import RpcConnectionError, RpcHttpError, RpcPausedError, RpcTimeoutError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.rpc.transport import HttpTransport
from beamer_agent.types import TransactionHash
from tests.bad_servers import Replies, Reply, always, http, server, silent
from tests.doubles import RecordingLogger
from tests.factories import US

pytestmark = pytest.mark.integration

GENESIS = {"number": "0x0", "hash": "0x" + "00" * 32}
SHORT_SECONDS = 0.2
GWEI = 10**9


def replies() -> Replies:
    """An endpoint of a chain without transactions."""
    return Replies(eth_chainId="0x539", eth_getBlockByNumber=GENESIS, eth_sendRawTransaction="0x")


@contextmanager
def pool_over(*urls: str, quorum: int = 1) -> Iterator[EndpointPool]:
    """A pool over these endpoints."""
    clock, logger = SystemClock(), RecordingLogger().logger
    endpoints = [
        Endpoint(f"l2a/{place}", HttpTransport(url), clock, logger)
        for place, url in enumerate(urls, start=1)
    ]
    with closing(EndpointPool("l2a", endpoints, quorum, clock, logger)) as pool:
        yield pool


@contextmanager
def pool_of(*servers: Reply) -> Iterator[EndpointPool]:
    """A pool over servers that answer like this."""
    with ExitStack() as stack:
        urls = [stack.enter_context(server(reply)) for reply in servers]
        yield stack.enter_context(pool_over(*urls))


def client_of(pool: EndpointPool) -> ChainClient:
    """Questions to it."""
    return ChainClient(pool, lambda _: "")


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts are given up soon."""
    monkeypatch.setattr("beamer_agent.rpc.pool.ATTEMPT_SECONDS", SHORT_SECONDS)


@pytest.mark.parametrize(
    "bad",
    [
        silent,
        always(b""),
        always(http(b"<html>", "502 Bad")),
        always(http(b"<html>")),
        always(http(b'{"jsonrpc"', length=1_000)),
        always(http(b'{"jsonrpc":"2.0","id":99,"result":"0x5"}')),
        always(http(b"", "429 Slow Down")),
    ],
)
def test_another_endpoint_answers_for_one_that_does_not(bad: Reply) -> None:
    """It hangs, breaks off, speaks HTML, cuts short, mixes up ids, or has enough."""
    with pool_of(bad, replies()) as pool:
        assert client_of(pool).chain_id() == 1337


def test_another_endpoint_answers_for_one_that_is_not_there() -> None:
    """Nobody listens at the first URL."""
    with server(silent) as gone:
        pass
    with server(replies()) as url, pool_over(gone, url) as pool:
        assert client_of(pool).chain_id() == 1337


def test_a_call_ends_although_every_endpoint_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is known then: nothing."""
    monkeypatch.setattr("beamer_agent.rpc.pool.CALL_SECONDS", 2 * SHORT_SECONDS)
    with pool_of(silent, silent) as pool, pytest.raises(RpcTimeoutError):
        client_of(pool).chain_id()


def test_an_endpoint_is_left_alone_for_as_long_as_its_header_says() -> None:
    """Nothing reaches it before."""
    asked: list[Any] = []
    refuse = always(b"HTTP/1.1 429 No\r\nRetry-After: 50\r\nContent-Length: 0\r\n\r\n")

    def reply(connection: Any, request: Any) -> None:
        asked.append(request)
        refuse(connection, request)

    with pool_of(reply) as pool:
        for _ in range(3):
            with pytest.raises((RpcHttpError, RpcPausedError)):
                client_of(pool).chain_id()
        now = SystemClock().monotonic()
        assert pool.endpoints[0].health.paused_until - now == pytest.approx(50.0, abs=10.0)
    assert len(asked) == 1


def test_a_transaction_whose_answer_is_lost_was_sent_once() -> None:
    """The endpoint may have taken it: that is for the sender to find out."""
    good = replies()
    sent: list[str] = []

    def lossy(connection: Any, request: Any) -> None:
        if isinstance(request, dict) and request["method"] == "eth_sendRawTransaction":
            sent.append(request["params"][0])
            connection.close()
            return
        good(connection, request)

    with pool_of(lossy) as pool, pytest.raises(RpcConnectionError):
        client_of(pool).send_raw_transaction(b"\x01")
    assert sent == ["0x01"]


def test_a_transaction_is_taken_while_other_endpoints_hang() -> None:
    """They got it all the same."""
    hung = threading.Event()
    good, first = replies(), replies()

    def hang_on_transactions(connection: Any, request: Any) -> None:
        if isinstance(request, dict) and request["method"] == "eth_sendRawTransaction":
            hung.set()
            return
        first(connection, request)

    with pool_of(hang_on_transactions, good) as pool:
        client_of(pool).send_raw_transaction(b"\x01")
        assert hung.wait(5.0)
    assert good.asked.count("eth_sendRawTransaction") == 1


def test_a_node_with_two_addresses_takes_a_transaction_once(anvil: LocalChain) -> None:
    """That it knows it already is no refusal beside its own acceptance."""
    account = account_of("agent")
    with pool_over(anvil.url, anvil.url) as pool:
        client = client_of(pool)
        _, nonce = client.transaction_counts(account.address)
        signed = account.sign_transaction(
            {
                "type": 2,
                "chainId": anvil.chain_id,
                "nonce": nonce,
                "to": US,
                "value": 1,
                "gas": 21_000,
                "maxFeePerGas": 10 * GWEI,
                "maxPriorityFeePerGas": GWEI,
            }
        )
        client.send_raw_transaction(bytes(signed.raw_transaction))
        hash_ = TransactionHash(bytes(signed.hash))
        wait_until(lambda: client.receipts([hash_])[0], "the transaction to be mined")
        assert client.transaction_counts(account.address) == (nonce + 1, nonce + 1)


def test_no_thread_of_a_pool_keeps_a_process_alive() -> None:
    """Although an endpoint hangs for an hour; whoever ends the process does not wait for it."""
    program = """
import sys
import structlog
from beamer_agent.clock import SystemClock
from beamer_agent.rpc import crowd, endpoint, pool
from beamer_agent.rpc.transport import HttpTransport

pool.ATTEMPT_SECONDS = 3_600.0
urls, clock, logger = sys.argv[1:], SystemClock(), structlog.get_logger()
endpoints = [
    endpoint.Endpoint(f"l2a/{n}", HttpTransport(url, read_seconds=3_600.0), clock, logger)
    for n, url in enumerate(urls)
]
p = pool.EndpointPool("l2a", endpoints, 1, clock, logger)
p.identify()
print(p.ask([("eth_sendRawTransaction", ("0x01",))]))
print([type(answer.results).__name__ for answer in p.ask_each([("eth_chainId", ())])])
"""
    with server(silent) as hanging, server(replies()) as good:
        done = subprocess.run(
            [sys.executable, "-c", program, hanging, good],
            capture_output=True,
            text=True,
            timeout=60.0,
            check=False,
        )
    assert done.stdout.splitlines() == ["['0x']", "['RpcTimeoutError', 'list']"]
    assert done.returncode == 0, done.stderr
