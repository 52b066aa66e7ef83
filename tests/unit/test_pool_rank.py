"""EndpointPool: who serves first, and what is told of the others."""

import pytest

from beamer_agent.errors import (
    RpcHttpError,
    RpcPayloadError,
    RpcTimeoutError,
)
from beamer_agent.rpc.endpoint import HANG_SECONDS
from beamer_agent.rpc.health import DISTRUST_SECONDS, LAG_SECONDS
from tests.doubles import block_json
from tests.factories import make_block
from tests.pool_desk import GAS_PRICE, HEAD, PoolDesk

pytestmark = pytest.mark.unit


@pytest.fixture
def desk() -> PoolDesk:
    """Two endpoints that work."""
    return PoolDesk()


def test_a_slow_endpoint_serves_after_a_fast_one(desk: PoolDesk) -> None:
    """As soon as it has shown that it is slow."""
    desk.nodes[0].takes = 1.0
    desk.pool.identify()
    assert [desk.served_by() for _ in range(3)] == [2, 2, 2]


def test_an_endpoint_that_hangs_serves_last(desk: PoolDesk) -> None:
    """While somebody waits for it, before his time is over; many logs may take their time."""
    desk.pool.identify()
    served: list[int] = []

    def hang(*_: object) -> object:
        desk.clock.advance(HANG_SECONDS / 2)
        served.append(desk.served_by())
        desk.clock.advance(HANG_SECONDS / 2)
        served.append(desk.served_by())
        raise RpcPayloadError("in the end")

    def take_long(*_: object) -> object:
        desk.clock.advance(HANG_SECONDS)
        served.append(desk.served_by())
        return []

    desk.nodes[0].on("eth_getLogs", take_long)
    desk.pool.ask([("eth_getLogs", ({},))])
    desk.nodes[0].on("eth_getBlockByNumber", hang)
    desk.pool.ask([HEAD])
    assert served == [1, 1, 2]


def test_an_endpoint_that_is_behind_serves_last(desk: PoolDesk) -> None:
    """When a block that it does not have was known for a while; until it has caught up."""
    desk.pool.identify()
    desk.nodes[1].head = 101
    desk.pool.ask_each([HEAD])
    desk.clock.advance(LAG_SECONDS - 1)
    desk.pool.ask([HEAD])
    assert desk.served_by() == 1
    desk.clock.advance(1.0)
    desk.pool.ask([HEAD])
    assert desk.pool.health()[0].lag_seconds == LAG_SECONDS
    assert desk.served_by() == 2
    desk.nodes[0].head = 101
    desk.pool.ask_each([HEAD])
    assert desk.served_by() == 1


def test_blocks_made_while_an_endpoint_answers_are_not_held_against_it(desk: PoolDesk) -> None:
    """It answered with what there was when it was asked."""
    desk.pool.identify()
    first, second = desk.pool.endpoints

    def answer_slowly(*_: object) -> object:
        desk.nodes[1].head = 101
        desk.pool.look_at(second, [HEAD])
        desk.clock.advance(2 * LAG_SECONDS)
        return block_json(make_block(100))

    desk.nodes[0].on("eth_getBlockByNumber", answer_slowly)
    desk.pool.look_at(first, [HEAD])
    assert desk.pool.health()[0].lag_seconds == 0.0


def test_a_distrusted_endpoint_serves_after_all_others(desk: PoolDesk) -> None:
    """For ten minutes."""
    desk.pool.identify()
    desk.pool.distrust("l2a/1", "misses logs")
    desk.nodes[1].takes = 2.0
    desk.served_by()
    assert desk.served_by() == 2
    assert desk.pool.health()[0].distrusted == "misses logs"
    desk.clock.advance(DISTRUST_SECONDS)
    assert desk.served_by() == 1


def test_distrust_is_reported_once_for_each_reason(desk: PoolDesk) -> None:
    """And again when it comes back."""
    for reason in ("misses logs", "misses logs", "forges logs"):
        desk.pool.distrust("l2a/2", reason)
    desk.clock.advance(DISTRUST_SECONDS)
    desk.pool.distrust("l2a/2", "forges logs")
    lines = desk.lines("Endpoint is distrusted")
    assert [line["reason"] for line in lines] == ["misses logs", "forges logs", "forges logs"]
    assert {(line["chain"], line["endpoint"]) for line in lines} == {("l2a", "l2a/2")}


def test_failing_and_recovering_are_reported_once(desk: PoolDesk) -> None:
    """By the endpoint's name."""
    desk.pool.identify()
    desk.nodes[0].trouble = RpcHttpError(502)
    for _ in range(3):
        desk.pool.ask_each([GAS_PRICE])
    desk.nodes[0].trouble = None
    for _ in range(3):
        desk.pool.ask_each([GAS_PRICE])
    told = [(line["event"], line["endpoint"]) for line in desk.log.lines]
    assert told == [("Endpoint fails", "l2a/1"), ("Endpoint works again", "l2a/1")]


def test_a_failure_that_many_waited_for_is_reported_once(desk: PoolDesk) -> None:
    """They had all asked before the first one failed."""
    desk.pool.identify()
    depth = iter(range(3))

    def fail(*_: object) -> object:
        if next(depth, None) is not None:
            desk.pool.ask_each([HEAD])
        raise RpcTimeoutError("slow")

    desk.nodes[0].on("eth_getBlockByNumber", fail)
    desk.pool.ask_each([HEAD])
    assert len(desk.lines("Endpoint fails")) == 1
