"""Trust: which blocks count, and which are past changing."""

import pytest

from beamer_agent.events.trust import Trust
from beamer_agent.types import BlockNumber, Seconds, Timestamp
from tests.factories import NOW, make_block

pytestmark = pytest.mark.unit


def test_a_block_is_confirmed_when_enough_stand_on_it() -> None:
    """Below zero while the chain is too young for any."""
    assert Trust(5, 20).confirmed(make_block(100)) == 95
    assert Trust(5, 20).confirmed(make_block(3)) == -2


@pytest.mark.parametrize(("confirmations", "finality", "expected"), [(5, 20, 80), (30, 20, 70)])
def test_nothing_is_final_before_it_is_confirmed(
    confirmations: int, finality: int, expected: int
) -> None:
    """Somebody who waits for more blocks than for finality wants finality to be as deep."""
    assert Trust(confirmations, finality).final_until(BlockNumber(100)) == expected


def test_a_head_is_stale_when_it_is_older_than_allowed() -> None:
    """Never, when any age is allowed."""
    head = make_block(timestamp=NOW)
    assert not Trust(0, 1, Seconds(60)).is_stale(head, Timestamp(NOW + 60))
    assert Trust(0, 1, Seconds(60)).is_stale(head, Timestamp(NOW + 61))
    assert not Trust(0, 1).is_stale(head, Timestamp(NOW + 10**9))
