"""EndpointPool: a failure that may be over in a moment is waited out within the question."""

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
from beamer_agent.rpc.endpoint import CALL_SECONDS
from beamer_agent.rpc.pool import MOST_ROUNDS, PAUSE_SECONDS
from tests.pool_desk import GAS_PRICE, SEND, PoolDesk

pytestmark = pytest.mark.unit

PASSING = [RpcHttpError(503), RpcConnectionError("reset"), RpcPayloadError("HTML")]
LASTING = [
    RpcUnreachableError("Connection refused"),
    RpcTimeoutError("slow"),
    RpcHttpError(403),
    RpcHttpError(429),
    RpcHttpError(503, retry_after=5.0),
]


def knowing(count: int = 1) -> PoolDesk:
    """Endpoints that have told their chain."""
    desk = PoolDesk(count)
    desk.pool.identify()
    for node in desk.nodes:
        node.calls.clear()
        node.posts = 0
    return desk


def fail_once(desk: PoolDesk, error: RpcError) -> None:
    """The first endpoint answers the second question."""
    desk.nodes[0].in_turn("eth_gasPrice", [error, "0x1"])


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_a_question_is_asked_again_when_all_fail_for_a_moment(error: RpcError) -> None:
    """Whoever asks many in a row would begin anew with the first."""
    desk = knowing()
    fail_once(desk, error)
    started = desk.clock.monotonic()
    assert desk.served_by() == 1
    assert PAUSE_SECONDS[0] <= desk.clock.monotonic() - started <= PAUSE_SECONDS[1]


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_a_failure_that_lasts_is_told_at_once(error: RpcError) -> None:
    """Nobody is there, or slow, or wants to be left alone."""
    desk = knowing()
    fail_once(desk, error)
    with pytest.raises(type(error)):
        desk.served_by()
    assert desk.nodes[0].posts == 1


def test_one_that_lasts_among_others_is_told_at_once() -> None:
    """Another round would wait for it again."""
    desk = knowing(2)
    fail_once(desk, RpcHttpError(503))
    desk.nodes[1].trouble = RpcTimeoutError("slow")
    with pytest.raises(RpcHttpError):
        desk.served_by()


def test_there_is_an_end_to_asking_again() -> None:
    """The error is that of the last round."""
    desk = knowing()
    desk.nodes[0].trouble = RpcHttpError(503)
    with pytest.raises(RpcHttpError):
        desk.served_by()
    assert desk.nodes[0].posts == MOST_ROUNDS


def test_the_deadline_is_that_of_all_rounds() -> None:
    """A gateway may take its time to say that it has no answer."""
    desk = knowing()
    desk.nodes[0].trouble = RpcHttpError(504)
    desk.nodes[0].takes = CALL_SECONDS - PAUSE_SECONDS[0]
    with pytest.raises(RpcHttpError):
        desk.served_by()
    assert desk.nodes[0].posts == 1


def test_answers_that_are_missing_for_a_moment_are_asked_for_again() -> None:
    """All of them, so that they fit together; of an endpoint that takes no batches."""
    desk = knowing()
    node = desk.nodes[0]
    node.in_turn("first", [RpcHttpError(400), "1", "2", "3"])
    node.in_turn("second", ["a", RpcHttpError(503), "c"])
    asked = [("first", ()), ("second", ())]
    assert desk.pool.ask(asked) == ["1", "a"]
    assert desk.pool.ask(asked) == ["3", "c"]


def test_who_wants_to_be_left_alone_between_rounds_is() -> None:
    """The others are asked."""
    desk = knowing()
    desk.nodes[0].in_turn("eth_gasPrice", [RpcHttpError(503), RpcHttpError(429)])
    with pytest.raises(RpcHttpError):
        desk.served_by()
    with pytest.raises(RpcPausedError):
        desk.served_by()


@pytest.mark.parametrize("error", PASSING, ids=str)
def test_a_transaction_is_not_sent_again(error: RpcError) -> None:
    """It may have been taken."""
    desk = knowing()
    desk.nodes[0].trouble = error
    with pytest.raises(type(error)):
        desk.pool.ask([SEND])
    assert desk.nodes[0].posts == 1


def test_each_is_asked_once_when_each_answers_for_itself() -> None:
    """Whoever compares answers asks again by himself."""
    desk = knowing(2)
    desk.nodes[0].trouble = RpcHttpError(503)
    desk.pool.ask_each([GAS_PRICE])
    assert desk.nodes[0].posts == 1
