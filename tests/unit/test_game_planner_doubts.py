"""GamePlanner: endpoints have to agree with what a claim is judged by."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, challenge_key, invalidation_key
from beamer_agent.actions.testimony import Testimony
from beamer_agent.planning.doubts import ABSENCE_STEP
from beamer_agent.types import BlockNumber, Wei
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    FILL_ID,
    OTHER_FILL_ID,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    make_block,
    make_claim_made,
    make_fill_invalidated,
    make_fill_invalidated_resolved,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import ENDING, FALSE_FROM, MADE, make_progress
from tests.made_views import make_chain_view, make_fill_policy
from tests.planner_desk import Desk

pytestmark = pytest.mark.unit

WATCHING = make_fill_policy(is_filling=False)
CREATED = make_request_created()
FALSE_CLAIM = make_claim_made(claimer=ALICE)
INVALIDATE = invalidation_key(REQUEST_ID, FILL_ID)
FIRST = challenge_key(CLAIM_ID, STAKE, Wei(0))
UNPROVEN = (CREATED, FALSE_CLAIM)
PROVEN = (*UNPROVEN, make_fill_invalidated())
OTHER_FILL = (*UNPROVEN, make_request_filled(filler=BOB, fill_id=OTHER_FILL_ID))
OURS = (CREATED, make_request_filled(), make_claim_made())
OUTBID = (
    *OURS,
    make_claim_made(block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE + 1),
)
COUNTER = challenge_key(CLAIM_ID, STAKE, Wei(STAKE + 1))
UNREACHABLE = make_chain_view(TARGET, head=make_block(40), is_reachable=False)

NOT_YET = Testimony.UNKNOWN
DENIED = Testimony.DENIED
CLAIM_UPHELD = ("warning", Reason.CLAIM_UPHELD.value)
FILL_DENIED = ("warning", Reason.FILL_DENIED.value)
SPLIT = Reason.ENDPOINTS_SPLIT.value


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Proofs are looked at, and cost more than any game wins."""
    desk.proofs.others = make_progress(cost=90 * STAKE)
    return desk


def watch(desk: Desk, *events: Any, **view: Any) -> None:
    """A turn of one who only watches, when a missing fill is a false claim."""
    desk.turn(*events, **({"policy": WATCHING, "now": FALSE_FROM} | view))


# --- against claims


def test_absence_is_asked_from_the_first_look_at_a_claim_on(desk: Desk) -> None:
    """While its fill may still appear: when it is known as false, the answer is there."""
    watch(desk, *UNPROVEN, now=MADE)
    assert desk.witness.asked == [(FILL_ID, 96)]
    assert desk.target.keys() == []


def test_question_stays_the_same_while_the_chain_moves_on(desk: Desk) -> None:
    """Up to the next multiple."""
    for until in (63, 64, 95, 96):
        target = make_chain_view(TARGET, head=make_block(until), events_until=BlockNumber(until))
        watch(desk, *UNPROVEN, target=target, now=MADE)
    assert ABSENCE_STEP == 32
    assert [block for _, block in desk.witness.asked] == [32, 64, 64, 96]


def test_absence_is_proven_in_the_turn_in_which_it_is_upheld(desk: Desk) -> None:
    """Nothing is said about the waiting."""
    desk.witness.absences = NOT_YET
    for _ in range(2):
        watch(desk, *UNPROVEN)
    assert desk.target.keys() == []
    desk.witness.absences = Testimony.UPHELD
    watch(desk)
    assert desk.target.keys() == [INVALIDATE]
    assert desk.told("Not bidding") == []


@pytest.mark.parametrize("story", [PROVEN, OTHER_FILL], ids=["absence proven", "other fill"])
def test_claim_is_challenged_in_the_turn_in_which_it_is_upheld(desk: Desk, story: Any) -> None:
    """An event that says that the claim is false may be invented."""
    desk.witness.absences = NOT_YET
    for _ in range(2):
        watch(desk, *story)
    assert desk.bids() == []
    desk.witness.absences = Testimony.UPHELD
    watch(desk)
    assert desk.source.keys() == [FIRST]
    assert desk.told("Not bidding") == []


@pytest.mark.parametrize(
    "story", [UNPROVEN, PROVEN, OTHER_FILL], ids=["no fill", "absence proven", "other fill"]
)
@pytest.mark.parametrize("now", [FALSE_FROM, ENDING])
def test_claim_whose_fill_somebody_has_is_left_alone(desk: Desk, story: Any, now: Any) -> None:
    """A warning, once; to its end, and to an event that may be the next invention."""
    desk.witness.absences = DENIED
    for _ in range(3):
        watch(desk, *story, now=now)
    assert (desk.target.keys(), desk.source.keys()) == ([], [])
    assert desk.told("Not bidding") == [CLAIM_UPHELD]


@pytest.mark.parametrize(
    "story", [UNPROVEN, PROVEN, OTHER_FILL], ids=["no fill", "absence proven", "other fill"]
)
def test_nothing_is_bid_at_the_end_either_while_endpoints_do_not_agree(
    desk: Desk, story: Any
) -> None:
    """Whoever keeps them from it could make us bid; it is told, as nobody else may answer."""
    desk.witness.absences = NOT_YET
    for _ in range(2):
        watch(desk, *story, now=ENDING)
    assert (desk.target.keys(), desk.source.keys()) == ([], [])
    assert desk.told("Not bidding") == [("info", SPLIT)]
    desk.witness.absences = Testimony.UPHELD
    watch(desk, now=ENDING)
    assert desk.source.keys() == [FIRST]


def test_a_fill_of_ours_that_one_endpoint_invented_makes_no_bid(desk: Desk) -> None:
    """It looks as if our deposit were behind the claim: that is a warning, and no reason."""
    desk.witness.absences = NOT_YET
    ours = make_request_filled(fill_id=OTHER_FILL_ID)
    desk.turn(*UNPROVEN, ours, now=ENDING)
    assert desk.bids() == []
    assert desk.told("Not bidding") == [("warning", SPLIT)]


def test_claim_that_names_the_fill_of_another_rests_on_that_fill(desk: Desk) -> None:
    """The fill is not absent: whether it is another's is the question."""
    desk.witness.absences = DENIED
    desk.witness.fills = NOT_YET
    story = (*UNPROVEN, make_request_filled(filler=BOB))
    watch(desk, *story)
    assert desk.bids() == []
    desk.witness.fills = DENIED
    watch(desk)
    assert desk.bids() == []
    assert desk.told("Not bidding") == [CLAIM_UPHELD]
    desk.witness.fills = Testimony.UPHELD
    watch(desk)
    assert desk.source.keys() == [FIRST]
    assert set(desk.witness.asked) == {(FILL_ID, 0)}


def test_later_bids_have_to_be_agreed_on_as_well(desk: Desk) -> None:
    """A reorganisation may have brought the fill since."""
    answered = make_claim_made(
        claimer=ALICE,
        block_number=32,
        claimer_stake=2 * STAKE + 1,
        last_challenger=US,
        challenger_stake_total=STAKE + 1,
        termination=TERMINATION + 86_400,
    )
    desk.witness.absences = DENIED
    watch(desk, *PROVEN, answered)
    assert desk.bids() == []
    desk.witness.absences = Testimony.UPHELD
    watch(desk)
    assert len(desk.bids()) == 1


@pytest.mark.parametrize(
    "word",
    [
        make_request_resolved(filler=BOB, fill_id=OTHER_FILL_ID),
        make_fill_invalidated_resolved(),
    ],
    ids=["another fill", "absence"],
)
def test_nobody_is_asked_where_l1_has_spoken(desk: Desk, word: Any) -> None:
    """Its word is above what endpoints of the target chain say."""
    desk.witness.absences = DENIED
    watch(desk, *PROVEN, word)
    assert desk.witness.asked == []


def test_nobody_is_asked_while_nothing_is_to_be_done(desk: Desk) -> None:
    """Challengers are ahead, the claim is honest, or over; questions cost."""
    ahead = make_claim_made(
        claimer=ALICE, block_number=31, last_challenger=BOB, challenger_stake_total=STAKE + 1
    )
    watch(desk, *PROVEN, ahead)
    honest = Desk()
    honest.turn(CREATED, make_request_filled(filler=ALICE), FALSE_CLAIM, policy=WATCHING)
    over = Desk()
    late = make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION))
    over.turn(*UNPROVEN, policy=WATCHING, source=late)
    assert desk.witness.asked == honest.witness.asked == over.witness.asked == []


def test_absence_is_agreed_on_also_while_challengers_are_ahead(desk: Desk) -> None:
    """The proof is made then, too."""
    ahead = make_claim_made(
        claimer=ALICE, block_number=31, last_challenger=BOB, challenger_stake_total=STAKE + 1
    )
    desk.witness.absences = DENIED
    watch(desk, *UNPROVEN, ahead)
    assert desk.target.keys() == []
    assert desk.told("Not bidding") == [CLAIM_UPHELD]
    desk.witness.absences = Testimony.UPHELD
    watch(desk)
    assert desk.target.keys() == [INVALIDATE]


# --- for claims of ours


def test_own_claim_is_defended_in_the_turn_in_which_its_fill_is_upheld(desk: Desk) -> None:
    """It is asked when the claim is out-bid, and not before; whatever is on top of its block."""
    desk.turn(*OURS)
    assert desk.witness.asked == []
    desk.witness.fills = NOT_YET
    for _ in range(2):
        desk.turn(*OUTBID)
    assert desk.bids() == []
    assert desk.witness.asked == [(FILL_ID, 0)] * 2
    desk.witness.fills = Testimony.UPHELD
    desk.turn()
    assert desk.source.keys() == [COUNTER]
    assert desk.told("Not bidding") == []


@pytest.mark.parametrize("now", [FALSE_FROM, ENDING])
@pytest.mark.parametrize("view", [{}, {"target": UNREACHABLE}], ids=["up", "down"])
def test_claim_in_our_name_whose_fill_was_invented_is_not_defended(
    desk: Desk, now: Any, view: Any
) -> None:
    """Somebody has paid for it to get our bids; a warning, once."""
    desk.witness.fills = DENIED
    for _ in range(2):
        desk.turn(*OUTBID, now=now, **view)
    assert desk.bids() == []
    assert desk.told("Not bidding") == [FILL_DENIED]


def test_own_claim_is_not_defended_to_its_end_while_endpoints_are_split(desk: Desk) -> None:
    """The target chain answers, and as many deny the fill as have it."""
    desk.witness.fills = NOT_YET
    for _ in range(2):
        desk.turn(*OUTBID, now=ENDING)
    assert desk.bids() == []
    assert desk.told("Not bidding") == [("warning", SPLIT)]


def test_own_claim_is_defended_at_its_end_when_nobody_can_be_asked(desk: Desk) -> None:
    """What was seen has to do then, and not before."""
    desk.witness.fills = NOT_YET
    desk.turn(*OUTBID, now=ENDING - 1, target=UNREACHABLE)
    assert desk.bids() == []
    desk.turn(now=ENDING, target=UNREACHABLE)
    assert desk.source.keys() == [COUNTER]


def test_own_claim_that_l1_has_proven_is_defended_without_questions(desk: Desk) -> None:
    """Until its end, should it be out-bid."""
    desk.witness.fills = DENIED
    desk.turn(*OUTBID, make_request_resolved())
    assert desk.witness.asked == []
