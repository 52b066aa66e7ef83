"""EventProcessor: at the end of a period, what is settled is gone, and the rest is handed over."""

import pytest

from beamer_agent.processor import TURN_SECONDS
from beamer_agent.types import BlockNumber
from tests.factories import (
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
from tests.made_periods import CLAIMED
from tests.processor_office import Office

pytestmark = pytest.mark.unit

SETTLED = (
    make_request_created(nonce=9),
    make_deposit_withdrawn(request_id=make_request_created(nonce=9).request_id),
)


@pytest.fixture
def office() -> Office:
    """Both chains are read, a transfer is claimed."""
    office = Office()
    office.meet_both_chains()
    office.step(CLAIMED[1], chain_id=TARGET)
    office.step(CLAIMED[0], CLAIMED[2], chain_id=SOURCE)
    return office


def test_nothing_is_handed_over_unasked(office: Office) -> None:
    """Turn after turn."""
    office.processor.step()
    assert office.desk.take() is None


def test_copy_is_of_the_blocks_of_its_views(office: Office) -> None:
    """What comes in the same turn is in it."""
    office.desk.ask()
    assert office.wake.is_set()
    stake_taken = make_claim_stake_withdrawn()
    office.step(stake_taken, chain_id=SOURCE, head=make_block(120))
    remainder = office.desk.take()
    assert remainder is not None
    assert (remainder.source.events_until, remainder.target.events_until) == (120, 100)
    (request,) = remainder.requests
    assert request.created.request_id == REQUEST_ID
    assert [claim.is_paid_out for claim in request.claims] == [True]
    assert not office.desk.is_asked


def test_copy_does_not_change_any_more(office: Office) -> None:
    """Another thread reads it while this one goes on."""
    office.desk.ask()
    office.processor.step()
    before = office.desk.take()
    office.step(make_claim_made(block_number=70, claim_id=7), chain_id=SOURCE)
    office.step(make_request_filled(block_number=30, log_index=2), chain_id=TARGET)
    office.desk.ask()
    office.processor.step()
    after = office.desk.take()
    assert before is not None
    assert after is not None
    assert len(before.requests[0].claims) == 1
    assert len(after.requests[0].claims) == 2
    assert before.requests[0].fill != after.requests[0].fill


def test_what_is_settled_is_dropped_before(office: Office) -> None:
    """However soon after it has become final."""
    office.step(*SETTLED, chain_id=SOURCE)
    assert len(office.fold.requests) == 2
    final = {"final_until": BlockNumber(100)}
    office.step(chain_id=SOURCE, **final)
    office.step(chain_id=TARGET, **final)
    assert len(office.fold.requests) == 2  # the next look is some seconds away
    office.desk.ask()
    assert office.processor.step() == TURN_SECONDS
    remainder = office.desk.take()
    assert remainder is not None
    assert [request.created.nonce for request in remainder.requests] == [1]
    assert office.planner.forgotten == [SETTLED[0].request_id]


def test_nothing_is_handed_over_before_both_chains_are_there() -> None:
    """It would be of no blocks."""
    office = Office()
    office.desk.ask()
    office.step(chain_id=SOURCE)
    assert office.desk.take() is None
    office.step(chain_id=TARGET)
    assert office.desk.take() is not None
