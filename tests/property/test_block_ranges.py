"""Range arithmetic and the fetcher that uses it, on any chain and with any errors."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import RpcHttpError, RpcPausedError, RpcTimeoutError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.fetcher import EventFetcher
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import (
    FAST_SECONDS,
    LARGEST_BLOCKS,
    LARGEST_OVERLAP,
    SLOW_SECONDS,
    RangeSize,
)
from beamer_agent.events.reading import RangeReader
from beamer_agent.types import BlockNumber
from tests.doubles import ErrorObject, FakeChain, FakeClock, RecordingLogger, make_client
from tests.factories import REQUEST_MANAGER, SOURCE, make_claim_made

pytestmark = pytest.mark.property

blocks = st.integers(0, 2**40)
sizes = st.integers(1, LARGEST_BLOCKS)
seconds = st.floats(0.0, 60.0)


@given(sizes, blocks, st.integers(-100, 2**40))
def test_a_range_is_what_is_left_or_as_long_as_the_size(
    size: int, first: int, newest: int
) -> None:
    """It starts where it must, has at least one block, and never leaves the chain."""
    asked = RangeSize(size).range_from(BlockNumber(first), BlockNumber(newest))
    if first > newest:
        assert asked is None
        return
    assert asked is not None
    assert asked.first == first <= asked.last <= newest
    assert asked.last - asked.first + 1 == min(size, newest - first + 1)


@given(sizes, blocks, st.integers(0, LARGEST_BLOCKS * 2), seconds)
def test_the_size_stays_within_its_bounds(
    size: int, first: int, rest: int, elapsed: float
) -> None:
    """It grows only after a full and fast range, and shrinks only after a slow one."""
    before = RangeSize(size)
    asked = before.range_from(BlockNumber(first), BlockNumber(first + rest))
    assert asked is not None
    length = asked.last - asked.first + 1
    after = before.after_success(asked, elapsed)
    assert 1 <= after.blocks <= LARGEST_BLOCKS
    if after.blocks > size:
        assert length == size
        assert elapsed < FAST_SECONDS
    if elapsed > SLOW_SECONDS and length > 1:
        assert after.blocks < length


@given(sizes, blocks, blocks)
def test_refusals_lead_to_one_block_in_few_steps(size: int, first: int, rest: int) -> None:
    """Each next range is shorter than the refused one until it is a single block."""
    current = RangeSize(size)
    lengths: list[int] = []
    while not lengths or lengths[-1] > 1:
        asked = current.range_from(BlockNumber(first), BlockNumber(first + rest))
        assert asked is not None
        lengths.append(asked.last - asked.first + 1)
        current = current.after_refusal(asked)
    assert lengths == sorted(set(lengths), reverse=True)
    assert len(lengths) <= LARGEST_BLOCKS.bit_length()


class Provider(FakeChain):
    """An endpoint that refuses ranges above a limit, and fails now and then."""

    def __init__(self, head: int, events: list[Event], limit: int, moods: list[str]) -> None:
        super().__init__(head, events)
        self.limit = limit
        self.moods = moods
        self.clock = FakeClock()
        self.on("eth_getLogs", self._moody)

    def _moody(self, filter_: dict[str, str]) -> object:
        mood = self.moods.pop(0) if self.moods else "well"
        if mood == "busy":
            raise RpcHttpError(429)
        if mood == "down":
            raise RpcTimeoutError("no answer in time")
        length = int(filter_["toBlock"], 16) - int(filter_["fromBlock"], 16) + 1
        if length > self.limit:
            return ErrorObject("block range too large", -32602)
        self.clock.advance(SLOW_SECONDS + 1 if mood == "slow" else 0.1)
        return self._logs(filter_)


moods = st.lists(st.sampled_from(["well", "slow", "busy", "down"]), max_size=10)


@given(
    first=st.integers(0, 50),
    length=st.integers(1, 10_000),
    places=st.lists(st.integers(0, 10_000), max_size=5, unique=True),
    limit=st.integers(100, 20_000),
    moods=moods,
    heads=st.lists(st.integers(0, 10_000), max_size=3),
)
def test_every_event_is_told_exactly_once(
    first: int, length: int, places: list[int], limit: int, moods: list[str], heads: list[int]
) -> None:
    """Whatever the provider's limit, its moods, and the way its head moves."""
    newest = first + length - 1
    events: list[Event] = [
        make_claim_made(block_number=first + place) for place in sorted(places) if place < length
    ]
    reader = Reader(Provider(newest, events, limit, moods), first)
    for head in [*(min(head, newest) for head in heads), newest]:
        reader.read_until(head)
    assert reader.found == events
    assert reader.fetcher.next_block == newest + 1
    assert reader.read[0][0] == first
    for (_, last), (start, _) in pairwise(reader.read):
        assert last + 1 - LARGEST_OVERLAP <= start <= last + 1


class Reader:
    """Fetches until everything is read, as a monitor does."""

    def __init__(self, provider: Provider, first: int) -> None:
        self.provider = provider
        self.found: list[Event] = []
        self.read: list[tuple[int, int]] = []
        """Ranges whose events were handed out."""
        self._refused: set[tuple[int, int]] = set()
        decoder = EventDecoder(SOURCE, [packaged_contract("RequestManager")["abi"]])
        logger = RecordingLogger().logger
        client = make_client(provider, clock=provider.clock)
        reader = RangeReader(client, decoder, [REQUEST_MANAGER], provider.clock, logger)
        self.fetcher = EventFetcher(reader, BlockNumber(first), provider.clock)

    def read_until(self, head: int) -> None:
        """Fetch again and again, also after errors, until all up to the head is read."""
        events: tuple[Event, ...] | None = ()
        while events is not None:
            before = self.fetcher.next_block
            try:
                events = self.fetcher.fetch(BlockNumber(head))
            except (RpcHttpError, RpcPausedError):
                self.provider.clock.advance(60)
                continue
            except RpcTimeoutError:
                self._check_shrinking()
                continue
            self.found.extend(events or ())
            if self.fetcher.next_block > before:
                self._refused.clear()  # the overlap may be just such a range
                self.read.append(self.provider.ranges()[-1])
            elif events is not None:
                self._check_shrinking()

    def _check_shrinking(self) -> None:
        """No range is asked for in vain a second time while it can be made shorter."""
        asked = first, last = self.provider.ranges()[-1]
        assert first == last or asked not in self._refused
        self._refused.add(asked)
