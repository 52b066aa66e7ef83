"""Heads: who is behind whom, and for how long."""

import pytest

from beamer_agent.rpc.heads import KEEP_SECONDS, Heads, head_among
from beamer_agent.types import BlockNumber

pytestmark = pytest.mark.unit

HEAD = ("eth_getBlockByNumber", ("latest", False))


def noted(*heads: tuple[str, int, float]) -> Heads:
    """After these heads: endpoint, number, time."""
    known = Heads()
    for endpoint, number, at in heads:
        known = known.noted(endpoint, BlockNumber(number), at)
    return known


def lag(known: Heads, number: int, at: float) -> float:
    """Of an endpoint that shows a block now."""
    return known.lag(BlockNumber(number), at)


def test_lag_is_the_time_since_the_next_block_was_known() -> None:
    """Not since the newest."""
    known = noted(("a", 100, 0.0), ("a", 101, 5.0), ("a", 105, 9.0), ("b", 100, 12.0))
    assert lag(known, 100, 12.0) == 7.0
    assert lag(known, 102, 12.0) == 3.0
    assert lag(known, 105, 12.0) == 0.0


def test_a_block_is_known_from_when_it_was_seen_first() -> None:
    """However often it is shown again."""
    known = noted(("a", 100, 0.0), ("a", 101, 5.0), ("c", 101, 8.0), ("a", 101, 11.0))
    assert lag(known, 100, 12.0) == 7.0


def test_an_endpoint_alone_is_never_behind() -> None:
    """Also when its chain was rolled back."""
    known = noted(("a", 100, 0.0), ("a", 90, 50.0))
    assert lag(known, 90, 50.0) == 0.0


def test_nobody_is_behind_a_head_that_nobody_shows_any_more() -> None:
    """A rollback is seen by one endpoint after the other."""
    known = noted(("a", 100, 0.0), ("b", 100, 0.0), ("a", 90, 50.0))
    assert lag(known, 90, 50.0) == 50.0
    known = known.noted("b", BlockNumber(91), 51.0)
    assert lag(known, 91, 51.0) == 0.0
    assert lag(known, 90, 52.0) == 1.0


def test_a_block_that_was_made_while_an_endpoint_answered_is_not_held_against_it() -> None:
    """Its time is that of the question."""
    assert lag(noted(("a", 100, 0.0), ("a", 101, 5.0)), 100, 4.0) == 0.0


def test_only_what_is_needed_is_kept() -> None:
    """And of a chain that stands still, its head."""
    known = noted(*[("a", number, float(number)) for number in range(1_000)])
    assert len(known.highs) <= KEEP_SECONDS + 1
    assert lag(known, 5, 999.0) == KEEP_SECONDS
    known = noted(("a", 1, 0.0), ("a", 1, 10_000.0))
    assert lag(known, 0, 10_000.0) == 10_000.0


@pytest.mark.parametrize(
    ("block", "number"), [({"number": "0x10"}, 16), (None, None), ({}, None), ("0x10", None)]
)
def test_a_head_is_found_among_answers(block: object, number: int | None) -> None:
    """Where one was asked for, and has the shape of one."""
    assert head_among([("eth_chainId", ()), HEAD], ["0x1", block]) == number
    assert head_among([("eth_getBlockByNumber", ("0x1", False))], [block]) is None
