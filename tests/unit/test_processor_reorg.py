"""EventProcessor: blocks that were replaced, and turns that do not wait for a long history."""

import pytest

from beamer_agent.events.model import RequestEvent
from beamer_agent.processor import EVENTS_PER_TURN, TURN_SECONDS
from beamer_agent.types import BlockNumber
from tests.factories import (
    NOW,
    REQUEST_ID,
    SOURCE,
    TARGET,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.processor_office import Office

pytestmark = pytest.mark.unit


@pytest.fixture
def office() -> Office:
    """Both chains are read."""
    office = Office()
    office.meet_both_chains()
    return office


def test_replaced_blocks_are_undone_before_what_replaces_them(office: Office) -> None:
    """Both in one batch; the request is decided on again."""
    office.step(make_request_created(), make_claim_made())
    office.planner.reopened.clear()
    moved = make_claim_made(block_number=31)
    office.step(moved, dead_above=BlockNumber(20), head=make_block(101))
    assert office.planner.reopened == [REQUEST_ID, REQUEST_ID]
    assert [claim.id for claim in office.fold.claims] == [moved.claim_id]
    office.step(make_claim_made())
    assert office.planner.reopened[2:] == [REQUEST_ID]


def test_replaced_blocks_are_told_once(office: Office) -> None:
    """With how many there were, and how many requests stood in them."""
    office.step(make_request_created(block_number=90), head=make_block(95))
    office.step(dead_above=BlockNumber(80), head=make_block(96))
    assert office.log.lines[1:] == [
        {
            "event": "Blocks were replaced",
            "chain_id": SOURCE,
            "block_number": 81,
            "depth": 15,
            "requests": 1,
            "log_level": "info",
        }
    ]
    assert len(office.fold.requests) == 0


def test_event_that_comes_again_after_a_reorganisation_is_news(office: Office) -> None:
    """The chain was read before."""
    office.step(make_request_created())
    office.step(make_request_created(), dead_above=BlockNumber(5))
    created = [line for line in office.log.lines if line["event"] == "Request created"]
    assert [line["log_level"] for line in created] == ["info", "info"]


def test_older_events_are_told_in_one_line(office: Office) -> None:
    """At level debug; they are folded and decided on like all others."""
    view = {"events_from": BlockNumber(5), "events_since": NOW}
    office.step(make_request_created(), make_claim_made(), is_history=True, **view)
    assert office.log.lines == [
        {
            "event": "Older events were read",
            "chain_id": SOURCE,
            "block_number": 5,
            "events": 2,
            "log_level": "debug",
        }
    ]
    assert set(office.planner.reopened) == {REQUEST_ID}
    assert len(office.fold.claims) == 1


def test_older_events_do_not_keep_from_deciding(office: Office) -> None:
    """While they are read, new ones are news."""
    office.step(make_request_created(nonce=2), is_history=True, events_since=NOW)
    office.step(make_request_created(block_number=99), events_since=NOW)
    assert office.log.lines[-1]["event"] == "Request created"
    assert office.log.lines[-1]["log_level"] == "info"
    assert len(office.planner.views) == 3


def test_turn_decides_in_between_when_very_much_has_arrived(office: Office) -> None:
    """A history of years must not keep a new request waiting; batches are taken whole."""
    half = EVENTS_PER_TURN // 2
    before = len(office.planner.views)
    for batch in range(3):
        office.deliver(*many_requests(half + 1, batch), is_history=True)
    assert office.processor.step() == 0
    assert (len(office.planner.views), len(office.fold.requests)) == (before + 1, 2 * half + 2)
    assert office.processor.step() == TURN_SECONDS
    assert (len(office.planner.views), len(office.fold.requests)) == (before + 2, 3 * half + 3)


def test_settled_requests_are_forgotten_after_the_planner_has_seen_their_end(
    office: Office,
) -> None:
    """What it has to say of them is said before."""
    final = {"final_until": BlockNumber(100)}
    office.step(make_request_filled(), chain_id=TARGET, **final)
    office.step(
        make_request_created(),
        make_claim_made(),
        make_claim_stake_withdrawn(),
        make_deposit_withdrawn(),
        **final,
    )
    assert office.planner.known[-1] == {REQUEST_ID}
    assert len(office.fold.requests) == 0


def many_requests(count: int, batch: int) -> list[RequestEvent]:
    """Each with an id of its own."""
    first = 10_000 * batch + 1
    return [make_request_created(nonce=nonce) for nonce in range(first, first + count)]
