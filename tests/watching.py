"""A chain in memory, everything that reads its events, and what two readers heard of it."""

from collections.abc import Sequence
from typing import Any

import pytest

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import RecoverableError, RpcError, RpcTimeoutError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.following import Contracts, follow
from beamer_agent.events.looks import LEAST_PATIENCE_SECONDS, Looks
from beamer_agent.events.model import Event
from beamer_agent.events.rider import Rider
from beamer_agent.events.trust import Trust
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.rpc.push import PushEndpoint
from beamer_agent.types import BlockNumber, Seconds
from tests.doubles import FakeChain, FakeClock, RecordingLogger, make_client
from tests.factories import REQUEST_MANAGER, SOURCE, make_claim_made, make_request_created
from tests.made_views import make_chain_view

POLL = 0.25
AT_ONCE = 0.0
FINALITY = 256


class Watch:
    """See above; `monitor` and `history` are stepped by the test."""

    def __init__(
        self,
        chain: FakeChain,
        *,
        first: int = 1,
        confirmations: int = 0,
        finality: int = FINALITY,
        stale_after: int | None = None,
        riders: Sequence[Rider] = (),
        pushes: Sequence[PushEndpoint] = (),
    ) -> None:
        self.chain = chain
        self.first = first
        self.batches: list[Batch] = []
        self.other: list[Batch] = []
        self.log = RecordingLogger()
        self.clock = FakeClock()
        self.is_needed = True
        self.is_watched = False
        self.looks = Looks(POLL, self.clock)
        self.start_overs = 0
        """How often everything that was known was lost."""
        self.returns = 0
        """How often the chain answered again."""
        decoder = EventDecoder(SOURCE, [packaged_contract("RequestManager")["abi"]])
        following = follow(
            Contracts(SOURCE, (REQUEST_MANAGER,), BlockNumber(first), decoder),
            make_client(chain, clock=self.clock),
            Trust(confirmations, finality, None if stale_after is None else Seconds(stale_after)),
            [self.batches.append, self.other.append],
            poll_period=POLL,
            pushes=pushes,
            riders=riders,
            is_needed=lambda: self.is_needed,
            is_watched=lambda: self.is_watched,
            looks=self.looks,
            on_start_over=self._start_over,
            on_return=self._return,
            clock=self.clock,
            logger=self.log.logger,
        )
        self.publisher = following.publisher
        self.monitor = following.monitor
        self.history = following.history
        self.history_wake = following.history_wake
        self.heads = following.heads

    def _start_over(self) -> None:
        self.start_overs += 1

    def _return(self) -> None:
        self.returns += 1

    def step(self, head: int | None = None) -> float:
        """Move the head, if asked to; then one step."""
        if head is not None:
            self.chain.head = head
        return self.monitor.step()

    def settle(self, head: int | None = None) -> None:
        """Move the head, if asked to; then steps until the monitor wants a pause."""
        while self.step(head) == AT_ONCE:
            head = None

    def read_history(self) -> None:
        """Steps until nothing older is left to read."""
        while self.history.step() is not None:
            pass

    def fails(self, method: str, error: RpcError | None = None) -> None:
        """One step while a method fails, and with it the request it is in; it times out."""
        answer = self.chain.answer_of(method)
        self.chain.always(method, error or RpcTimeoutError("slow"))
        with pytest.raises(RecoverableError):
            self.monitor.step()
        self.chain.on(method, answer)

    def goes_down(self, method: str) -> None:
        """Steps while a method fails, until the chain counts as lost."""
        self.fails(method)
        self.clock.advance(LEAST_PATIENCE_SECONDS)
        self.fails(method)

    def fails_for_good(self) -> None:
        """Steps that fail by themselves, until the chain counts as lost."""
        for seconds in (LEAST_PATIENCE_SECONDS, 0.0):
            with pytest.raises(RecoverableError):
                self.monitor.step()
            self.clock.advance(seconds)

    def expected(self, head: int, **changes: Any) -> ChainView:
        """The view of a chain that is read from the first block up to its head.

        What is final depends on the look before, and is the subject of tests of its own.
        """
        known: dict[str, Any] = {
            "head": self.chain.block_at(head),
            "events_from": BlockNumber(self.first),
            "final_until": self.view.final_until,
        }
        return make_chain_view(**(known | changes))

    @property
    def view(self) -> ChainView:
        """What was told last."""
        return self.batches[-1].view

    @property
    def events(self) -> list[Event]:
        """Everything told so far."""
        return [event for batch in self.batches for event in batch.events]

    @property
    def posts(self) -> int:
        """How many HTTP requests there were."""
        return self.chain.posts


def watch(head: int = 100, **settings: Any) -> Watch:
    """Of a chain with an event in block 10 and one in block 30."""
    return Watch(FakeChain(head, [make_request_created(), make_claim_made()]), **settings)
