"""EventMonitor: what its readers are told of the chain, and when it looks again."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import RecoverableError, RpcResponseError, RpcTimeoutError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.fetcher import EventFetcher
from beamer_agent.events.model import Event
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.events.ranges import INITIAL_BLOCKS
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.types import BlockNumber
from tests.doubles import FakeChain, FakeClock, RecordingLogger, block_json, make_client
from tests.factories import (
    REQUEST_MANAGER,
    SOURCE,
    make_block,
    make_claim_made,
    make_request_created,
)
from tests.made_views import make_chain_view

pytestmark = pytest.mark.unit

POLL = 0.25
AT_ONCE = 0.0


class Watch:
    """A monitor on a chain in memory, and what two readers heard of it."""

    def __init__(self, chain: FakeChain, *, confirmations: int = 0, first: int = 1) -> None:
        self.chain = chain
        self.batches: list[Batch] = []
        self.other: list[Batch] = []
        self.log = RecordingLogger()
        client = make_client(chain)
        decoder = EventDecoder(SOURCE, [packaged_contract("RequestManager")["abi"]])
        fetcher = EventFetcher(
            client, decoder, [REQUEST_MANAGER], BlockNumber(first), FakeClock(), self.log.logger
        )
        self.monitor = EventMonitor(
            SOURCE,
            client,
            fetcher,
            [self.batches.append, self.other.append],
            confirmation_blocks=confirmations,
            poll_period=POLL,
            logger=self.log.logger,
        )

    def step(self, head: int | None = None) -> float:
        """Move the head, if asked to; then one step."""
        if head is not None:
            self.chain.head = head
        return self.monitor.step()

    def fails(self, method: str) -> None:
        """One step while a method times out."""
        answer = self.chain.answer_of(method)
        self.chain.always(method, RpcTimeoutError("slow"))
        with pytest.raises(RecoverableError):
            self.monitor.step()
        self.chain.on(method, answer)

    @property
    def view(self) -> ChainView:
        """What was told last."""
        return self.batches[-1].view

    @property
    def events(self) -> list[Event]:
        """Everything told so far."""
        return [event for batch in self.batches for event in batch.events]


def watch(head: int = 100, **settings: Any) -> Watch:
    """A monitor on a chain with an event in block 10 and one in block 30."""
    return Watch(FakeChain(head, [make_request_created(), make_claim_made()]), **settings)


def test_events_and_view_go_to_every_reader() -> None:
    """In one batch, in chain order."""
    seen = watch()
    assert seen.step() == POLL
    expected = Batch(make_chain_view(), (make_request_created(), make_claim_made()))
    assert seen.batches == [expected]
    assert seen.other == [expected]


def test_a_new_block_without_events_is_news() -> None:
    """Its timestamp ends claims and requests."""
    seen = watch()
    seen.step()
    assert seen.step(101) == POLL
    assert seen.batches[1:] == [Batch(make_chain_view(head=make_block(101)), ())]


def test_nothing_new_is_not_told() -> None:
    """And no logs are asked for again."""
    seen = watch()
    seen.step()
    assert seen.step() == POLL
    assert len(seen.batches) == 1
    assert len(seen.chain.ranges()) == 1


def test_another_block_at_the_same_height_is_news() -> None:
    """A reorg of the newest block changes the time."""
    seen = watch()
    seen.step()
    other = make_block(100, timestamp=5)
    seen.chain.always("eth_getBlockByNumber", block_json(other))
    seen.step()
    assert seen.view == make_chain_view(head=other)


def test_a_long_history_is_read_range_after_range_without_a_pause() -> None:
    """Views say that more is to come; the last one, and the log, that everything is read."""
    seen = watch(head=3 * INITIAL_BLOCKS, first=1)
    pauses = [seen.step() for _ in range(2)]
    assert pauses == [AT_ONCE, POLL]
    assert [batch.view.is_synced for batch in seen.batches] == [False, True]
    assert [batch.view.events_until for batch in seen.batches] == [1_000, 3_000]
    assert seen.log.sentences("info") == ["Synced"]
    seen.step(3 * INITIAL_BLOCKS + 1)
    assert seen.log.sentences("info") == ["Synced"]


@pytest.mark.parametrize(("confirmations", "expected"), [(0, 2), (69, 2), (70, 2), (71, 1)])
def test_events_wait_for_their_confirmations(confirmations: int, expected: int) -> None:
    """So many blocks stand on the block of an event that is told; the head is the chain's own."""
    seen = watch(head=100, confirmations=confirmations)
    assert seen.step() == POLL
    assert len(seen.events) == expected
    assert seen.view.head.number == 100
    assert seen.view.events_until == 100 - confirmations
    assert seen.view.is_synced


def test_each_block_makes_one_more_readable() -> None:
    """With confirmations as without."""
    seen = watch(head=100, confirmations=71)
    seen.step()
    seen.step(101)
    assert seen.events == [make_request_created(), make_claim_made()]
    assert seen.chain.ranges() == [(1, 29), (30, 30)]


@pytest.mark.parametrize("head", [0, 1, 5, 19])
def test_a_chain_younger_than_the_confirmations_has_nothing_to_read(head: int) -> None:
    """The confirmed block is below zero: no logs are asked for, all that is confirmed is read."""
    seen = watch(head=head, confirmations=20, first=0)
    assert seen.step() == POLL
    assert seen.chain.ranges() == []
    assert seen.view.events_until == -1
    assert seen.view.is_synced


def test_a_chain_that_reaches_its_confirmations_is_read_from_block_zero() -> None:
    """No block is left out on the way."""
    seen = watch(head=19, confirmations=20, first=0)
    for head in (19, 20, 21, 31):
        seen.step(head)
    assert seen.chain.ranges() == [(0, 0), (1, 1), (2, 11)]
    assert seen.events == [make_request_created()]


def test_contracts_younger_than_the_head_are_waited_for() -> None:
    """An endpoint that is still catching up; nothing is asked of blocks it does not have."""
    seen = watch(head=5, first=8)
    assert [seen.step(), seen.step(7)] == [POLL, POLL]
    assert seen.chain.ranges() == []
    seen.step(12)
    assert seen.chain.ranges() == [(8, 12)]
    assert seen.events == [make_request_created()]


def test_an_older_head_is_not_told() -> None:
    """Another endpoint behind the same URL; time does not go back."""
    seen = watch()
    seen.step()
    assert seen.step(90) == POLL
    assert len(seen.batches) == 1


def test_logs_are_never_asked_beyond_the_head_that_the_endpoint_has() -> None:
    """Many answer with what they have, and the rest would be missing for ever."""
    seen = watch(head=3 * INITIAL_BLOCKS)
    seen.step()
    late = replace(make_claim_made(), block_number=BlockNumber(2_500))
    seen.chain.events.append(late)
    assert seen.step(2_000) == POLL
    assert seen.chain.ranges()[-1] == (1_001, 2_000)
    assert not seen.view.is_synced
    assert seen.view.head.number == 3_000
    assert seen.step(3_000) == POLL
    assert late in seen.events
    assert seen.view == make_chain_view(head=make_block(3_000))


def test_an_outage_is_told_once_and_its_end_too() -> None:
    """With the last view of the chain; no event is lost."""
    seen = watch()
    seen.step()
    seen.fails("eth_getBlockByNumber")
    seen.fails("eth_getBlockByNumber")
    assert seen.batches[1:] == [Batch(make_chain_view(is_reachable=False), ())]
    seen.step()
    assert seen.batches[2:] == [Batch(make_chain_view(), ())]


def test_an_outage_before_the_first_view_has_nothing_to_tell() -> None:
    """Readers wait for the first view anyway."""
    seen = watch()
    seen.fails("eth_getBlockByNumber")
    assert seen.batches == []


def test_an_error_between_head_and_logs_loses_nothing() -> None:
    """The new head is not told before its events are."""
    seen = watch(head=20)
    seen.step()
    seen.chain.head = 50
    seen.fails("eth_getLogs")
    assert seen.view == make_chain_view(head=make_block(20), is_reachable=False)
    while seen.step() == AT_ONCE:
        pass
    assert seen.view == make_chain_view(head=make_block(50))
    assert seen.events == [make_request_created(), make_claim_made()]


def test_a_log_that_cannot_be_decoded_makes_the_chain_unreadable() -> None:
    """Acting on a history with a hole in it could cost money."""
    seen = watch()
    seen.step()
    seen.chain.head = 101
    seen.chain.always("eth_getLogs", [{"topics": None, "data": 1}, 5])
    with pytest.raises(RecoverableError):
        seen.monitor.step()
    assert not seen.view.is_reachable


def test_a_refused_range_is_asked_for_again_at_once_and_smaller() -> None:
    """The chain answers, so it stays reachable; what was not read is not called synced."""
    seen = watch()
    logs = seen.chain.answer_of("eth_getLogs")
    seen.chain.always("eth_getLogs", RpcResponseError(-32005, "query exceeds 10 blocks"))
    assert seen.step() == AT_ONCE
    assert (seen.view.is_reachable, seen.view.is_synced) == (True, False)
    seen.chain.on("eth_getLogs", logs)
    assert seen.step() == AT_ONCE
    assert seen.chain.ranges() == [(1, 100), (1, 50)]
    while seen.step() == AT_ONCE:
        pass
    assert seen.view == make_chain_view()
    assert seen.events == [make_request_created(), make_claim_made()]
