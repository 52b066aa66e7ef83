"""EventProcessor: what arrives is applied and told, and each turn sees the newest views."""

import threading

import pytest

from beamer_agent.events.view import ChainView
from beamer_agent.inbox import Inbox
from beamer_agent.planning.report import ObligationStage
from beamer_agent.processor import OPEN_PER_SECOND, TURN_SECONDS
from beamer_agent.types import Timestamp
from tests.factories import (
    ALICE,
    CLAIM_ID,
    REQUEST_ID,
    SOURCE,
    TARGET,
    make_block,
    make_claim_made,
    make_fill_invalidated,
    make_lp_added,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_batch
from tests.processor_office import Office

pytestmark = pytest.mark.unit


@pytest.fixture
def office() -> Office:
    """Before anything has arrived."""
    return Office()


def test_nothing_is_decided_before_both_chains_are_seen(office: Office) -> None:
    """One view alone says nothing about a transfer."""
    office.processor.step()
    office.step(chain_id=SOURCE)
    assert office.planner.views == []
    office.step(chain_id=TARGET)
    assert len(office.planner.views) == 1


def test_nothing_is_decided_while_the_source_history_is_read(office: Office) -> None:
    """Afterwards every turn decides, also when the chain falls behind again."""
    office.step(chain_id=TARGET)
    office.step(make_request_created(), chain_id=SOURCE, is_synced=False)
    assert office.planner.views == []
    office.step(chain_id=SOURCE)
    office.step(chain_id=SOURCE, is_synced=False)
    assert len(office.planner.views) == 2


def test_unread_target_chain_does_not_keep_from_deciding(office: Office) -> None:
    """Claims and withdrawals need only the source chain."""
    office.step(chain_id=TARGET, is_synced=False)
    office.step(chain_id=SOURCE)
    assert len(office.planner.views) == 1


def test_turn_sees_the_newest_views(office: Office) -> None:
    """Of all batches that were waiting, after applying all of them."""
    office.inbox.deliver(make_batch(make_request_created()))
    office.inbox.deliver(make_batch(chain_id=TARGET, head=make_block(7)))
    office.inbox.deliver(make_batch(make_request_filled(), chain_id=TARGET, head=make_block(8)))
    office.processor.step()
    (view,) = office.planner.views
    assert (view.source.chain_id, view.target.head.number) == (SOURCE, 8)
    assert office.planner.reopened == [REQUEST_ID, REQUEST_ID]
    assert office.inbox.take() is None


def test_turns_come_without_batches(office: Office) -> None:
    """Clock, funds and pauses go on while no block is made; but never in a busy loop."""
    office.meet_both_chains()
    assert office.processor.step() == TURN_SECONDS >= 0.5
    assert len(office.planner.views) == 2


def test_delivery_wakes(office: Office) -> None:
    """The thread waits for it."""
    assert not office.wake.is_set()
    office.inbox.deliver(make_batch())
    assert office.wake.is_set()


def test_event_seen_twice_changes_nothing(office: Office) -> None:
    """Nor does one of another direction."""
    office.meet_both_chains()
    other = make_request_created(target_chain_id=SOURCE)
    for event in (make_request_created(), make_request_created(), other):
        office.step(event)
    assert office.planner.reopened == [REQUEST_ID]
    assert len(office.log.lines) == 1


def test_each_change_is_told_once_with_its_ids(office: Office) -> None:
    """Requests and claims, with the block that brought it."""
    office.meet_both_chains()
    office.step(make_request_created(nonce=1))
    fill = make_request_filled()
    office.step(fill, chain_id=TARGET)
    office.step(make_claim_made(claimer=ALICE))
    created, filled, claim = office.log.lines
    assert (created["event"], created["log_level"]) == ("Request created", "info")
    assert (created["request_id"], created["nonce"]) == (REQUEST_ID, 1)
    assert filled == {
        "event": "Request changed state",
        "previous": "pending",
        "state": "filled",
        "request_id": REQUEST_ID,
        "block_number": 20,
        "tx_hash": fill.transaction_hash,
        "fill_id": fill.fill_id,
        "log_level": "info",
    }
    assert (claim["event"], claim["claim_id"]) == ("Claim changed state", CLAIM_ID)


def test_history_is_told_at_debug(office: Office) -> None:
    """A start reads all of it."""
    office.step(make_request_created(), is_synced=False)
    assert [line["log_level"] for line in office.log.lines] == ["debug"]


def test_events_of_no_request_are_left_to_others(office: Office) -> None:
    """Settings of the contracts, for example."""
    office.meet_both_chains()
    office.step(make_lp_added(), chain_id=TARGET)
    assert office.planner.reopened == []


def test_word_that_a_fill_is_not_there_is_news_of_its_request(office: Office) -> None:
    """What is to be done about its claims may have changed."""
    office.meet_both_chains()
    office.step(make_request_created())
    office.step(make_fill_invalidated(), chain_id=TARGET)
    assert office.planner.reopened == [REQUEST_ID, REQUEST_ID]


class TestInbox:
    """A direction may have to wait for one of its chains."""

    def test_events_stay_and_views_are_renewed(self) -> None:
        """One view per block would fill the memory of an agent whose other chain is down."""
        inbox = Inbox(threading.Event())
        inbox.deliver(make_batch(make_request_created(), head=make_block(1)))
        for number in range(2, 100):
            inbox.deliver(make_batch(head=make_block(number)))
        first, second = inbox.take(), inbox.take()
        assert first is not None
        assert second is not None
        assert len(first.events) == 1
        assert (second.events, second.view.head.number) == ((), 99)
        assert inbox.take() is None

    def test_views_of_both_chains_stay(self) -> None:
        """The newest of one does not replace the other's."""
        inbox = Inbox(threading.Event())
        inbox.deliver(make_batch(chain_id=SOURCE))
        inbox.deliver(make_batch(chain_id=TARGET))
        taken: list[ChainView] = [b.view for b in (inbox.take(), inbox.take()) if b]
        assert [view.chain_id for view in taken] == [SOURCE, TARGET]


def test_there_is_no_report_before_the_first_turn(office: Office) -> None:
    """Nothing can be said of it."""
    office.step(make_request_created(), chain_id=SOURCE)
    assert office.processor.report is None


def test_report_follows_the_turns_once_a_second(office: Office) -> None:
    """However many come in between; what is asked costs the direction nothing."""
    office.meet_both_chains()
    first = office.processor.report
    assert first is not None
    office.step(make_request_created(), make_claim_made(), chain_id=SOURCE)
    assert office.processor.report is first
    office.now = Timestamp(office.now + 1)
    office.processor.step()
    assert office.processor.report is not None
    assert office.processor.report.stages[ObligationStage.CLAIMED].count == 1
    assert office.processor.report.made_at == office.now


def test_many_obligations_are_reported_less_often(office: Office) -> None:
    """A report looks at each of them."""
    office.meet_both_chains()
    requests = [make_request_created(nonce=n, block_number=n) for n in range(OPEN_PER_SECOND)]
    claims = [
        make_claim_made(request_id=request.request_id, claim_id=number, block_number=number)
        for number, request in enumerate(requests)
    ]
    office.step(*requests, *claims, chain_id=SOURCE)
    office.now = Timestamp(office.now + 1)
    office.processor.step()
    report = office.processor.report
    assert report is not None
    assert report.open_count == OPEN_PER_SECOND
    office.now = Timestamp(office.now + 1)
    office.processor.step()
    assert office.processor.report is report
    office.now = Timestamp(office.now + 1)
    office.processor.step()
    assert office.processor.report is not report


def test_report_tells_at_once_when_a_chain_is_lost(office: Office) -> None:
    """What decides on it must not wait for a second."""
    office.meet_both_chains()
    office.step(chain_id=TARGET, is_reachable=False)
    assert office.processor.report is not None
    assert not office.processor.report.is_deciding
