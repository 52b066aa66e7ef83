"""EndpointProbe: those who serve nobody are looked at, so that they may serve again."""

import pytest

from beamer_agent.errors import RpcError, RpcHttpError, RpcTimeoutError
from beamer_agent.rpc.health import LAG_SECONDS
from beamer_agent.rpc.probe import HEAD, PROBE_SECONDS, EndpointProbe
from tests.pool_desk import GAS_PRICE, PoolDesk

pytestmark = pytest.mark.unit


class Bench:
    """Two endpoints that have told their chain, and a probe."""

    def __init__(self) -> None:
        self.desk = PoolDesk()
        self.desk.pool.identify()
        self.probe = EndpointProbe(self.desk.pool, self.desk.clock)
        for node in self.desk.nodes:
            node.calls.clear()

    def step(self) -> list[int]:
        """One look after a while; how many questions each endpoint got."""
        self.desk.clock.advance(PROBE_SECONDS)
        for node in self.desk.nodes:
            node.calls.clear()
        assert self.probe.step() == PROBE_SECONDS
        return [len(node.calls) for node in self.desk.nodes]


@pytest.fixture
def bench() -> Bench:
    """See there."""
    return Bench()


def test_whose_head_is_seen_anyway_is_not_probed(bench: Bench) -> None:
    """The probe costs one small request for each of the rest."""
    assert bench.step() == [1, 1]
    assert bench.desk.nodes[1].calls == [("eth_getBlockByNumber", ["latest", False])]
    bench.probe.step()
    assert len(bench.desk.nodes[1].calls) == 1
    bench.desk.clock.advance(PROBE_SECONDS)
    bench.desk.pool.ask([HEAD])
    bench.desk.nodes[0].calls.clear()
    bench.probe.step()
    assert bench.desk.nodes[0].calls == []


def test_a_question_that_shows_no_head_does_not_put_a_probe_off(bench: Bench) -> None:
    """A transaction goes to all, and tells nothing of who is behind."""
    bench.step()
    bench.desk.clock.advance(PROBE_SECONDS)
    bench.desk.pool.ask_each([GAS_PRICE])
    bench.desk.nodes[1].calls.clear()
    bench.probe.step()
    assert len(bench.desk.nodes[1].calls) == 1


@pytest.mark.parametrize("trouble", [RpcHttpError(502), RpcTimeoutError("slow")], ids=str)
def test_a_preferred_endpoint_that_recovers_serves_again(bench: Bench, trouble: RpcError) -> None:
    """It is found out although nobody asks it."""
    bench.desk.nodes[0].trouble = trouble
    assert bench.desk.served_by() == 2
    bench.step()
    assert bench.desk.served_by() == 2
    bench.desk.nodes[0].trouble = None
    assert bench.step()[0] == 1
    assert bench.desk.served_by() == 1


def test_who_wants_to_be_left_alone_is_not_probed(bench: Bench) -> None:
    """Until its time has come."""
    bench.desk.nodes[0].trouble = RpcHttpError(429, retry_after=20.0)
    bench.desk.served_by()
    bench.desk.nodes[0].trouble = None
    assert bench.step()[0] == 0
    bench.desk.clock.advance(15.0)
    assert bench.step()[0] == 1


def test_the_heads_of_others_show_that_the_serving_one_is_behind(bench: Bench) -> None:
    """Without them a node that stands still would serve for ever."""
    bench.desk.nodes[1].head = 105
    bench.step()
    bench.desk.clock.advance(LAG_SECONDS)
    bench.desk.pool.ask([HEAD])
    assert bench.desk.served_by() == 2


def test_a_chain_that_nobody_knows_yet_is_no_trouble(bench: Bench) -> None:
    """The probe may run before anybody answered."""
    desk = PoolDesk()
    for node in desk.nodes:
        node.trouble = RpcHttpError(502)
    assert EndpointProbe(desk.pool, desk.clock).step() == PROBE_SECONDS
