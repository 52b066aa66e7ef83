"""RangeSize: how many blocks are asked for at once. For all numbers: `tests/property`."""

import pytest

from beamer_agent.events.ranges import (
    FAST_SECONDS,
    INITIAL_BLOCKS,
    LARGEST_BLOCKS,
    LARGEST_LOGS,
    LARGEST_OVERLAP,
    SHORT_BLOCKS,
    SLOW_SECONDS,
    BlockRange,
    RangeSize,
)
from beamer_agent.types import BlockNumber

pytestmark = pytest.mark.unit


def blocks(first: int, last: int) -> BlockRange:
    """A range."""
    return BlockRange(BlockNumber(first), BlockNumber(last))


FULL = blocks(1, INITIAL_BLOCKS)


@pytest.mark.parametrize(
    ("first", "newest", "expected"),
    [
        (0, 5, blocks(0, 5)),
        (5, 5, blocks(5, 5)),
        (6, 5, None),
        (0, -1, None),
        (0, 9, blocks(0, 9)),
        (0, 10, blocks(0, 9)),
    ],
)
def test_a_range_ends_at_its_size_or_at_the_newest_block(
    first: int, newest: int, expected: BlockRange | None
) -> None:
    """Both ends are included; nothing is left when the first lies beyond the newest."""
    assert RangeSize(10).range_from(BlockNumber(first), BlockNumber(newest)) == expected


def test_a_full_range_that_came_fast_doubles_the_size() -> None:
    """Up to a bound."""
    assert RangeSize().after_success(FULL, FAST_SECONDS - 0.01).blocks == 2 * INITIAL_BLOCKS
    largest = RangeSize(LARGEST_BLOCKS)
    assert largest.after_success(blocks(1, LARGEST_BLOCKS), 0.0) == largest


def test_a_full_range_that_took_its_time_leaves_the_size() -> None:
    """Between fast and slow."""
    for seconds in (FAST_SECONDS, SLOW_SECONDS):
        assert RangeSize().after_success(FULL, seconds) == RangeSize()


def test_a_short_last_range_says_nothing_of_the_size() -> None:
    """The head is near, every range is short and fast."""
    assert RangeSize().after_success(blocks(1, INITIAL_BLOCKS - 1), 0.0) == RangeSize()


@pytest.mark.parametrize(("length", "after"), [(1_000, 500), (10, 5), (3, 1), (2, 1), (1, 1)])
def test_slowness_and_refusal_halve_what_was_asked_for(length: int, after: int) -> None:
    """Which near the head is less than the size; never to none."""
    asked = blocks(1, length)
    assert RangeSize().after_success(asked, SLOW_SECONDS + 0.01).blocks == after
    assert RangeSize().after_refusal(asked).blocks == after


def test_a_size_that_was_refused_is_approached_slowly() -> None:
    """Doubling ends at the size that was left; from there on it is a sixteenth at a time."""
    sizes = [size := RangeSize().after_refusal(FULL)]
    for _ in range(3):
        sizes.append(size := size.after_success(blocks(1, size.blocks), 0.0))
    assert [size.blocks for size in sizes] == [500, 532, 566, 602]
    size = size.after_refusal(blocks(1, 50))
    assert (size.blocks, size.after_success(blocks(1, 25), 0.0).blocks) == (25, 27)


@pytest.mark.parametrize(
    ("logs", "after"),
    [
        (LARGEST_LOGS // 2, 2_000),
        (LARGEST_LOGS // 2 + 1, 1_000),
        (2 * LARGEST_LOGS, 1_000),
        (2 * LARGEST_LOGS + 1, 500),
    ],
)
def test_a_size_is_bounded_by_the_logs_of_an_answer(logs: int, after: int) -> None:
    """However fast they come: they all are in memory at once."""
    assert RangeSize().after_success(FULL, 0.0, logs).blocks == after


def test_what_may_have_failed_for_its_size_is_approached_slowly_too() -> None:
    """A short range soon has its size again: something else was the matter."""
    long = RangeSize().after_failure(FULL)
    assert long.after_success(blocks(1, 500), 0.0).blocks == 532
    short = RangeSize().after_failure(blocks(1, SHORT_BLOCKS))
    assert short.blocks == SHORT_BLOCKS // 2
    assert short.after_success(blocks(1, short.blocks), 0.0).blocks == SHORT_BLOCKS


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (RangeSize(), LARGEST_OVERLAP),
        (RangeSize().after_failure(blocks(1, 2)), LARGEST_OVERLAP),
        (RangeSize().after_refusal(blocks(1, 20)), 5),
        (RangeSize().after_refusal(blocks(1, 2)), 0),
    ],
)
def test_the_overlap_is_as_large_as_a_provider_lets_it_be(size: RangeSize, expected: int) -> None:
    """Half of what it does not refuse; failures do not matter."""
    assert size.overlap == expected
