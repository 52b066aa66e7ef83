"""Publisher: one order for all readers, and how far back the history is known."""

import pytest

from beamer_agent.events.publisher import Publisher
from beamer_agent.events.view import BEFORE_ALL_BLOCKS, BEGINNING, Batch
from beamer_agent.types import BlockNumber, Timestamp
from tests.factories import make_block, make_claim_made, make_request_created
from tests.made_views import make_chain_view

pytestmark = pytest.mark.unit

SINCE = Timestamp(1_000)
VIEW = make_chain_view(events_from=BlockNumber(50), events_since=SINCE)
NEWER = make_chain_view(head=make_block(101), events_from=BlockNumber(50), events_since=SINCE)


class Told:
    """A publisher and what two readers heard."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.other: list[Batch] = []
        self.publisher = Publisher([self.batches.append])
        self.publisher.join(self.other.append)


@pytest.fixture
def told() -> Told:
    """The first view was told."""
    told = Told()
    assert told.publisher.view is None
    told.publisher.publish(VIEW)
    return told


def test_every_reader_is_told_and_the_view_is_remembered(told: Told) -> None:
    """Also those who came later."""
    assert told.batches == told.other == [Batch(VIEW, ())]
    assert told.publisher.view == VIEW


def test_nothing_new_is_not_told(told: Told) -> None:
    """Events, or word of replaced blocks, are always new."""
    told.publisher.publish(VIEW)
    assert len(told.batches) == 1
    told.publisher.publish(VIEW, (make_claim_made(),))
    told.publisher.publish(VIEW, (), BlockNumber(99))
    assert told.batches[1:] == [
        Batch(VIEW, (make_claim_made(),)),
        Batch(VIEW, (), BlockNumber(99)),
    ]


def test_older_events_move_the_beginning_of_what_is_known(told: Told) -> None:
    """It stays there whatever the monitor tells, also after a reorganisation."""
    events = (make_request_created(),)
    assert told.publisher.extend(0, BlockNumber(1), BEGINNING, events)
    whole = make_chain_view(events_from=BlockNumber(1))
    assert told.batches[1:] == [Batch(whole, events, is_history=True)]
    told.publisher.publish(NEWER)
    told.publisher.publish(NEWER, (), BlockNumber(60))
    assert [batch.view.events_from for batch in told.batches[2:]] == [1, 1]
    assert told.publisher.view is not None
    assert told.publisher.view.is_whole


def test_a_new_beginning_takes_everything_back(told: Told) -> None:
    """The history is known as far as it says, which may be the same as before."""
    told.publisher.extend(0, BlockNumber(1), BEGINNING, ())
    told.publisher.begin_anew(NEWER)
    assert told.batches[-1] == Batch(NEWER, (), BEFORE_ALL_BLOCKS)


def test_older_events_from_before_a_new_beginning_are_refused(told: Told) -> None:
    """They may be of blocks that are gone, though the numbers fit."""
    beginning = told.publisher.beginnings
    told.publisher.begin_anew(VIEW)
    before = len(told.batches)
    assert not told.publisher.extend(beginning, BlockNumber(1), BEGINNING, ())
    assert len(told.batches) == before
    assert told.publisher.extend(told.publisher.beginnings, BlockNumber(1), BEGINNING, ())


def test_history_that_is_doubted_counts_as_unknown_again(told: Told) -> None:
    """Nothing of it is taken back, and what was on its way is refused."""
    told.publisher.extend(0, BlockNumber(1), BEGINNING, ())
    told.publisher.retract(BlockNumber(50), SINCE)
    assert told.batches[-1] == Batch(VIEW, ())
    assert not told.publisher.extend(0, BlockNumber(40), SINCE, ())
    assert told.publisher.extend(1, BlockNumber(40), SINCE, ())


def test_there_is_no_history_before_the_first_view() -> None:
    """Nobody could say what it is older than."""
    told = Told()
    assert not told.publisher.extend(0, BlockNumber(1), BEGINNING, ())
    assert told.batches == []
