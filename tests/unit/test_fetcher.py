"""EventFetcher: range after range, nothing read twice, nothing left out."""

from contextlib import suppress

import pytest

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
    RpcTooLongError,
    UndecodableLogError,
)
from beamer_agent.events.ranges import INITIAL_BLOCKS, LARGEST_OVERLAP, SLOW_SECONDS
from beamer_agent.types import BlockNumber
from tests.doubles import ErrorObject, FakeChain
from tests.factories import (
    FILL_MANAGER,
    REQUEST_MANAGER,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
)
from tests.fetching import FAR, FIRST, Reader
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit


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
    RpcTooLongError("the answer is too long"),
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
