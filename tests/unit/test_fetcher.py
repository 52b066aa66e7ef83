"""EventFetcher: range after range, nothing read twice, nothing left out."""

from contextlib import suppress

import pytest

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
    UndecodableLogError,
)
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.fetcher import EventFetcher
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import INITIAL_BLOCKS, LARGEST_OVERLAP, SLOW_SECONDS, BlockRange
from beamer_agent.events.reading import SUSPICIOUS_LOGS, RangeReader
from beamer_agent.events.recent import ReplacedError
from beamer_agent.types import BlockNumber
from tests.doubles import ErrorObject, FakeChain, FakeClock, RecordingLogger, make_client
from tests.factories import (
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
)
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit

FIRST = BlockNumber(5)
FAR = BlockNumber(1_000_000)


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
        self.fetcher = EventFetcher(reader, first)

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


@pytest.fixture
def reader() -> Reader:
    """Of a chain with the story of one request."""
    return Reader(FakeChain(events=[make_request_created(), make_claim_made()]))


def test_events_come_in_chain_order(reader: Reader) -> None:
    """By block and log index, whatever order the endpoint answers in."""
    withdrawn, deposit = make_claim_stake_withdrawn(), make_deposit_withdrawn()
    reader.chain.events = [deposit, make_claim_made(), withdrawn, make_request_created()]
    expected = (make_request_created(), make_claim_made(), withdrawn, deposit)
    assert reader.fetcher.fetch(BlockNumber(100)) == expected


def test_the_first_range_starts_where_the_contracts_do(reader: Reader) -> None:
    """And asks for the contracts that are listened to."""
    reader.fetcher.fetch(BlockNumber(100))
    assert reader.chain.ranges() == [(FIRST, 100)]
    filter_ = reader.chain.calls[-1][1][0]
    assert filter_["address"] == [REQUEST_MANAGER, FILL_MANAGER]
    assert reader.fetcher.next_block == 101


def test_ranges_follow_each_other_without_a_gap(reader: Reader) -> None:
    """After the head was reached, a little earlier; nothing is asked when all is read."""
    newest = BlockNumber(FIRST + INITIAL_BLOCKS + 2_010)
    for _ in range(3):
        reader.fetcher.fetch(newest)
    assert reader.fetcher.fetch(newest) is None
    assert reader.fetcher.fetch(BlockNumber(newest - 3)) is None
    end = FIRST + INITIAL_BLOCKS - 1
    last = end + 1 + 2 * INITIAL_BLOCKS
    assert reader.chain.ranges() == [
        (FIRST, end),
        (end + 1, last - 1),
        (last, newest),
    ]
    reader.fetcher.fetch(BlockNumber(newest + 1))
    assert reader.chain.ranges()[-1] == (newest + 1 - LARGEST_OVERLAP, newest + 1)


@pytest.mark.parametrize("newest", [-10, -1, 0, FIRST - 1])
def test_nothing_is_asked_before_the_first_block(reader: Reader, newest: int) -> None:
    """A chain that has just begun, or an endpoint far behind."""
    assert reader.fetcher.fetch(BlockNumber(newest)) is None
    assert reader.chain.ranges() == []
    assert reader.fetcher.next_block == FIRST


def test_ranges_grow_while_answers_come_fast(reader: Reader) -> None:
    """So that a long history takes few calls."""
    sizes = []
    for _ in range(3):
        reader.fetcher.fetch(FAR)
        sizes.append(reader.last_size())
    assert sizes == [INITIAL_BLOCKS, 2 * INITIAL_BLOCKS, 4 * INITIAL_BLOCKS]


def test_a_slow_answer_makes_the_next_range_smaller(reader: Reader) -> None:
    """Before the endpoint times out."""
    logs = reader.chain.answer_of("eth_getLogs")

    def slow(*params: object) -> object:
        reader.clock.advance(SLOW_SECONDS + 1)
        return logs(*params)

    reader.chain.on("eth_getLogs", slow)
    reader.fetcher.fetch(FAR)
    reader.fetcher.fetch(FAR)
    assert reader.last_size() == INITIAL_BLOCKS // 2


FAILURES = [
    RpcTimeoutError("no answer in time"),
    RpcHttpError(500),
    RpcHttpError(502),
    RpcHttpError(504),
    RpcPayloadError("the body is not JSON"),
    RpcConnectionError("IncompleteRead"),
]
REFUSALS = [
    RpcHttpError(413),
    RpcResponseError(-32005, "query returned more than 10000 results"),
    RpcResponseError(-32602, "block range too large"),
]


@pytest.mark.parametrize("error", [*FAILURES, *REFUSALS], ids=str)
def test_an_error_that_size_may_have_caused_halves_the_range(
    reader: Reader, error: RpcError
) -> None:
    """It asks again from the same block on, and says so; what it then reads is complete."""
    with suppress(type(error)):
        reader.refused(error)
    assert reader.last_size() == INITIAL_BLOCKS
    assert reader.log.sentences() == ["Shrank the block range"]
    assert reader.log.lines[0]["blocks"] == INITIAL_BLOCKS // 2
    assert reader.fetcher.fetch(FAR) == (make_request_created(), make_claim_made())
    assert reader.chain.ranges()[-1] == (FIRST, FIRST + INITIAL_BLOCKS // 2 - 1)


@pytest.mark.parametrize("error", FAILURES, ids=str)
def test_a_failure_is_raised(reader: Reader, error: RpcError) -> None:
    """The caller waits before it asks for a smaller range: the endpoint is in trouble."""
    with pytest.raises(type(error)):
        reader.refused(error)


@pytest.mark.parametrize("error", REFUSALS, ids=str)
def test_a_refusal_is_not_raised_while_the_range_can_be_smaller(
    reader: Reader, error: RpcError
) -> None:
    """The caller may ask again at once; a single block that is refused is a failure."""
    sizes = []
    for _ in range(9):
        assert reader.refused(error) == ()
        sizes.append(reader.last_size())
    assert sizes == [1000, 500, 250, 125, 62, 31, 15, 7, 3]
    with pytest.raises(type(error)):
        reader.refused(error)


def test_a_fixed_limit_is_seldom_run_into(reader: Reader) -> None:
    """After the first refusals, once in a while only: that finds out when the limit is lifted."""
    logs, limit = reader.chain.answer_of("eth_getLogs"), 3_000
    refusals = 0

    def limited(filter_: dict[str, str]) -> object:
        nonlocal refusals
        if int(filter_["toBlock"], 16) - int(filter_["fromBlock"], 16) < limit:
            return logs(filter_)
        refusals += 1
        return ErrorObject("block range too large")

    reader.chain.on("eth_getLogs", limited)
    for _ in range(200):
        reader.fetcher.fetch(FAR)
    assert 2 <= refusals <= 20
    assert reader.fetcher.next_block > 180 * limit // 2


def test_too_many_requests_leave_the_range(reader: Reader) -> None:
    """More, smaller ranges would make that worse."""
    for _ in range(2):
        with pytest.raises(RpcHttpError):
            reader.refused(RpcHttpError(429))
        with pytest.raises(RpcPausedError):
            reader.fetcher.fetch(FAR)
        reader.clock.advance(60)
        assert reader.last_size() == INITIAL_BLOCKS
    assert reader.log.lines == []


def test_a_range_that_always_fails_shrinks_to_one_block_and_stays(reader: Reader) -> None:
    """Then only waiting helps: it is raised each time, and nothing is skipped."""
    sizes = []
    for _ in range(12):
        with pytest.raises(RpcTimeoutError):
            reader.refused(RpcTimeoutError("slow"))
        sizes.append(reader.last_size())
    assert sizes == [1000, 500, 250, 125, 62, 31, 15, 7, 3, 1, 1, 1]
    assert len(reader.log.lines) == 9
    assert reader.fetcher.next_block == FIRST
    assert reader.fetcher.fetch(FAR) == ()
    assert reader.chain.ranges()[-1] == (FIRST, FIRST)


def test_a_single_block_that_fails_says_nothing_of_the_size(reader: Reader) -> None:
    """Near the head every range is short; one block asked for cannot be less."""
    with pytest.raises(RpcTimeoutError):
        reader.refused(RpcTimeoutError("slow"), FIRST)
    assert reader.log.lines == []


def test_a_short_range_that_fails_is_asked_for_in_smaller_parts(reader: Reader) -> None:
    """Near the head the size is far above what is asked for; that must not delay it."""
    for _ in range(2):
        with pytest.raises(RpcTimeoutError):
            reader.refused(RpcTimeoutError("slow"), BlockNumber(FIRST + 9))
    assert [last - first + 1 for first, last in reader.chain.ranges()] == [10, 5]


def test_a_log_that_cannot_be_decoded_is_not_skipped(reader: Reader) -> None:
    """Nothing of its range counts as read."""
    good = make_log(make_request_created())
    reader.chain.always("eth_getLogs", [good, good | {"data": "0x"}])
    for _ in range(2):
        with pytest.raises(UndecodableLogError):
            reader.fetcher.fetch(FAR)
    assert reader.fetcher.next_block == FIRST


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
