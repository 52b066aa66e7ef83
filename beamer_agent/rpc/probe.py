"""Looks now and then at the endpoints that nobody asks; `step` runs in a thread of its own."""

from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.pool import EndpointPool

PROBE_SECONDS: Final = 5.0
HEAD: Final[Request] = ("eth_getBlockByNumber", ("latest", False))


class EndpointProbe:
    """Finds out whether an endpoint that was slow, behind or failing has become better.

    Asks each for its newest block, by which the others' heads are measured too. Only for chains
    with more than one endpoint: what is known of a lone one does not matter.
    """

    def __init__(self, pool: EndpointPool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    def step(self) -> float:
        """Ask everyone whose head was not seen for a while; the seconds until the next look."""
        for endpoint in self._pool.endpoints:
            if self._is_forgotten(endpoint):
                self._look_at(endpoint)
        return PROBE_SECONDS

    def _is_forgotten(self, endpoint: Endpoint) -> bool:
        return self._clock.monotonic() - endpoint.health.head_at >= PROBE_SECONDS

    def _look_at(self, endpoint: Endpoint) -> None:
        try:
            self._pool.look_at(endpoint, [HEAD])
        except RpcError:
            return  # noted in its health; who may not be asked was not
