"""Courses: how long transfers take, and how requests end; seen through the processor."""

from typing import Any

import pytest

from beamer_agent.planning.tallies import Ending, Leg
from beamer_agent.types import ClaimId, Seconds, Timestamp
from tests.factories import (
    ALICE,
    NOW,
    SOURCE,
    STAKE,
    TARGET,
    US,
    USER,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.processor_office import Office

pytestmark = pytest.mark.unit

BLOCK_SECONDS = 2


def head(number: int) -> Any:
    """Of either chain: both make a block every two seconds, and began at the same time."""
    return make_block(number, timestamp=Timestamp(NOW + BLOCK_SECONDS * number))


@pytest.fixture
def office() -> Office:
    """Both chains were read up to block 8."""
    office = Office()
    office.step(chain_id=SOURCE, head=head(8))
    office.step(chain_id=TARGET, head=head(8))
    return office


def go_through(office: Office) -> None:
    """A transfer: request in block 10, fill in 20, claim in 30, withdrawal in 60."""
    office.step(make_request_created(), head=head(11))
    office.step(make_request_filled(), head=head(21))
    office.step(make_claim_made(), head=head(31))
    office.step(make_claim_stake_withdrawn(), make_deposit_withdrawn(), head=head(62))


def test_legs_of_a_transfer_are_measured_by_its_blocks(office: Office) -> None:
    """Not by when somebody has looked; in blocks of the chain that it has come to."""
    go_through(office)
    assert office.tallies.legs == [
        (Leg.REQUEST_TO_FILL, 20, 10),
        (Leg.FILL_TO_CLAIM, 20, 10),
        (Leg.CLAIM_TO_WITHDRAWAL, 60, 30),
    ]
    assert office.tallies.endings == [Ending.FILLED]
    assert office.tallies.seen == 1


def test_what_a_start_reads_is_not_measured() -> None:
    """It did not happen while anybody looked; nor is it counted."""
    office = Office()
    office.step(chain_id=TARGET, head=head(8))
    office.step(make_request_created(), make_claim_made(), chain_id=SOURCE, head=head(31))
    office.step(make_request_filled(), is_history=True, head=head(31))
    tallies = office.tallies
    assert (tallies.legs, tallies.endings, tallies.seen) == ([], [], 0)


def test_transfer_that_began_before_the_start_is_measured_from_there(office: Office) -> None:
    """From the first step that was seen."""
    office.step(make_request_created(), is_history=True, head=head(11))
    office.step(make_request_filled(), head=head(21))
    office.step(make_claim_made(), head=head(31))
    assert office.tallies.legs == [(Leg.FILL_TO_CLAIM, 20, 10)]


def test_step_that_is_told_again_counts_once(office: Office) -> None:
    """A reorganisation has moved the fill by a block; the claim follows from there."""
    office.step(make_request_created(), head=head(11))
    office.step(make_request_filled(), head=head(21))
    moved = make_request_filled(block_number=21)
    office.step(moved, dead_above=19, head=head(22))
    office.step(make_request_created(), chain_id=SOURCE, dead_above=9, head=head(22))
    office.step(make_claim_made(), head=head(31))
    assert office.tallies.legs == [(Leg.REQUEST_TO_FILL, 20, 10), (Leg.FILL_TO_CLAIM, 18, 9)]
    assert office.tallies.endings == [Ending.FILLED]
    assert office.tallies.seen == 1


def test_second_claim_and_bids_are_no_steps(office: Office) -> None:
    """The first claim is the one that is paid, or stands for it."""
    office.step(make_request_created(), head=head(11))
    office.step(make_request_filled(), head=head(21))
    bid = make_claim_made(block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE)
    twin = make_claim_made(block_number=32, claim_id=ClaimId(3))
    office.step(make_claim_made(), bid, twin, head=head(33))
    office.step(make_claim_stake_withdrawn(), make_deposit_withdrawn(), head=head(62))
    assert office.tallies.legs[2:] == [(Leg.CLAIM_TO_WITHDRAWAL, 60, 30)]


def test_clocks_that_differ_give_no_negative_time(office: Office) -> None:
    """The target chain's is behind."""
    late = make_block(21, timestamp=Timestamp(NOW + 17))
    office.step(make_request_created(), head=head(11))
    office.step(make_request_filled(block_number=21), head=late)
    ((_, seconds, blocks),) = office.tallies.legs
    assert seconds == 0
    assert blocks is not None
    assert blocks >= 0


def test_request_of_another_filler_ends_with_his_fill(office: Office) -> None:
    """Nothing of ours is measured."""
    office.step(make_request_created(), head=head(11))
    office.step(make_request_filled(filler=ALICE), head=head(21))
    office.step(make_claim_made(claimer=ALICE), head=head(31))
    assert office.tallies.endings == [Ending.FILLED_BY_OTHER]
    assert office.tallies.legs == []


def test_refunded_request_has_expired(office: Office) -> None:
    """Nobody has filled it."""
    office.step(make_request_created(), head=head(11))
    office.step(make_deposit_withdrawn(receiver=USER), head=head(61))
    assert office.tallies.endings == [Ending.EXPIRED]


def test_refund_of_a_request_of_our_own_has_expired(office: Office) -> None:
    """The agent's account may make requests, too; what comes back is no withdrawal."""
    office.step(make_request_created(), head=head(11))
    office.step(make_deposit_withdrawn(receiver=US), head=head(61))
    assert office.tallies.endings == [Ending.EXPIRED]
    assert office.tallies.legs == []


def test_deposit_that_goes_to_a_claimer_has_not_expired(office: Office) -> None:
    """Though no fill was seen: it was not refunded."""
    office.step(make_request_created(), head=head(11))
    office.step(make_claim_made(claimer=ALICE), head=head(31))
    ends = (
        make_claim_stake_withdrawn(stake_recipient=ALICE),
        make_deposit_withdrawn(receiver=ALICE),
    )
    office.step(*ends, head=head(61))
    assert office.tallies.endings == []


def test_request_that_was_filled_before_the_start_does_not_expire(office: Office) -> None:
    """Its filler came too late with his claim; his fill is no news, but it is there."""
    office.step(make_request_created(), is_history=True, head=head(11))
    office.step(make_request_filled(filler=ALICE), is_history=True, head=head(21))
    office.step(make_deposit_withdrawn(receiver=USER), head=head(61))
    assert office.tallies.endings == []


def test_refund_of_a_filled_request_is_no_other_ending(office: Office) -> None:
    """It is filled, though its filler has come too late."""
    office.step(make_request_created(), head=head(11))
    office.step(make_request_filled(filler=ALICE), head=head(21))
    office.step(make_deposit_withdrawn(receiver=USER), head=head(61))
    assert office.tallies.endings == [Ending.FILLED_BY_OTHER]


def test_settled_request_is_forgotten(office: Office) -> None:
    """Memory stays flat."""
    go_through(office)
    courses = office.processor._chronicle._courses
    assert len(courses) == 1
    office.step(chain_id=SOURCE, head=head(70), final_until=65)
    office.now = Timestamp(office.now + Seconds(10))
    office.step(chain_id=TARGET, head=head(70), final_until=65)
    assert len(office.fold.requests) == 0
    assert len(courses) == 0
