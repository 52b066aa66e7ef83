"""RecentEvents: nothing is told twice, and what does not fit together is noticed."""

import pytest

from beamer_agent.events.recent import RecentEvents, ReplacedError
from beamer_agent.types import BlockNumber
from tests.factories import block_hash, make_claim_made, make_fill_id, make_request_created

pytestmark = pytest.mark.unit

EARLY, LATE = make_request_created(), make_claim_made()
MOVED = make_claim_made(block_hash=make_fill_id(7))


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
    first, last = BlockNumber(10), BlockNumber(30)
    assert recent.absent([EARLY, LATE], first, last) == {}
    assert recent.absent([EARLY], first, last) == {30: block_hash(30)}
    assert recent.absent([EARLY], first, BlockNumber(29)) == {}
    assert recent.absent([LATE], BlockNumber(11), last) == {}


def test_what_is_forgotten_is_news_again(recent: RecentEvents) -> None:
    """The blocks at the border are kept."""
    recent.forget_below(BlockNumber(11))
    recent.forget_above(BlockNumber(30))
    assert recent.news([EARLY, LATE]) == (EARLY,)
    recent.forget_below(BlockNumber(10))
    recent.forget_above(BlockNumber(29))
    assert recent.news([EARLY, MOVED]) == (MOVED,)
