"""The made-up past of the benchmarks: it is what contracts would have told."""

import json
from collections import Counter

import pytest

from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import Event
from beamer_agent.rpc.model import block_from_json
from beamer_agent.state.fold import Fold
from beamer_agent.types import ChainId
from benchmarks.past import End, Past, Tale
from tests.contract_answers import INTERFACES
from tests.factories import (
    DIRECTION,
    FILL_MANAGER,
    NOW,
    REQUEST_MANAGER,
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TARGET_TOKEN,
    US,
)

pytestmark = pytest.mark.unit

REQUESTS, FIRST, UNTIL = 6, 100, 200
ENDS = {
    SOURCE: End(SOURCE, REQUEST_MANAGER, FILL_MANAGER, SOURCE_TOKEN),
    TARGET: End(TARGET, REQUEST_MANAGER, FILL_MANAGER, TARGET_TOKEN),
}


def make_past(here: ChainId) -> Past:
    """What one of the two chains tells."""
    (there,) = ENDS.keys() - {here}
    return Past(Tale(ENDS[here], ENDS[there], US, REQUESTS, FIRST, UNTIL, NOW))


def events_of(here: ChainId, first: int = 0, last: int = UNTIL) -> list[Event]:
    """The events of a range of a chain."""
    decoder = EventDecoder(here, [INTERFACES.request_manager, INTERFACES.fill_manager])
    return decoder.decode(json.loads(make_past(here).logs(first, last)))


def test_every_request_of_the_past_has_been_filled_claimed_and_withdrawn() -> None:
    """Folded, each request of a direction has ended, a third of them through the agent."""
    fold = Fold(DIRECTION, US)
    for event in (*events_of(SOURCE), *events_of(TARGET)):
        fold.apply(event)
    assert [request.state for request in fold.requests] == ["withdrawn"] * REQUESTS
    assert [claim.state for claim in fold.claims] == ["withdrawn"] * REQUESTS
    fills = [request.fill for request in fold.requests]
    assert Counter(fill is not None and fill.filler == US for fill in fills)[True] == REQUESTS // 3
    assert all(request.withdrawal and request.withdrawal.claim_id for request in fold.requests)


def test_a_range_has_the_logs_of_its_blocks_only() -> None:
    """Cut anywhere, the ranges of a past together tell all of it, each event once."""
    whole = events_of(SOURCE)
    for cut in range(FIRST - 1, UNTIL + 1):
        older, newer = events_of(SOURCE, 0, cut), events_of(SOURCE, cut + 1, UNTIL)
        assert all(event.block_number <= cut for event in older)
        assert older + newer == whole


def test_the_blocks_of_a_past_are_a_chain_that_holds_its_logs() -> None:
    """Each block's parent is the one before it, and logs name their block's hash."""
    past = make_past(SOURCE)
    blocks = {n: block_from_json(past.block(n)) for n in range(FIRST, UNTIL)}
    assert all(blocks[n].parent_hash == blocks[n - 1].hash for n in range(FIRST + 1, UNTIL))
    assert all(event.block_hash == blocks[event.block_number].hash for event in events_of(SOURCE))
    assert blocks[UNTIL - 1].timestamp < NOW
