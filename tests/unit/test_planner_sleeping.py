"""Planner: what wakes a request that sleeps, and what keeps one awake."""

import pytest

from beamer_agent.actions.model import fill_key
from beamer_agent.planning.report import ObligationStage
from beamer_agent.types import BlockNumber, ClaimId, Timestamp, Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    CLAIM_ID,
    OTHER_FILL_ID,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TARGET,
    TERMINATION,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_id,
    make_request_created,
    make_request_filled,
)
from tests.made_views import TERMS, make_chain_view
from tests.planner_desk import CLAIM, WITHDRAW, Desk, created

pytestmark = pytest.mark.unit

STORY = (make_request_created(), make_request_filled(), make_claim_made())
AT_THE_END = make_chain_view(SOURCE, head=make_block(101, timestamp=TERMINATION))


def sleeps(desk: Desk) -> bool:
    """Whether nothing is decided on the request."""
    return REQUEST_ID in desk.planner._sleepers


def test_claim_that_waits_for_its_end_sleeps_until_then(desk: Desk) -> None:
    """And is withdrawn with the first block after it."""
    desk.turn(*STORY)
    assert sleeps(desk)
    desk.turn(source=make_chain_view(head=make_block(101, timestamp=Timestamp(TERMINATION - 1))))
    assert sleeps(desk)
    desk.turn(source=AT_THE_END)
    assert desk.source.keys() == [WITHDRAW]


def test_bid_wakes_a_request(desk: Desk) -> None:
    """An event of a request is decided on in the next turn."""
    desk.turn(*STORY)
    desk.turn(make_claim_made(block_number=31, challenger_stake_total=Wei(STAKE + 1)))
    assert not sleeps(desk)


def test_reorganisation_wakes_a_request(desk: Desk) -> None:
    """What was claimed is to be claimed again."""
    desk.turn(*STORY)
    desk.rewind(29)
    assert desk.source.keys() == [CLAIM]


def test_amount_that_is_not_deducted_yet_keeps_a_request_awake(desk: Desk) -> None:
    """It counts as spoken for until the balance is read without it."""
    late = make_request_filled(block_number=101)
    desk.turn(make_request_created(), late, make_claim_made())
    assert not sleeps(desk)
    assert desk.tokens_free() == 99 * AMOUNT
    desk.target_wallet.refresh(BlockNumber(101))
    desk.turn()
    assert sleeps(desk)
    assert desk.tokens_free() == 100 * AMOUNT


def test_balance_of_an_older_block_wakes_all(desk: Desk) -> None:
    """It may not have what was paid since."""
    desk.turn(*STORY)
    desk.target_wallet.refresh(BlockNumber(19))
    desk.turn()
    assert not sleeps(desk)


def test_request_that_counts_into_a_limit_is_awake_until_it_is_final() -> None:
    """And again when finality is not as far as it was."""
    desk = Desk(unfinal={"TST": AMOUNT})
    final = make_chain_view(SOURCE, final_until=BlockNumber(10))
    desk.turn(*STORY)
    assert not sleeps(desk)
    desk.turn(source=final)
    assert sleeps(desk)
    desk.turn()
    assert not sleeps(desk)


def test_bid_on_its_way_keeps_a_request_awake(desk: Desk) -> None:
    """Though the claim is honest after all: the bid counts among the stakes while it flies."""
    near = make_chain_view(SOURCE, head=make_block(101, timestamp=Timestamp(TERMINATION - 60)))
    theirs = {"claimer": ALICE, "block_number": 30}
    desk.turn(make_request_created(), make_claim_made(**theirs), source=near)
    assert desk.bids() == [STAKE + 1]
    desk.turn(make_request_filled(filler=ALICE, block_number=99), source=near)
    assert not sleeps(desk)
    assert desk.staked() == STAKE + 1


def test_claim_that_is_still_to_be_undone_keeps_a_request_awake(desk: Desk) -> None:
    """Another's fill is quiet, but our claim for one that is gone must not be mined."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    unread = make_chain_view(TARGET, is_synced=False)
    desk.rewind(19, TARGET, target=unread)
    theirs = make_request_filled(block_number=21, filler=ALICE, fill_id=OTHER_FILL_ID)
    desk.turn(theirs, target=unread)
    assert not desk.source.is_cancelled(CLAIM)
    desk.turn()
    assert desk.source.is_cancelled(CLAIM)


@pytest.mark.parametrize("nonces", [(1, 2), (2, 1)])
def test_request_that_wakes_has_its_old_place(nonces: tuple[int, int]) -> None:
    """What was there first is paid first, when there is enough for one."""
    desk = Desk(tokens=AMOUNT)
    first, second = (created(nonce, block_number=10 + nonce) for nonce in nonces)
    desk.turn(first, make_request_filled(request_id=first.request_id, filler=ALICE))
    assert first.request_id in desk.planner._sleepers
    for request_id in desk.fold.rewind(TARGET, BlockNumber(19)):
        desk.planner.reopen(request_id)
    desk.turn(second)
    assert desk.target.keys() == [fill_key(first.request_id)]


def test_request_that_the_fold_forgets_does_not_sleep_for_ever(desk: Desk) -> None:
    """Memory is bounded by what is open."""
    desk.turn(make_request_created(), make_request_filled(filler=ALICE))
    final = make_chain_view(
        SOURCE,
        final_until=BlockNumber(100),
        head=make_block(100, timestamp=Timestamp(TERMINATION + 10**6)),
    )
    target = make_chain_view(TARGET, final_until=BlockNumber(100))
    desk.planner.forget(desk.fold.forget_settled(final, target, TERMS.request_extension))
    assert len(desk.planner._sleepers) == 0
    assert desk.planner._open == {}
    assert desk.witness.forgotten == {make_request_created().request_id}


def test_request_that_is_closed_does_not_come_back(desk: Desk) -> None:
    """When the time comes for which it slept."""
    paid = make_deposit_withdrawn()
    desk.turn(*STORY)
    desk.turn(make_claim_made(claim_id=CLAIM_ID, fill_id=make_fill_id(1), block_number=30), paid)
    assert not sleeps(desk)


def test_request_that_sleeps_is_reported(desk: Desk) -> None:
    """It is open, and so is what is on its way; what is over is not."""
    desk.turn(*STORY, created(2))
    assert sleeps(desk)
    stages = desk.planner.report(desk.view()).stages
    assert {stage for stage, found in stages.items() if found.count} == {
        ObligationStage.FILLING,
        ObligationStage.CLAIMED,
    }
    desk.turn(make_claim_stake_withdrawn(), make_deposit_withdrawn())
    assert desk.planner.report(desk.view()).open_count == 1


def test_requests_that_sleep_are_not_looked_at_for_each_report(desk: Desk) -> None:
    """What is open stays as it is; the rest of the report is of now."""
    desk.turn(*STORY)
    desk.turn()
    first = desk.planner.report(desk.view())
    desk.turn()
    later = desk.planner.report(desk.view(now=Timestamp(first.made_at + 5)))
    assert later.stages is first.stages
    assert later.made_at == first.made_at + 5
    desk.turn(make_claim_made(block_number=31, claim_id=ClaimId(3)))
    assert desk.planner.report(desk.view()).stages[ObligationStage.CLAIMED].count == 2


def test_request_that_vanishes_in_its_sleep_is_not_reported(desk: Desk) -> None:
    """A reorganisation has taken it away."""
    desk.turn(*STORY)
    assert desk.planner.report(desk.view()).open_count == 1
    desk.rewind(0)
    assert desk.planner.report(desk.view()).open_count == 0


def test_fill_that_comes_to_nothing_is_not_reported(desk: Desk) -> None:
    """Nothing has happened on any chain; but the request is awake."""
    desk.turn(make_request_created())
    assert desk.planner.report(desk.view()).stages[ObligationStage.FILLING].count == 1
    desk.target.refuse(fill_key(REQUEST_ID), "reverted")
    desk.target.drop(fill_key(REQUEST_ID))
    desk.turn()
    assert desk.planner.report(desk.view()).stages[ObligationStage.FILLING].count == 0
