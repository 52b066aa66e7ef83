"""EventFetcher near the head: blocks are read once more, and what is beside the newest one."""

import pytest

from beamer_agent.errors import (
    RpcResponseError,
    RpcTimeoutError,
)
from beamer_agent.events import fetcher
from beamer_agent.events.fetcher import SECOND_LOOK_SECONDS
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import INITIAL_BLOCKS, LARGEST_OVERLAP, BlockRange
from beamer_agent.events.reading import SUSPICIOUS_LOGS
from beamer_agent.events.recent import ReplacedError
from beamer_agent.types import BlockNumber
from tests.doubles import FakeChain
from tests.factories import (
    make_claim_made,
    make_request_created,
)
from tests.fetching import FAR, FIRST, Reader
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit


@pytest.fixture
def reader() -> Reader:
    """Of a chain with the story of one request."""
    return Reader(FakeChain(events=[make_request_created(), make_claim_made()]))


def test_the_last_blocks_are_read_once_more_and_told_once(reader: Reader) -> None:
    """A node that had not seen them may have answered; what was told before is no news."""
    assert reader.fetcher.fetch(BlockNumber(30)) == (make_request_created(), make_claim_made())
    late = make_claim_made(block_number=28)
    reader.chain.events.append(late)
    assert reader.fetcher.fetch(BlockNumber(31)) == (late,)
    assert reader.chain.ranges() == [(FIRST, 30), (31 - LARGEST_OVERLAP, 31)]


def test_the_overlap_keeps_to_the_size(reader: Reader) -> None:
    """A provider's limit is not run into for blocks that were read."""
    reader.fetcher.fetch(BlockNumber(40))
    reader.refused(RpcResponseError(-32005, "at most 10 blocks"), BlockNumber(41))
    for newest in (41, 41, 42, 43):
        reader.fetcher.fetch(BlockNumber(newest))
    assert reader.chain.ranges()[-4:] == [(25, 32), (33, 41), (37, 42), (38, 43)]


@pytest.mark.parametrize(("most", "first"), [(100, FIRST), (50, 150), (5, 201 - LARGEST_OVERLAP)])
def test_a_second_look_goes_back_as_far_as_one_answer_should(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, most: int, first: int
) -> None:
    """Where much happens, fewer blocks: at most so many events, and the overlap in any case."""
    events = [make_claim_made(block_number=number) for number in range(101, 200)]
    reader.chain.events = [make_request_created(), *events]
    reader.fetcher.fetch(BlockNumber(200))
    monkeypatch.setattr(fetcher, "LARGEST_LOGS", most)
    reader.clock.advance(SECOND_LOOK_SECONDS)
    reader.fetcher.look_back()
    asked = BlockRange(BlockNumber(first), BlockNumber(200))
    assert reader.fetcher.live_range(BlockNumber(200)) == asked


@pytest.mark.parametrize("change", ["hash", "gone"])
def test_an_event_of_a_block_that_was_replaced_is_noticed(reader: Reader, change: str) -> None:
    """Another one is in its place, or none; nothing of the range counts as read."""
    reader.fetcher.fetch(BlockNumber(30))
    reader.chain.replace_above(29)
    if change == "gone":
        reader.chain.events.pop()
    with pytest.raises(ReplacedError) as raised:
        reader.fetcher.fetch(BlockNumber(31))
    assert raised.value.block_number == 30
    assert reader.fetcher.next_block == 31


def test_an_event_that_is_left_out_of_an_answer_stands(reader: Reader) -> None:
    """Its block is still there: the node that answered has not seen it."""
    reader.fetcher.fetch(BlockNumber(30))
    reader.chain.events.pop()
    assert reader.fetcher.fetch(BlockNumber(31)) == ()
    assert reader.fetcher.next_block == 32


def test_what_is_asked_beside_the_head_begins_with_the_overlap(reader: Reader) -> None:
    """From the first block on; with nothing to ask, or more than the size, it is left out."""
    assert reader.fetcher.live_range(BlockNumber(FIRST - 1)) is None
    assert reader.fetcher.live_range(BlockNumber(9)) == BlockRange(FIRST, BlockNumber(9))
    too_far = BlockNumber(FIRST + INITIAL_BLOCKS)
    assert reader.fetcher.live_range(too_far) is None
    reader.fetcher.fetch(BlockNumber(40))
    expected = BlockRange(BlockNumber(41 - LARGEST_OVERLAP), BlockNumber(40))
    assert reader.fetcher.live_range(BlockNumber(40)) == expected


def test_logs_beside_the_head_are_taken_up_to_what_is_confirmed(reader: Reader) -> None:
    """Later ones are told when they are; earlier ones were not asked for."""
    logs = [make_log(event) for event in (make_request_created(), make_claim_made())]
    asked = BlockRange(FIRST, BlockNumber(40))
    assert reader.fetcher.take(logs, asked, BlockNumber(29)) == (make_request_created(),)
    assert reader.fetcher.next_block == 30
    asked = BlockRange(BlockNumber(14), BlockNumber(40))
    assert reader.fetcher.take(logs, asked, BlockNumber(30)) == (make_claim_made(),)
    below = BlockRange(BlockNumber(35), BlockNumber(40))
    assert reader.fetcher.take(logs, below, BlockNumber(40)) == ()


def test_logs_beside_the_head_that_may_be_cut_short_are_not_taken(reader: Reader) -> None:
    """A round number of them, or more blocks than may be asked for: better ask by itself."""
    logs = [make_log(make_claim_made(log_index=index)) for index in range(SUSPICIOUS_LOGS)]
    near, far = BlockNumber(40), BlockNumber(FIRST + INITIAL_BLOCKS)
    assert reader.fetcher.take(logs, BlockRange(FIRST, near), near) is None
    assert reader.fetcher.take(logs[1:], BlockRange(FIRST, far), far) is None
    assert reader.fetcher.next_block == FIRST
    taken = reader.fetcher.take(logs[1:], BlockRange(FIRST, near), near)
    assert taken is not None
    assert len(taken) == SUSPICIOUS_LOGS - 1


def test_after_a_rewind_everything_above_is_told_anew(reader: Reader) -> None:
    """Also what was told before; but nothing below where it began."""
    reader.fetcher.fetch(BlockNumber(30))
    reader.fetcher.rewind(BlockNumber(29))
    assert reader.fetcher.next_block == 30
    assert reader.fetcher.fetch(BlockNumber(30)) == (make_claim_made(),)
    reader.fetcher.rewind(BlockNumber(50))
    assert reader.fetcher.next_block == 31
    reader.fetcher.rewind(BlockNumber(1))
    assert reader.fetcher.next_block == FIRST


def test_going_back_reads_below_where_it_began(reader: Reader) -> None:
    """Somebody found logs missing in what was read before it."""
    reader.fetcher.fetch(BlockNumber(30))
    early = make_claim_made(block_number=2)
    reader.chain.events.append(early)
    reader.fetcher.go_back(BlockNumber(2))
    assert early in (reader.fetcher.fetch(BlockNumber(30)) or ())
    assert reader.chain.ranges()[-1] == (2, 30)
    reader.fetcher.go_back(BlockNumber(20))
    assert reader.fetcher.next_block == 20


def test_the_overlap_is_whole_also_when_ranges_are_small(reader: Reader) -> None:
    """After failures it takes several; each makes the next one larger."""
    reader.fetcher.fetch(BlockNumber(40))
    for _ in range(4):
        with pytest.raises(RpcTimeoutError):
            reader.refused(RpcTimeoutError("slow"), BlockNumber(41))
    late = make_claim_made(block_number=26)
    reader.chain.events.append(late)
    found: list[Event] = []
    while (events := reader.fetcher.fetch(BlockNumber(41))) is not None:
        found += events
    assert found == [late]
    assert reader.chain.ranges()[-5:-1] == [(25, 25), (26, 27), (28, 31), (32, 39)]


def test_the_overlap_is_read_also_after_a_long_pause(reader: Reader) -> None:
    """The last blocks before it may have been read too early."""
    reader.fetcher.fetch(BlockNumber(40))
    reader.fetcher.fetch(FAR)
    assert reader.chain.ranges()[-1][0] == 41 - LARGEST_OVERLAP
    reader.fetcher.fetch(FAR)
    assert reader.chain.ranges()[-1][0] == reader.chain.ranges()[-2][1] + 1
