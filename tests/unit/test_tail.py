"""Tail: the blocks that were seen, as far back as they may be replaced."""

import pytest

from beamer_agent.events.tail import MARKS_AT_ONCE, Mark, Tail, anchors
from beamer_agent.types import BlockNumber
from tests.factories import block_hash, make_block, make_fill_id

pytestmark = pytest.mark.unit


def tail(*numbers: int) -> Tail:
    """Of blocks at some heights."""
    return Tail(make_block(number) for number in numbers)


def numbers(of: Tail) -> list[int]:
    """All heights, from the newest down."""
    return [mark.number for some in of.newest_first() for mark in some]


def test_marks_are_kept_in_the_order_of_their_heights() -> None:
    """Each height once; nothing is the newest of none."""
    assert numbers(tail(5, 3, 5, 9)) == [9, 5, 3]
    assert tail(3, 9).newest == Mark(BlockNumber(9), block_hash(9))
    assert tail().newest is None


def test_only_a_higher_block_is_added() -> None:
    """The newest block is often seen twice, and sometimes an older one."""
    marks = tail(3)
    for number in (5, 5, 4, 6):
        marks.add(make_block(number))
    assert numbers(marks) == [6, 5, 3]
    empty = tail()
    empty.add(make_block(7))
    assert numbers(empty) == [7]


def test_another_block_at_the_height_of_a_mark_contradicts_it() -> None:
    """Heights between marks say nothing."""
    marks = tail(3, 5, 7)
    other = make_fill_id(1)
    assert marks.contradicts(make_block(5, hash=other))
    assert not marks.contradicts(make_block(5))
    for number in (2, 4, 8):
        assert not marks.contradicts(make_block(number, hash=other))


def test_the_highest_mark_below_a_height_is_found() -> None:
    """Not the one at that height; None below all."""
    marks = tail(3, 5)
    assert [marks.highest_below(BlockNumber(n)) for n in (9, 6, 5, 4, 3)] == [5, 5, 3, 3, None]


def test_a_cut_takes_what_is_above() -> None:
    """The block itself stays, if it was seen."""
    marks = tail(3, 5, 7)
    marks.cut(BlockNumber(5))
    assert numbers(marks) == [5, 3]
    marks.cut(BlockNumber(4))
    assert numbers(marks) == [3]
    marks.cut(BlockNumber(2))
    assert numbers(marks) == []


def test_of_final_blocks_the_highest_stays() -> None:
    """A fork just above it must be found at it."""
    marks = tail(1, 3, 5, 7)
    marks.forget_final(BlockNumber(4))
    assert numbers(marks) == [7, 5, 3]
    marks.forget_final(BlockNumber(5))
    assert numbers(marks) == [7, 5]
    marks.forget_final(BlockNumber(9))
    assert numbers(marks) == [7]


def test_marks_are_handed_out_some_at_a_time() -> None:
    """As many as fit one request."""
    marks = tail(*range(MARKS_AT_ONCE + 1))
    assert [len(some) for some in marks.newest_first()] == [MARKS_AT_ONCE, 1]


def test_anchors_are_close_near_the_head_and_reach_down_to_the_oldest() -> None:
    """Ascending, below the head."""
    assert anchors(BlockNumber(100), BlockNumber(60)) == [60, 68, 84, 92, 96, 98, 99]
    assert anchors(BlockNumber(100), BlockNumber(99)) == [99]
    assert anchors(BlockNumber(100), BlockNumber(100)) == []
    assert anchors(BlockNumber(100), BlockNumber(200)) == []
