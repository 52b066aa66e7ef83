"""Blocks of two chains are matched by when they came."""

import pytest

from beamer_agent.types import BlockNumber
from benchmarks.sightings import Pair, Sightings

pytestmark = pytest.mark.unit


def sightings(first: int, *moments: float) -> Sightings:
    """Blocks with these numbers, from a first one on."""
    return Sightings({BlockNumber(first + place): at for place, at in enumerate(moments)})


def pair(*target: float) -> Pair:
    """A source block 7 at 10.0, and target blocks from 100 on."""
    return Pair(sightings(7, 10.0, 11.0), sightings(100, *target))


@pytest.mark.parametrize(("filled", "blocks"), [(101, 1), (102, 2), (104, 4)])
def test_blocks_count_from_the_target_head_at_that_moment(filled: int, blocks: int) -> None:
    """The first one that comes after is 1."""
    seen = pair(9.3, 10.3, 11.3, 12.3, 13.3)
    assert seen.blocks(BlockNumber(7), BlockNumber(filled)) == blocks


def test_block_that_comes_at_the_same_moment_is_the_head() -> None:
    """Nobody could have filled in it."""
    seen = pair(9.0, 10.0, 11.0)
    assert seen.blocks(BlockNumber(7), BlockNumber(102)) == 1


@pytest.mark.parametrize(
    ("target", "filled", "missed"),
    [
        pytest.param((9.3, 10.3, 11.3), 101, 0, id="in the first one"),
        pytest.param((9.3, 10.3, 11.3), 102, 1, id="in the second one"),
        pytest.param((9.3, 10.3, 11.3, 12.3), 103, 2, id="in the third one"),
        pytest.param((9.03, 10.03, 11.03), 102, 0, id="the first one left no time"),
        pytest.param((9.05, 10.05, 11.05), 102, 1, id="the first one left just enough time"),
        pytest.param((9.03, 10.03, 11.03), 101, 0, id="sooner than was wanted"),
    ],
)
def test_only_blocks_that_left_time_are_missed(
    target: tuple[float, ...], filled: int, missed: int
) -> None:
    """Those that came 50 ms after the request's block, or later, and before the fill's."""
    assert pair(*target).missed(BlockNumber(7), BlockNumber(filled)) == missed


def test_block_that_nobody_saw_has_no_moment() -> None:
    """An error says so, no wrong number does."""
    with pytest.raises(KeyError):
        pair(9.3).blocks(BlockNumber(6), BlockNumber(100))
    with pytest.raises(ValueError, match="empty"):
        sightings(100, 10.0).head_at(9.0)
