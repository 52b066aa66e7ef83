"""EndpointPool: who serves, and who stands in when that one cannot."""

import pytest

from beamer_agent.errors import (
    InvariantError,
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
)
from beamer_agent.rpc.endpoint import CALL_SECONDS
from beamer_agent.rpc.pool import ATTEMPT_SECONDS
from tests.doubles import ErrorObject
from tests.pool_desk import GAS_PRICE, HEAD, IDENTITY, SEND, PoolDesk

pytestmark = pytest.mark.unit

TROUBLES = [
    RpcConnectionError("Connection refused"),
    RpcTimeoutError("no answer in time"),
    RpcHttpError(502),
    RpcHttpError(429),
    RpcPayloadError("the body is not JSON"),
]
CANNOT = [
    ErrorObject("Internal error", -32603),
    ErrorObject("header not found"),
    ErrorObject("query returned more than 10000 results", -32005),
]


@pytest.fixture
def desk() -> PoolDesk:
    """Two endpoints that work."""
    return PoolDesk()


def test_the_first_of_equals_serves(desk: PoolDesk) -> None:
    """The order of the configuration is the operator's preference."""
    assert [desk.served_by() for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_the_next_one_answers_what_the_first_does_not(desk: PoolDesk, trouble: RpcError) -> None:
    """Within the same question; then it serves, until the first has recovered."""
    desk.nodes[0].trouble = trouble
    assert desk.served_by() == 2
    posts = desk.nodes[0].posts
    assert desk.served_by() == 2
    assert desk.nodes[0].posts == posts


@pytest.mark.parametrize("refusal", CANNOT, ids=lambda error: error.message)
def test_the_next_one_answers_what_the_first_cannot(desk: PoolDesk, refusal: ErrorObject) -> None:
    """The error object is about the endpoint, not about the question."""
    desk.nodes[0].always("eth_gasPrice", refusal)
    assert desk.served_by() == 2


def test_a_refusal_of_the_question_is_the_answer(desk: PoolDesk) -> None:
    """Others are not bothered."""
    desk.pool.identify()
    desk.nodes[0].always("eth_gasPrice", ErrorObject("execution reverted", 3))
    posts = desk.nodes[1].posts
    (refusal,) = desk.pool.ask([GAS_PRICE])
    assert isinstance(refusal, RpcResponseError)
    assert desk.nodes[1].posts == posts


def test_all_answers_to_one_question_come_from_one_endpoint(desk: PoolDesk) -> None:
    """Logs of one and the head of another would not fit together."""
    desk.nodes[0].always("eth_getLogs", ErrorObject("more than 10 blocks", -32005))
    desk.nodes[1].always("eth_getLogs", [])
    assert desk.pool.ask([GAS_PRICE, ("eth_getLogs", ({},))]) == ["0x2", []]


def test_what_nobody_can_is_answered_by_who_can_most(desk: PoolDesk) -> None:
    """With the errors in their places."""
    for node in desk.nodes:
        node.always("eth_getLogs", ErrorObject("more than 10 blocks", -32005))
    desk.nodes[0].always("eth_gasPrice", ErrorObject("Internal error", -32603))
    price, logs = desk.pool.ask([GAS_PRICE, ("eth_getLogs", ({},))])
    assert price == "0x2"
    assert isinstance(logs, RpcResponseError)


def test_the_first_error_is_told_when_nobody_answers(desk: PoolDesk) -> None:
    """It is that of the best endpoint."""
    desk.pool.identify()
    desk.nodes[0].trouble = RpcHttpError(502)
    desk.nodes[1].trouble = RpcTimeoutError("slow")
    with pytest.raises(RpcHttpError):
        desk.pool.ask([GAS_PRICE])


def test_a_question_takes_no_longer_than_its_deadline() -> None:
    """A short time for each while there are others, the rest for the last one."""
    desk = PoolDesk(3)
    desk.pool.identify()
    started = desk.clock.monotonic()
    for node in desk.nodes:
        node.given.clear()
        node.takes = ATTEMPT_SECONDS
        node.trouble = RpcTimeoutError("slow")
    with pytest.raises(RpcTimeoutError):
        desk.pool.ask([GAS_PRICE])
    assert [node.given for node in desk.nodes] == [[4.0], [4.0], [4.0]]
    assert desk.clock.monotonic() - started == CALL_SECONDS


def test_nobody_is_asked_when_no_time_is_left() -> None:
    """Although somebody might answer."""
    desk = PoolDesk(2)
    desk.pool.identify()
    desk.nodes[0].takes = CALL_SECONDS
    desk.nodes[0].trouble = RpcTimeoutError("slow")
    posts = desk.nodes[1].posts
    with pytest.raises(RpcTimeoutError):
        desk.pool.ask([GAS_PRICE])
    assert desk.nodes[1].posts == posts
    assert desk.pool.health()[1].errors == 0


def test_a_lone_endpoint_has_all_the_time() -> None:
    """Nobody else could be asked."""
    desk = PoolDesk(1)
    desk.pool.ask([GAS_PRICE])
    desk.pool.ask_each([GAS_PRICE])
    assert desk.nodes[0].given == [CALL_SECONDS] * 3


def test_an_introduction_takes_of_the_time_of_its_question() -> None:
    """Both together end in time."""
    desk = PoolDesk(1)
    desk.pool.identify()
    desk.pool.endpoints[0].observe(lambda health: health.failed(0.0, 0.0, is_cut_off=True))
    desk.nodes[0].given.clear()
    desk.nodes[0].takes = 5.0
    desk.pool.ask([GAS_PRICE])
    assert desk.nodes[0].given == [CALL_SECONDS, CALL_SECONDS - 5.0]


def test_a_lone_endpoint_costs_nothing_but_its_introduction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One batch before the first question; no thread."""
    monkeypatch.setattr("threading.Thread.start", lambda _: pytest.fail("a thread"))
    desk = PoolDesk(1)
    for _ in range(3):
        desk.served_by()
    assert desk.pool.ask([SEND]) == ["0x1"]
    assert [answer.results for answer in desk.pool.ask_each([GAS_PRICE])] == [["0x1"]]
    asked = ["eth_gasPrice"] * 3 + ["eth_sendRawTransaction", "eth_gasPrice"]
    assert desk.nodes[0].methods() == IDENTITY + asked
    assert desk.nodes[0].posts == 6


def test_a_lone_endpoint_that_failed_is_asked_again_at_once() -> None:
    """Its rest only means that others are better."""
    desk = PoolDesk(1)
    desk.pool.identify()
    desk.nodes[0].trouble = RpcTimeoutError("slow")
    for _ in range(2):
        with pytest.raises(RpcTimeoutError):
            desk.served_by()
    desk.nodes[0].trouble = None
    assert desk.served_by() == 1
    assert desk.log.lines == []


def test_a_chain_is_paused_while_all_its_endpoints_want_to_be_left_alone(desk: PoolDesk) -> None:
    """Nobody is asked; the one that is ready first serves first."""
    desk.pool.identify()
    desk.nodes[0].trouble = RpcHttpError(429, retry_after=20.0)
    desk.nodes[1].trouble = RpcHttpError(429, retry_after=10.0)
    with pytest.raises(RpcHttpError):
        desk.served_by()
    posts = [node.posts for node in desk.nodes]
    for ask in (desk.served_by, lambda: desk.pool.ask([SEND]), lambda: desk.pool.ask_each([HEAD])):
        with pytest.raises(RpcPausedError) as caught:
            ask()
        assert caught.value.retry_after == 10.0
    assert [node.posts for node in desk.nodes] == posts
    for node in desk.nodes:
        node.trouble = None
    desk.clock.advance(10.0)
    assert desk.served_by() == 2
    desk.clock.advance(10.0)
    assert desk.served_by() == 1


def test_a_transaction_may_not_ride_in_a_batch(desk: PoolDesk) -> None:
    """A batch may be sent again in parts."""
    with pytest.raises(InvariantError):
        desk.pool.ask([GAS_PRICE, SEND])
    assert all(set(node.methods()) <= set(IDENTITY) for node in desk.nodes)


def test_nothing_asked_is_nothing_sent(desk: PoolDesk) -> None:
    """Not even an introduction."""
    assert desk.pool.ask([]) == []
    assert desk.nodes[0].posts == 0


def test_each_is_asked_and_answers_for_itself(desk: PoolDesk) -> None:
    """In the order of the configuration, with an error for who does not answer."""
    desk.pool.identify()
    desk.nodes[0].trouble = RpcHttpError(429)
    first, second = desk.pool.ask_each([GAS_PRICE])
    assert (first.endpoint.name, second.endpoint.name) == ("l2a/1", "l2a/2")
    assert isinstance(first.results, RpcHttpError)
    assert second.results == ["0x2"]
    first, second = desk.pool.ask_each([GAS_PRICE])
    assert isinstance(first.results, RpcPausedError)
    assert second.results == ["0x2"]


def test_closing_closes_every_endpoint(desk: PoolDesk) -> None:
    """So that no socket is left open."""
    desk.pool.close()
    assert all(node.is_closed for node in desk.nodes)
