"""A pool over nodes in memory, whose troubles are turned on and off by hand."""

from typing import Any

from beamer_agent.errors import RpcError
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.pool import EndpointPool
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, block_json
from tests.factories import make_block

CHAIN_ID = 1337
IDENTITY = ["eth_chainId", "eth_getBlockByNumber"]
"""The methods by which an endpoint tells its chain."""
HEAD = ("eth_getBlockByNumber", ("latest", False))
GAS_PRICE = ("eth_gasPrice", ())
SEND = ("eth_sendRawTransaction", ("0x01",))


class Node(ScriptedTransport):
    """The other side of an endpoint. Tells its own number for the gas price."""

    def __init__(self, number: int, clock: FakeClock) -> None:
        super().__init__(
            eth_chainId=hex(CHAIN_ID),
            eth_gasPrice=hex(number),
            eth_sendRawTransaction=hex(number),
        )
        self.genesis: Any = block_json(make_block(0))
        self.head = 100
        self.trouble: RpcError | None = None
        """Fails every HTTP request."""
        self.takes = 0.0
        """Seconds until an answer."""
        self.given: list[float | None] = []
        """The seconds that each HTTP request had."""
        self._clock = clock
        self.on("eth_getBlockByNumber", self._block)

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """Answer one HTTP request, or fail."""
        self.given.append(seconds)
        self._clock.advance(self.takes)
        if self.trouble is not None:
            self.posts += 1
            raise self.trouble
        return super().post(body)

    def _block(self, tag: str, _full: bool) -> Any:
        return block_json(make_block(self.head)) if tag == "latest" else self.genesis


class PoolDesk:
    """Some nodes, and the pool over them. Chances are those of `random.random`."""

    def __init__(self, count: int = 2, quorum: int = 1) -> None:
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.nodes = [Node(number, self.clock) for number in range(1, count + 1)]
        endpoints = [
            Endpoint(f"l2a/{number}", node, self.clock, self.log.logger)
            for number, node in enumerate(self.nodes, start=1)
        ]
        self.pool = EndpointPool(
            "l2a", endpoints, quorum, self.clock, self.log.logger, pause=self.clock.advance
        )

    def served_by(self) -> int:
        """The number of the node that answers a question now."""
        (answer,) = self.pool.ask([GAS_PRICE])
        return int(answer, 16)

    def lines(self, sentence: str) -> list[dict[str, Any]]:
        """The log lines with a sentence."""
        return [line for line in self.log.lines if line["event"] == sentence]
