"""A Witness over made-up endpoints, with everything around it."""

import threading
from collections.abc import Sequence
from dataclasses import replace

from beamer_agent.actions.testimony import Testimony
from beamer_agent.contracts.interface import Contract, packaged_abi
from beamer_agent.errors import RpcConnectionError
from beamer_agent.events.model import RequestCreated, RequestFilled
from beamer_agent.types import FillId
from beamer_agent.witness.witness import Bench, Witness
from tests.doubles import FakeChain, FakeClock, RecordingLogger
from tests.factories import (
    FILL_ID,
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
    TARGET,
    make_request_created,
    make_request_filled,
)
from tests.made_panels import FakePanel

UPHELD, DENIED, UNKNOWN = Testimony.UPHELD, Testimony.DENIED, Testimony.UNKNOWN
POLL_PERIOD = 1.5
DEPTH = 5
DOCKETS = 3
"""Of a witness; each step looks at one."""
CREATED = make_request_created()
FILL = make_request_filled()


class Witnessing:
    """A witness over as many endpoints of each chain as are given; both have the story.

    Args:
        source: endpoints of the source chain.
        target: endpoints of the target chain.
    """

    def __init__(
        self,
        source: Sequence[FakeChain] = (),
        target: Sequence[FakeChain] = (),
        quorum: int | None = None,
        poll_period: float = POLL_PERIOD,
    ) -> None:
        source, target = source or [has_request()], target or [has_fill()]
        self.source = FakePanel(source, quorum or min(2, len(source)))
        self.target = FakePanel(target, quorum or min(2, len(target)))
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.wake = threading.Event()
        self.changes = 0
        self.witness = Witness(
            Bench(SOURCE, self.source, Contract(REQUEST_MANAGER, packaged_abi("RequestManager"))),
            Bench(TARGET, self.target, Contract(FILL_MANAGER, packaged_abi("FillManager"))),
            poll_period=poll_period,
            wake=self.wake,
            on_change=self._count,
            clock=self.clock,
            logger=self.log.logger,
        )

    def turn(self) -> float | None:
        """A look at each docket; the pause after it."""
        self.wake.clear()
        for _ in range(DOCKETS - 1):
            self.witness.step()
        return self.witness.step()

    def hear(self, created: RequestCreated = CREATED, depth: int = DEPTH) -> Testimony:
        """What is said about a request once it has been asked."""
        self.witness.attests(created, depth)
        self.turn()
        return self.witness.attests(created, depth)

    def hear_fill(self, fill: RequestFilled = FILL, depth: int = DEPTH) -> Testimony:
        """The same about a fill."""
        self.witness.attests_fill(fill, depth)
        self.turn()
        return self.witness.attests_fill(fill, depth)

    def disagreements(self) -> list[tuple[list[str], list[str]]]:
        """Who vouched and who denied, as often as it was logged."""
        lines = [line for line in self.log.lines if line["event"] == "Endpoints disagree"]
        return [(line["vouching"], line["denying"]) for line in lines]

    def _count(self) -> None:
        self.changes += 1


def has_request(head: int = 100, created: RequestCreated = CREATED) -> FakeChain:
    """An endpoint of the source chain on which the request stands."""
    return FakeChain(head, [created])


def lacks_request(head: int = 100) -> FakeChain:
    """An endpoint of the source chain that has no such log, or does not show it."""
    return FakeChain(head)


def has_fill(head: int = 100, fill_id: FillId = FILL_ID) -> FakeChain:
    """An endpoint of the target chain on which this fill stands."""
    chain = FakeChain(head, [replace(FILL, fill_id=fill_id)])
    chain.always("eth_call", "0x" + fill_id.hex())
    return chain


def down() -> FakeChain:
    """An endpoint of either chain that refuses connections."""
    chain = FakeChain()
    for method in ("eth_getBlockByNumber", "eth_getLogs", "eth_call"):
        chain.always(method, RpcConnectionError("refused"))
    return chain
