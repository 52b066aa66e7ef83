"""Exchange: batches as endpoints take them, answers as they belong to their calls."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
)
from beamer_agent.rpc.exchange import LIMIT_SECONDS, SEND_TRANSACTION, Exchange
from tests.doubles import ErrorObject, FakeClock, RecordingLogger, ScriptedTransport

pytestmark = pytest.mark.unit

ASKED = [("first", ()), ("second", ()), ("third", ())]
ANSWERS = ["1", "2", "3"]
SECONDS = 12.0

Refuse = Callable[[list[Any]], Any]
"""What an endpoint does with a batch that it does not take: raises, or returns a response."""


class Picky(ScriptedTransport):
    """Refuses batches longer than it likes."""

    def __init__(self, refuse: Refuse, longest: int = 1) -> None:
        super().__init__(first="1", second="2", third="3")
        self.refuse = refuse
        self.longest = longest
        self.sizes: list[int] = []
        """Of every HTTP request; 0 for a call that is in no batch."""

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """Answer one HTTP request."""
        asked = json.loads(body)
        self.sizes.append(len(asked) if isinstance(asked, list) else 0)
        if isinstance(asked, list) and len(asked) > self.longest:
            return json.dumps(self.refuse(asked)).encode()
        return super().post(body, seconds)


class Bench:
    """An exchange with an endpoint."""

    def __init__(self, transport: Any) -> None:
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.exchange = Exchange(transport, self.clock, self.log.logger)

    def carry(self, requests: Any = ASKED) -> list[Any]:
        """Ask."""
        return self.exchange.carry(requests, self.clock.monotonic() + SECONDS)


def raising(error: RpcError) -> Refuse:
    """Refuses by an error of the transport."""

    def refuse(_asked: list[Any]) -> Any:
        raise error

    return refuse


def error_object(message: str, code: int = -32600) -> dict[str, Any]:
    """A response that is one error."""
    return {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}


REFUSALS: list[Refuse] = [
    raising(RpcHttpError(400)),
    raising(RpcHttpError(405)),
    lambda _: error_object("invalid request"),
    lambda _: error_object("batch requests are not supported"),
    lambda asked: {"jsonrpc": "2.0", "id": asked[0]["id"], "result": "1"},
    lambda _: "nonsense",
    lambda _: None,
]


@pytest.mark.parametrize("refuse", REFUSALS)
def test_an_endpoint_that_takes_no_batches_is_asked_singly(refuse: Refuse) -> None:
    """At once, and from then on without another try; told once."""
    transport = Picky(refuse)
    bench = Bench(transport)
    assert bench.carry() == ANSWERS
    transport.sizes.clear()
    assert bench.carry() == ANSWERS
    assert transport.sizes == [0, 0, 0]
    assert bench.log.sentences() == ["Endpoint takes no batches"]


def test_batches_are_tried_again_after_a_while() -> None:
    """It may have been a whim."""
    transport = Picky(raising(RpcHttpError(400)))
    bench = Bench(transport)
    bench.carry()
    transport.longest = 10
    bench.clock.advance(LIMIT_SECONDS)
    transport.sizes.clear()
    assert bench.carry() == ANSWERS
    assert transport.sizes == [3]


@pytest.mark.parametrize(
    "refuse",
    [
        raising(RpcHttpError(413)),
        lambda _: error_object("batch too large"),
        lambda asked: [error_object("batch too large") | {"id": asked[0]["id"]}],
    ],
)
def test_a_batch_that_is_too_long_is_halved(refuse: Refuse) -> None:
    """As often as it takes; later ones are cut beforehand."""
    transport = Picky(refuse, longest=2)
    bench = Bench(transport)
    assert bench.carry(ASKED * 2) == ANSWERS * 2
    assert transport.sizes == [6, 3, 2, 0, 3, 2, 0]
    transport.sizes.clear()
    assert bench.carry() == ANSWERS
    assert transport.sizes == [2, 0]
    assert bench.log.sentences() == ["Endpoint takes short batches"]


def test_an_answer_that_is_too_large_is_not_held_against_batches() -> None:
    """One call of it was at fault."""
    transport = Picky(raising(RpcHttpError(413)))
    transport.always("third", RpcHttpError(413))
    transport.longest = 1
    bench = Bench(transport)
    first, second, third = bench.carry()
    assert (first, second) == ("1", "2")
    assert isinstance(third, RpcHttpError)


def test_an_endpoint_to_which_everything_is_too_large_has_not_refused_batches() -> None:
    """A gateway may say so for as long as it is out of order."""
    transport = Picky(raising(RpcHttpError(413)))
    for method, _ in ASKED:
        transport.always(method, RpcHttpError(413))
    bench = Bench(transport)
    with pytest.raises(RpcHttpError):
        bench.carry()
    assert bench.log.lines == []


@pytest.mark.parametrize("status", [401, 403])
def test_an_endpoint_that_refuses_everything_has_not_refused_batches(status: int) -> None:
    """One more request finds that out."""
    transport = Picky(raising(RpcHttpError(status)))
    transport.always("first", RpcHttpError(status))
    bench = Bench(transport)
    with pytest.raises(RpcHttpError):
        bench.carry()
    assert transport.sizes == [3, 0]
    transport.longest = 10
    transport.always("first", "1")
    assert bench.carry() == ANSWERS
    assert bench.log.lines == []


@pytest.mark.parametrize(
    "error", [RpcHttpError(500), RpcHttpError(429), RpcTimeoutError(), RpcConnectionError("reset")]
)
def test_other_failures_of_a_batch_are_not_repeated(error: RpcError) -> None:
    """They say nothing about batches."""
    transport = Picky(raising(error))
    with pytest.raises(type(error)):
        Bench(transport).carry()
    assert transport.sizes == [3]


def test_a_wish_to_slow_down_is_no_refusal_of_batches() -> None:
    """In place of a batch, or of one call."""
    transport = Picky(lambda _: error_object("rate limit exceeded", -32005))
    with pytest.raises(RpcPausedError):
        Bench(transport).carry()
    assert transport.sizes == [3]
    transport = Picky(lambda _: None, longest=10)
    transport.always("second", ErrorObject("rate limit exceeded", -32005))
    first, second, third = Bench(transport).carry()
    assert (first, third) == ("1", "3")
    assert isinstance(second, RpcPausedError)


def test_a_connection_that_breaks_ends_the_calls_after_it_too() -> None:
    """Each would wait for the same."""
    transport = Picky(lambda _: None)
    bench = Bench(transport)
    bench.carry()
    transport.always("second", RpcTimeoutError("slow"))
    transport.sizes.clear()
    first, second, third = bench.carry()
    assert first == "1"
    assert isinstance(second, RpcTimeoutError)
    assert isinstance(third, RpcTimeoutError)
    assert transport.sizes == [0, 0]


def test_answers_may_come_in_any_order() -> None:
    """Their ids tell whose they are; one without its own is an error of its call alone."""
    transport = Picky(
        lambda asked: [{"id": entry["id"], "result": entry["method"]} for entry in asked[::-1]]
    )
    assert Bench(transport).carry() == ["first", "second", "third"]
    transport.refuse = lambda asked: [
        {"id": entry["id"] + 100 * (i == 1), "result": "x"} for i, entry in enumerate(asked)
    ]
    first, second, third = Bench(transport).carry()
    assert (first, third) == ("x", "x")
    assert isinstance(second, RpcPayloadError)


@pytest.mark.parametrize("response", [[], ["strange"], [{"id": -1, "result": "x"}]])
def test_a_list_without_any_answer_is_a_payload_error(response: Any) -> None:
    """As a whole."""
    with pytest.raises(RpcPayloadError):
        Bench(Picky(lambda _: response)).carry()


def test_an_error_without_an_id_belongs_to_the_only_call() -> None:
    """Gateways refuse what they have not read."""
    transport = Picky(lambda _: None)
    transport.post = lambda *_: json.dumps(error_object("not for you")).encode()  # type: ignore[method-assign]  # a gateway before it
    (refusal,) = Bench(transport).carry([("first", ())])
    assert isinstance(refusal, RpcResponseError)


def test_no_time_left_asks_nothing() -> None:
    """A deadline may pass between two parts of a batch."""
    transport = Picky(lambda _: None)
    bench = Bench(transport)
    with pytest.raises(RpcTimeoutError):
        bench.exchange.carry(ASKED, bench.clock.monotonic())
    assert transport.sizes == []


def test_transactions_of_a_refused_batch_go_out_again() -> None:
    """In parts: a node that has one already says so, and mines it once."""
    transport = Picky(raising(RpcHttpError(413)), longest=2)
    transport.always("eth_sendRawTransaction", "0x")
    sends = [("eth_sendRawTransaction", (hex(number),)) for number in range(4)]
    assert Bench(transport).carry(sends) == ["0x"] * 4
    assert transport.sizes == [4, 2, 2]


def test_batch_that_was_taken_though_it_was_refused_counts_as_taken() -> None:
    """A gateway failed: what the node behind it has must not go out at other nonces."""
    transport = Picky(lambda _: {"error": {"code": -32603, "message": "internal error"}})
    transport.always(SEND_TRANSACTION, ErrorObject("already known"))
    sends = [(SEND_TRANSACTION, (hex(number),)) for number in range(3)]
    results = Bench(transport).carry(sends)
    assert [result.message for result in results] == ["already known"] * 3
