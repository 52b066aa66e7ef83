"""An EventFetcher on a chain in memory."""

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import (
    RpcError,
)
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.fetcher import EventFetcher
from beamer_agent.events.model import Event
from beamer_agent.events.reading import RangeReader
from beamer_agent.types import BlockNumber
from tests.doubles import FakeChain, FakeClock, RecordingLogger, make_client
from tests.factories import (
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
)

FIRST = BlockNumber(5)
FAR = BlockNumber(1_000_000)
"""Far above what is asked for at once."""


class Reader:
    """A fetcher, and what it stands on."""

    def __init__(self, chain: FakeChain, first: BlockNumber = FIRST) -> None:
        self.chain = chain
        self.clock = FakeClock()
        self.log = RecordingLogger()
        abi = packaged_contract("RequestManager")["abi"]
        reader = RangeReader(
            make_client(chain, clock=self.clock),
            EventDecoder(SOURCE, [abi]),
            [REQUEST_MANAGER, FILL_MANAGER],
            self.clock,
            self.log.logger,
        )
        self.fetcher = EventFetcher(reader, first, self.clock)

    def refused(self, error: RpcError, newest: BlockNumber = FAR) -> tuple[Event, ...] | None:
        """Fetch once while the endpoint answers with this error."""
        answer = self.chain.answer_of("eth_getLogs")
        self.chain.always("eth_getLogs", error)
        try:
            return self.fetcher.fetch(newest)
        finally:
            self.chain.on("eth_getLogs", answer)

    def last_size(self) -> int:
        """The number of blocks last asked for."""
        first, last = self.chain.ranges()[-1]
        return last - first + 1
