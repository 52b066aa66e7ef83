"""EventMonitor: what its readers are told of a chain that grows, and when it looks again."""

import pytest

from beamer_agent.events.ranges import INITIAL_BLOCKS
from beamer_agent.events.view import Batch
from beamer_agent.types import BlockNumber
from tests.factories import NOW, make_claim_made, make_request_created
from tests.watching import AT_ONCE, FINALITY, POLL, watch

pytestmark = pytest.mark.unit


def test_events_and_view_go_to_every_reader() -> None:
    """In one batch, in chain order."""
    seen = watch()
    assert seen.step() == POLL
    expected = Batch(seen.expected(100), (make_request_created(), make_claim_made()))
    assert seen.batches == [expected]
    assert seen.other == [expected]


def test_a_new_block_without_events_is_news() -> None:
    """Its timestamp ends claims and requests."""
    seen = watch()
    seen.step()
    assert seen.step(101) == POLL
    assert seen.batches[1:] == [Batch(seen.expected(101), ())]


def test_nothing_new_is_not_told() -> None:
    """And takes one HTTP request."""
    seen = watch()
    seen.step()
    before = seen.posts
    assert seen.step() == POLL
    assert len(seen.batches) == 1
    assert seen.posts == before + 1


def test_a_new_block_and_its_events_take_one_request() -> None:
    """Every poll costs that much, whatever is new."""
    seen = watch(head=29)
    seen.step()
    before = seen.posts
    assert seen.step(30) == POLL
    assert make_claim_made() in seen.events
    assert seen.posts == before + 1


def test_a_long_history_is_read_range_after_range_without_a_pause() -> None:
    """Views say that more is to come; the last one, and the log, that everything is read."""
    seen = watch(head=3 * INITIAL_BLOCKS, first=1, finality=3 * INITIAL_BLOCKS)
    pauses = [seen.step() for _ in range(2)]
    assert pauses == [AT_ONCE, POLL]
    assert [batch.view.is_synced for batch in seen.batches] == [False, True]
    assert [batch.view.events_until for batch in seen.batches] == [1_000, 3_000]
    assert seen.log.sentences("info") == ["Synced"]
    seen.step(3 * INITIAL_BLOCKS + 1)
    assert seen.log.sentences("info") == ["Synced"]


@pytest.mark.parametrize(("confirmations", "expected"), [(0, 2), (69, 2), (70, 2), (71, 1)])
def test_events_wait_for_their_confirmations(confirmations: int, expected: int) -> None:
    """So many blocks stand on the block of an event that is told; the head is the chain's own."""
    seen = watch(head=100, confirmations=confirmations)
    assert seen.step() == POLL
    assert len(seen.events) == expected
    assert seen.view.head.number == 100
    assert seen.view.events_until == 100 - confirmations
    assert seen.view.is_synced


def test_each_block_makes_one_more_readable() -> None:
    """With confirmations as without."""
    seen = watch(head=100, confirmations=71)
    seen.step()
    seen.step(101)
    assert seen.events == [make_request_created(), make_claim_made()]
    assert seen.view.events_until == 30


@pytest.mark.parametrize("head", [0, 1, 5, 19])
def test_a_chain_younger_than_the_confirmations_has_nothing_to_tell(head: int) -> None:
    """The confirmed block is below zero: all that is confirmed is read."""
    seen = watch(head=head, confirmations=20, first=0)
    assert seen.step() == POLL
    assert seen.events == []
    assert seen.view.events_until == -1
    assert seen.view.is_synced


def test_a_chain_that_reaches_its_confirmations_is_read_from_block_zero() -> None:
    """No block is left out on the way."""
    seen = watch(head=19, confirmations=20, first=0)
    for head in (19, 20, 21, 29):
        seen.step(head)
        assert seen.view.events_until == head - 20
    assert seen.events == []
    seen.step(30)
    assert seen.events == [make_request_created()]


def test_contracts_younger_than_the_head_are_waited_for() -> None:
    """An endpoint that is still catching up; nothing is asked of blocks it does not have."""
    seen = watch(head=5, first=8)
    assert [seen.step(), seen.step(7)] == [POLL, POLL]
    assert seen.chain.ranges() == []
    assert (seen.view.events_until, seen.view.is_synced, seen.view.is_whole) == (7, True, True)
    seen.step(12)
    assert seen.chain.ranges() == [(8, 12)]
    assert seen.events == [make_request_created()]


def test_a_head_that_is_too_old_makes_the_chain_unreachable() -> None:
    """As soon as it is too old, though no block came; a new one heals it. Both are logged."""
    seen = watch(stale_after=60)
    seen.step()
    seen.clock.advance(60)
    seen.step()
    seen.clock.advance(1)
    seen.step()
    assert seen.log.sentences("warning") == ["Chain is down"]
    seen.chain.timestamp = NOW + 61
    seen.step(101)
    assert [batch.view.is_reachable for batch in seen.batches] == [True, False, True]
    assert seen.log.sentences()[-1] == "Chain is back"


def test_a_chain_that_is_too_old_from_the_start_is_reported() -> None:
    """An operator should not wonder why nothing happens."""
    seen = watch(stale_after=60)
    seen.clock.advance(61)
    seen.step()
    assert not seen.view.is_reachable
    assert seen.log.sentences("warning") == ["Chain is down"]


# --- what is asked of it


def test_logs_that_somebody_missed_are_read_again() -> None:
    """From their block on; what may still be replaced, in the next step."""
    seen = watch(head=1_000)
    seen.settle()
    seen.read_history()
    missed = make_claim_made(block_number=900)
    seen.chain.events.append(missed)
    seen.monitor.read_again(BlockNumber(990))
    seen.monitor.read_again(BlockNumber(900))
    seen.settle()
    assert seen.events[-1] == missed
    assert seen.chain.ranges()[-1] == (900, 1_000)
    assert seen.view == seen.expected(1_000)


def test_history_that_somebody_missed_logs_of_is_read_again() -> None:
    """Newest first; meanwhile the chain does not count as known to its beginning."""
    seen = watch(head=1_000)
    seen.settle()
    seen.read_history()
    seen.history_wake.clear()
    missed = make_claim_made(block_number=500)
    seen.chain.events.append(missed)
    seen.monitor.read_again(BlockNumber(0))
    seen.settle(1_001)
    assert (seen.view.events_from, seen.view.events_since) == (1_000 - FINALITY, NOW)
    assert seen.history_wake.is_set()
    seen.read_history()
    assert missed in seen.events
    assert seen.view == seen.expected(1_001)


def test_what_is_to_be_read_again_is_not_forgotten_for_an_error() -> None:
    """It takes a question how old a block is."""
    seen = watch(head=1_000)
    seen.settle()
    seen.read_history()
    seen.monitor.read_again(BlockNumber(500))
    seen.fails("eth_getBlockByNumber")
    assert seen.view.is_whole
    seen.settle()
    assert not seen.view.is_whole


def test_a_chain_that_is_not_needed_is_not_asked() -> None:
    """It is followed as soon as it is."""
    seen = watch()
    seen.is_needed = False
    assert seen.step() == POLL
    assert seen.posts == 0
    seen.is_needed = True
    seen.step()
    assert seen.view == seen.expected(100)
