"""BlockTimes: when blocks were made, as far as heads have told."""

import pytest

from beamer_agent.planning.block_times import MOST_HEADS, BlockTimes
from beamer_agent.types import BlockNumber, Timestamp

pytestmark = pytest.mark.unit


def told(*heads: tuple[int, int]) -> BlockTimes:
    """Of heads with these numbers and times."""
    times = BlockTimes()
    for number, time in heads:
        times.see(BlockNumber(number), Timestamp(time))
    return times


def time_of(times: BlockTimes, number: int) -> float | None:
    """Of a block."""
    return times.time_of(BlockNumber(number))


def test_head_has_its_own_time() -> None:
    """Nothing is guessed."""
    times = told((10, 100), (14, 108))
    assert [time_of(times, number) for number in (10, 14)] == [100, 108]


def test_blocks_between_heads_are_equally_far_apart() -> None:
    """A monitor does not look at each."""
    assert time_of(told((10, 100), (14, 108)), 11) == 102


def test_blocks_beyond_the_heads_have_no_time() -> None:
    """Before the first there is history; after the last nobody knows."""
    times = told((10, 100), (14, 108))
    assert [time_of(times, number) for number in (9, 15)] == [None, None]
    assert time_of(BlockTimes(), 10) is None


def test_time_has_a_block() -> None:
    """With the part of the next that is over; after the newest head, that one."""
    times = told((10, 100), (14, 108))
    assert [times.number_at(time) for time in (100, 103, 108, 900)] == [10, 11.5, 14, 14]
    assert times.number_at(99) is None


def test_same_head_again_changes_nothing() -> None:
    """A chain may make no block for long."""
    assert time_of(told((10, 100), (10, 100), (14, 108)), 12) == 104


def test_lower_head_replaces_those_above() -> None:
    """The chain has gone back."""
    times = told((10, 100), (14, 108), (12, 107))
    assert [time_of(times, number) for number in (11, 12, 14)] == [103.5, 107, None]


def test_time_that_falls_is_of_another_chain() -> None:
    """Times of a chain grow: what was told before is gone."""
    assert time_of(told((10, 100), (14, 108), (15, 105)), 14) == 104


def test_heads_of_one_time_are_told_apart() -> None:
    """Fast chains make several blocks within a second."""
    times = told((10, 100), (11, 100), (12, 101))
    assert time_of(times, 11) == 100
    assert times.number_at(100) == 11


def test_only_the_newest_heads_are_kept() -> None:
    """Memory stays flat."""
    times = told(*((number, 2 * number) for number in range(10 * MOST_HEADS)))
    last = 10 * MOST_HEADS - 1
    assert time_of(times, last - MOST_HEADS // 2) == 2 * (last - MOST_HEADS // 2)
    assert time_of(times, last - MOST_HEADS) is None
