"""Endpoint: what it makes of answers and errors, and when it is left alone."""

import threading

import pytest

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcTimeoutError,
    RpcUnreachableError,
)
from beamer_agent.rpc.endpoint import CALL_SECONDS, Endpoint
from tests.doubles import ErrorObject, FakeClock, RecordingLogger
from tests.pool_desk import GAS_PRICE, HEAD, SEND, Node

pytestmark = pytest.mark.unit


class Bench:
    """An endpoint and its other side."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.node = Node(1, self.clock)
        self.endpoint = Endpoint("l2a/1", self.node, self.clock, self.log.logger)

    def fail(self, error: RpcError) -> None:
        """One question that fails."""
        self.node.trouble = error
        with pytest.raises(type(error)):
            self.endpoint.ask([GAS_PRICE])
        self.node.trouble = None

    def answers(self) -> bool:
        """Whether it is asked, and answers."""
        try:
            return self.endpoint.ask([GAS_PRICE]) == ["0x1"]
        except RpcPausedError:
            return False


@pytest.fixture
def bench() -> Bench:
    """One endpoint."""
    return Bench()


def test_nothing_is_asked_when_nothing_is_to_be_asked(bench: Bench) -> None:
    """JSON-RPC has no empty batch."""
    assert bench.endpoint.ask([]) == []
    assert bench.node.posts == 0


def test_a_question_has_its_time(bench: Bench) -> None:
    """The usual one, or what is given."""
    bench.endpoint.ask([GAS_PRICE])
    bench.endpoint.ask([GAS_PRICE], 2.0)
    assert bench.node.given == [CALL_SECONDS, 2.0]


@pytest.mark.parametrize(
    "error",
    [RpcTimeoutError("slow"), RpcHttpError(502), RpcPayloadError("HTML"), RpcHttpError(403)],
)
def test_what_is_no_answer_counts_as_a_failure(bench: Bench, error: RpcError) -> None:
    """And it may be asked again at once: whoever asks waits by himself."""
    bench.fail(error)
    assert (bench.endpoint.health.failures, bench.endpoint.health.errors) == (1, 1)
    assert bench.answers()
    assert bench.endpoint.health.failures == 0


def test_an_internal_error_is_a_failure_too(bench: Bench) -> None:
    """Although it came as an answer, which is handed on."""
    bench.node.always("eth_gasPrice", ErrorObject("Internal error", -32603))
    bench.endpoint.ask([GAS_PRICE])
    assert bench.endpoint.health.failures == 1


@pytest.mark.parametrize(
    "error", [ErrorObject("execution reverted", 3), ErrorObject("more than 10 blocks", -32005)]
)
def test_a_refusal_is_no_failure(bench: Bench, error: ErrorObject) -> None:
    """Of a contract, or of too long a range."""
    bench.node.always("eth_gasPrice", error)
    bench.endpoint.ask([GAS_PRICE])
    assert bench.endpoint.health.failures == 0
    bench.fail(RpcHttpError(413))
    assert bench.endpoint.health.failures == 0


@pytest.mark.parametrize(
    "error", [RpcHttpError(429), RpcHttpError(503, retry_after=1.0), RpcHttpError(429, 0.0)]
)
def test_an_endpoint_that_asks_to_slow_down_is_left_alone(bench: Bench, error: RpcError) -> None:
    """By everybody, and reported once for each time."""
    bench.fail(error)
    posts = bench.node.posts
    assert not bench.answers()
    assert bench.node.posts == posts
    bench.clock.advance(1.0)
    assert bench.answers()
    (line,) = bench.log.lines
    assert line["event"] == "Endpoint asks to slow down"
    assert (line["endpoint"], line["seconds"], line["log_level"]) == ("l2a/1", 1.0, "warning")
    assert bench.endpoint.health.failures == 0


def test_calls_that_were_under_way_together_report_one_wish(bench: Bench) -> None:
    """The second one hears the same a moment later."""

    def refuse_both(*_: object) -> None:
        bench.endpoint.observe(lambda health: health.slowed(bench.clock.monotonic(), None))
        raise RpcHttpError(429)

    bench.node.on("eth_gasPrice", refuse_both)
    with pytest.raises(RpcHttpError):
        bench.endpoint.ask([GAS_PRICE])
    assert bench.log.lines == []
    assert bench.endpoint.health.rate_limited == 2


def test_an_endpoint_is_left_alone_until_it_said(bench: Bench) -> None:
    """Not a moment longer."""
    bench.fail(RpcHttpError(429, retry_after=20.0))
    bench.clock.advance(15.0)
    with pytest.raises(RpcPausedError) as caught:
        bench.endpoint.ask([GAS_PRICE])
    assert caught.value.retry_after == 5.0
    bench.clock.advance(5.0)
    assert bench.answers()


def test_wishes_to_slow_down_grow_while_nothing_is_answered(bench: Bench) -> None:
    """Whatever form they have."""
    bench.node.always("eth_gasPrice", ErrorObject("rate limit exceeded", -32005))
    waits = []
    for _ in range(3):
        with pytest.raises(RpcPausedError):
            bench.endpoint.ask([GAS_PRICE])
        wait = bench.endpoint.health.paused_until - bench.clock.monotonic()
        waits.append(wait)
        bench.clock.advance(wait)
    assert waits == [1.0, 2.0, 4.0]
    assert len(bench.log.lines) == 3


def test_a_wish_within_a_batch_counts(bench: Bench) -> None:
    """The other answers are handed on."""
    bench.node.always("eth_chainId", ErrorObject("rate limit exceeded", -32005))
    price, paused = bench.endpoint.ask([GAS_PRICE, ("eth_chainId", ())])
    assert price == "0x1"
    assert isinstance(paused, RpcPausedError)
    assert not bench.answers()


@pytest.mark.parametrize(
    ("error", "is_identified"),
    [
        (RpcUnreachableError("refused"), False),
        (RpcConnectionError("reset"), False),
        (RpcTimeoutError("slow"), True),
    ],
)
def test_a_broken_connection_makes_it_tell_its_chain_again(
    bench: Bench, error: RpcError, is_identified: bool
) -> None:
    """Another node may listen there by now."""
    bench.endpoint.observe(lambda health: health.identified())
    bench.fail(error)
    assert bench.endpoint.health.is_identified is is_identified


def test_its_speed_is_measured_by_what_all_are_asked(bench: Bench) -> None:
    """Long ranges of logs take their time everywhere."""
    bench.node.always("eth_getLogs", [])
    bench.node.takes = 2.0
    bench.endpoint.ask([("eth_getLogs", ({},))])
    assert bench.endpoint.health.latency is None
    bench.endpoint.ask([HEAD, ("eth_getLogs", ({},))])
    assert bench.endpoint.health.latency == 2.0


def test_a_transaction_is_sent_once(bench: Bench) -> None:
    """Whatever becomes of it."""
    bench.node.trouble = RpcTimeoutError("slow")
    with pytest.raises(RpcTimeoutError):
        bench.endpoint.ask([SEND])
    assert bench.node.posts == 1


def test_observations_of_many_threads_are_all_counted(bench: Bench) -> None:
    """Each health is made of the one before."""

    def observe() -> None:
        for _ in range(200):
            bench.endpoint.observe(lambda health: health.answered(0.0, None))

    threads = [threading.Thread(target=observe) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.endpoint.health.answers == 1_600


def test_its_report_names_chain_and_endpoint(bench: Bench) -> None:
    """No host."""
    told = bench.endpoint.report()
    assert (told.chain, told.name) == ("l2a", "l2a/1")


def test_closing_closes_the_transport(bench: Bench) -> None:
    """So that no socket is left open."""
    bench.endpoint.close()
    assert bench.node.is_closed
