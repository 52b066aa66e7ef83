"""RecentEvents: nothing is told twice, and what does not fit together is noticed."""

import tracemalloc

import pytest

from beamer_agent.events.ranges import BlockRange
from beamer_agent.events.recent import MISSED_SECONDS, RecentEvents, ReplacedError
from beamer_agent.types import BlockNumber
from tests.factories import block_hash, make_claim_made, make_fill_id, make_request_created

pytestmark = pytest.mark.unit

EARLY, LATE = make_request_created(), make_claim_made()
MOVED = make_claim_made(block_hash=make_fill_id(7))


def blocks(first: int, last: int) -> BlockRange:
    """What was asked for."""
    return BlockRange(BlockNumber(first), BlockNumber(last))


@pytest.fixture
def recent() -> RecentEvents:
    """Both events have been here: in blocks 10 and 30."""
    recent = RecentEvents()
    recent.news([EARLY, LATE])
    return recent


def test_what_was_here_is_no_news(recent: RecentEvents) -> None:
    """Another log of the same block is."""
    second = make_claim_made(log_index=1)
    assert recent.news([EARLY, LATE, second]) == (second,)
    assert recent.news([second]) == ()


def test_a_log_of_another_block_at_the_same_place_is_noticed(recent: RecentEvents) -> None:
    """Nothing of that answer is remembered."""
    second = make_claim_made(block_number=20)
    with pytest.raises(ReplacedError) as raised:
        recent.news([second, MOVED])
    assert raised.value.block_number == 30
    assert recent.news([second]) == (second,)


def test_what_is_missing_in_an_answer_is_told_by_block(recent: RecentEvents) -> None:
    """Only of the blocks that were asked for."""
    assert recent.absent([EARLY, LATE], blocks(10, 30), 0) == {}
    assert recent.absent([EARLY], blocks(10, 30), 0) == {30: block_hash(30)}
    assert recent.absent([EARLY], blocks(10, 29), 0) == {}
    assert recent.absent([LATE], blocks(11, 30), 0) == {}


def test_event_that_looks_lack_for_long_is_untrue(recent: RecentEvents) -> None:
    """An endpoint may have invented it; or hides it now: nobody can tell which."""
    recent.absent([EARLY], blocks(10, 30), 5)
    assert recent.untrue(5 + MISSED_SECONDS - 0.1) is None
    recent.absent([EARLY], blocks(10, 30), 5 + MISSED_SECONDS)
    assert recent.untrue(5 + MISSED_SECONDS) == 30


def test_event_that_comes_back_is_true(recent: RecentEvents) -> None:
    """The node that lacked it was behind."""
    recent.absent([EARLY], blocks(10, 30), 5)
    recent.absent([EARLY, LATE], blocks(10, 30), 6)
    recent.absent([EARLY], blocks(10, 30), 10)
    assert recent.untrue(5 + MISSED_SECONDS) is None
    assert recent.untrue(10 + MISSED_SECONDS) == 30


def test_look_at_other_blocks_says_nothing_of_what_is_missed(recent: RecentEvents) -> None:
    """It neither excuses it nor makes it worse."""
    recent.absent([EARLY], blocks(10, 30), 5)
    assert recent.absent([], blocks(31, 40), 6) == {}
    assert recent.untrue(5 + MISSED_SECONDS) == 30


def test_what_is_forgotten_is_not_missed(recent: RecentEvents) -> None:
    """Its blocks are read anew, or never again."""
    recent.absent([], blocks(10, 30), 5)
    recent.forget_below(BlockNumber(11))
    assert recent.untrue(5 + MISSED_SECONDS) == 30
    recent.forget_above(BlockNumber(29))
    assert recent.untrue(5 + MISSED_SECONDS) is None


def test_what_is_forgotten_is_news_again(recent: RecentEvents) -> None:
    """The blocks at the border are kept."""
    recent.forget_below(BlockNumber(11))
    recent.forget_above(BlockNumber(30))
    assert recent.news([EARLY, LATE]) == (EARLY,)
    recent.forget_below(BlockNumber(10))
    recent.forget_above(BlockNumber(29))
    assert recent.news([EARLY, MOVED]) == (MOVED,)


def test_no_event_takes_more_than_some_bytes() -> None:
    """Of busy chains a hundred thousand are remembered."""
    events = [make_claim_made(log_index=10**6 + n) for n in range(5_000)]
    tracemalloc.start()
    try:
        recent = RecentEvents()
        recent.news(events[::2])
        recent.news(events)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert recent.news(events) == ()
    assert size / len(events) < 16
