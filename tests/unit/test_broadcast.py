"""A transaction goes to every endpoint; what their answers together mean."""

import threading

import pytest

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
    RpcUnreachableError,
)
from beamer_agent.rpc.health import DISTRUST_SECONDS
from tests.doubles import Answer, ErrorObject
from tests.pool_desk import SEND, PoolDesk

pytestmark = pytest.mark.unit

SOON = 10.0
"""Seconds after which a test gives up on a thread."""
METHOD = SEND[0]
TOO_LOW = ErrorObject("nonce too low")
TOO_POOR = ErrorObject("insufficient funds for gas * price + value")
KNOWN = ErrorObject("already known")


def knowing(*answers: object) -> PoolDesk:
    """Endpoints that know each other, and answer a transaction like this; errors fail requests."""
    desk = PoolDesk(len(answers))
    desk.pool.identify()
    for node, answer in zip(desk.nodes, answers, strict=True):
        node.calls.clear()
        node.always(METHOD, answer)
    return desk


def sent(desk: PoolDesk) -> object:
    """What becomes of a transaction."""
    (result,) = desk.pool.ask([SEND])
    return result


def times_sent(desk: PoolDesk) -> list[int]:
    """How often each endpoint got it, when all threads have ended."""
    for thread in threading.enumerate():
        if thread.name.startswith("Endpoint["):
            thread.join(SOON)
    return [node.methods().count(METHOD) for node in desk.nodes]


def test_every_endpoint_gets_it_once() -> None:
    """Also those that serve no questions now."""
    desk = knowing("0x1", "0x1", "0x1")
    desk.pool.distrust("l2a/2", "misses logs")
    desk.nodes[2].trouble = RpcHttpError(502)
    desk.pool.ask_each([("eth_gasPrice", ())])
    desk.nodes[2].trouble = None
    assert sent(desk) == "0x1"
    assert times_sent(desk) == [1, 1, 1]


def test_who_wants_to_be_left_alone_is() -> None:
    """A transaction would not be taken by it."""
    desk = knowing("0x1", "0x1")
    desk.nodes[1].trouble = RpcHttpError(429)
    desk.pool.ask_each([("eth_gasPrice", ())])
    desk.nodes[1].trouble = None
    assert sent(desk) == "0x1"
    assert times_sent(desk) == [1, 0]


@pytest.mark.parametrize(
    "other",
    [TOO_LOW, KNOWN, RpcTimeoutError("slow"), RpcHttpError(502), RpcUnreachableError("refused")],
    ids=str,
)
@pytest.mark.parametrize("is_first", [True, False])
def test_one_that_takes_it_is_enough(other: object, is_first: bool) -> None:
    """Whatever the others say."""
    desk = knowing("0x1", other) if is_first else knowing(other, "0x1")
    assert sent(desk) == "0x1"
    assert times_sent(desk) == [1, 1]


def test_nobody_waits_for_the_others_once_it_is_taken() -> None:
    """One of them may never answer; its thread keeps no process alive."""
    release = threading.Event()
    desk = knowing("0x1", "0x1")
    hanging = threading.Event()

    def hang(_raw: str) -> str:
        hanging.set()
        release.wait(SOON)
        return "0x1"

    desk.nodes[0].on(METHOD, hang)
    assert sent(desk) == "0x1"
    assert hanging.wait(SOON)
    (thread,) = [t for t in threading.enumerate() if t.name == "Endpoint[l2a/1]"]
    assert thread.daemon
    release.set()
    assert times_sent(desk) == [1, 1]


def test_a_refusal_by_all_is_that_of_the_best() -> None:
    """In the words of the endpoint that is asked first otherwise."""
    desk = knowing(TOO_POOR, TOO_LOW)
    refusal = sent(desk)
    assert isinstance(refusal, RpcResponseError)
    assert refusal.message == TOO_POOR.message
    desk.pool.distrust("l2a/1", "misses logs")
    refusal = sent(desk)
    assert isinstance(refusal, RpcResponseError)
    assert refusal.message == TOO_LOW.message
    desk.clock.advance(DISTRUST_SECONDS)


def test_who_has_it_already_is_believed_rather_than_who_would_not_take_it() -> None:
    """Its nonce must not be used for something else."""
    refusal = sent(knowing(TOO_POOR, KNOWN))
    assert isinstance(refusal, RpcResponseError)
    assert refusal.message == KNOWN.message
    refusal = sent(knowing(RpcTimeoutError("slow"), KNOWN))
    assert isinstance(refusal, RpcResponseError)


@pytest.mark.parametrize(
    "unclear",
    [
        RpcTimeoutError("slow"),
        RpcConnectionError("reset"),
        RpcHttpError(502),
        RpcPayloadError("HTML"),
    ],
    ids=str,
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_refusal_is_none_while_another_may_have_taken_it(
    unclear: RpcError, is_first: bool
) -> None:
    """Taking it back could pay twice."""
    desk = knowing(unclear, TOO_LOW) if is_first else knowing(TOO_LOW, unclear)
    with pytest.raises(type(unclear)):
        sent(desk)


@pytest.mark.parametrize(
    "answers", [(ErrorObject("request timed out"),), (TOO_LOW, ErrorObject("request timed out"))]
)
def test_an_endpoint_that_does_not_know_itself_has_not_refused(
    answers: tuple[ErrorObject, ...],
) -> None:
    """Although it answered with an error object."""
    with pytest.raises(RpcTimeoutError):
        sent(knowing(*answers))


@pytest.mark.parametrize(
    "untaken",
    [
        RpcUnreachableError("Connection refused"),
        RpcHttpError(403),
        RpcHttpError(429),
        ErrorObject("rate limit exceeded", -32005),
    ],
    ids=str,
)
def test_who_never_got_it_does_not_count(untaken: object) -> None:
    """Else a refusal would not be heard while another endpoint is down."""
    refusal = sent(knowing(untaken, TOO_LOW))
    assert isinstance(refusal, RpcResponseError)
    assert refusal.message == TOO_LOW.message


def test_nobody_got_it() -> None:
    """That is no refusal."""
    with pytest.raises(RpcUnreachableError):
        sent(knowing(RpcUnreachableError("refused"), RpcHttpError(403)))
    with pytest.raises(RpcPausedError):
        sent(knowing(ErrorObject("rate limit exceeded", -32005)))


def test_silence_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is over."""
    monkeypatch.setattr("beamer_agent.rpc.pool.CALL_SECONDS", 0.05)
    release = threading.Event()
    desk = knowing(TOO_LOW, "0x1")
    desk.nodes[1].on(METHOD, lambda _raw: release.wait(SOON) and "0x1")
    with pytest.raises(RpcTimeoutError):
        sent(desk)
    release.set()
    assert times_sent(desk) == [1, 1]


@pytest.mark.parametrize("lost", [RpcTimeoutError("slow"), RpcConnectionError("reset")], ids=str)
def test_a_lone_endpoint_gets_it_once(lost: RpcError) -> None:
    """Whatever becomes of the answer."""
    desk = knowing(lost)
    with pytest.raises(type(lost)):
        sent(desk)
    assert times_sent(desk) == [1]


def takes(*numbers: int) -> Answer:
    """An endpoint that takes these transactions of a batch, and no others."""
    return lambda raw: "0x1" if int(raw, 16) in numbers else ErrorObject("nonce too low")


def sent_together(desk: PoolDesk, count: int) -> list[object]:
    """What becomes of some transactions."""
    return desk.pool.ask([(METHOD, (hex(number),)) for number in range(count)])


def test_each_of_many_needs_one_that_takes_it() -> None:
    """Whichever; every endpoint gets all of them, in one request."""
    desk = knowing("0x1", "0x1")
    desk.nodes[0].on(METHOD, takes(0, 2))
    desk.nodes[1].on(METHOD, takes(1))
    posts = [node.posts for node in desk.nodes]
    assert sent_together(desk, 3) == ["0x1"] * 3
    assert times_sent(desk) == [3, 3]
    assert [node.posts for node in desk.nodes] == [before + 1 for before in posts]


def test_one_of_many_that_all_refuse_is_refused() -> None:
    """The others are taken."""
    desk = knowing("0x1", "0x1")
    for node in desk.nodes:
        node.on(METHOD, takes(0, 2))
    taken, refused, also_taken = sent_together(desk, 3)
    assert (taken, also_taken) == ("0x1", "0x1")
    assert isinstance(refused, RpcResponseError)


def test_of_many_those_are_unknown_that_another_may_have_taken() -> None:
    """One endpoint refused it, of the other nothing is known; what was taken is taken."""
    desk = knowing("0x1", RpcTimeoutError("slow"))
    desk.nodes[0].on(METHOD, takes(0))
    taken, unknown = sent_together(desk, 2)
    assert taken == "0x1"
    assert isinstance(unknown, RpcTimeoutError)
