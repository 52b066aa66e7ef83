"""GamePlanner: which proofs are followed, and who carries them."""

from typing import Any

import pytest

from beamer_agent.actions.model import RelayMessage, challenge_key
from beamer_agent.actions.proof import Place
from beamer_agent.events.model import Event
from beamer_agent.types import ClaimId, Timestamp, Wei
from tests.factories import (
    ALICE,
    CLAIM_ID,
    NOW,
    OTHER_FILL_ID,
    SOURCE,
    SOURCE_TOKEN,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    make_block,
    make_claim_made,
    make_deposit_withdrawn,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import make_progress, make_proof, make_step
from tests.made_views import TERMS, make_chain_view, make_fill_policy
from tests.planner_desk import Desk

pytestmark = pytest.mark.unit

WATCHING = make_fill_policy(is_filling=False)
CREATED = make_request_created(valid_until=Timestamp(NOW - TERMS.request_extension))
"""So long ago that no more claims can be made."""
STORY = (CREATED, make_request_filled(), make_claim_made())
OUTBID = make_claim_made(
    block_number=31,
    claimer_stake=2 * STAKE + 1,
    last_challenger=ALICE,
    challenger_stake_total=3 * STAKE + 1,
)
"""For the second time: L1 may decide now."""
THIEF = make_claim_made(claim_id=ClaimId(9), claimer=ALICE, block_number=40)
RELAY = "relay:execute:" + make_proof().key


def absence_of(event: Any) -> Any:
    """The proof that an event of the target chain is."""
    return make_proof(
        filler=None,
        fill_id=event.fill_id,
        block_number=event.block_number,
        transaction_hash=event.transaction_hash,
    )


def test_honest_claims_in_peace_need_no_proof(desk: Desk) -> None:
    """Ours and others': nobody looks at L1 for them."""
    desk.turn(*STORY)
    assert desk.proofs.interest == []
    other = Desk()
    other.turn(make_request_created(), make_request_filled(filler=ALICE), THIEF)
    assert other.proofs.interest == []


@pytest.mark.parametrize("event", [OUTBID, THIEF, make_deposit_withdrawn(receiver=ALICE)])
def test_fill_of_ours_is_followed_when_its_claim_or_deposit_is_disputed(
    desk: Desk, event: Event
) -> None:
    """Out-bid, robbed, or about to be."""
    desk.turn(*STORY, event)
    assert make_proof() in desk.proofs.interest


def test_absence_is_followed_as_long_as_its_claims_can_end_wrongly(desk: Desk) -> None:
    """From the target chain's word on."""
    desk.turn(make_request_created(), make_claim_made(claimer=ALICE), policy=WATCHING)
    assert desk.proofs.interest == []
    word = make_fill_invalidated()
    desk.turn(word, policy=WATCHING)
    assert desk.proofs.interest == [absence_of(word)]
    late = make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION))
    desk.turn(policy=WATCHING, source=late)
    assert desk.proofs.interest == []


def test_repeated_absence_keeps_the_first_proof(desk: Desk) -> None:
    """The thief may have it said again, to begin its way anew."""
    desk.turn(make_request_created(), make_claim_made(claimer=ALICE), policy=WATCHING)
    word, again = make_fill_invalidated(), make_fill_invalidated(block_number=90)
    desk.turn(word, again, policy=WATCHING)
    assert desk.proofs.interest == [absence_of(word)]


def test_late_fill_of_a_thief_keeps_the_first_proof(desk: Desk) -> None:
    """Made for himself, with another fill id, when our proof is ripe."""
    word = make_fill_invalidated()
    challenged = make_claim_made(
        claimer=ALICE,
        block_number=31,
        claimer_stake=2 * STAKE + 1,
        last_challenger=US,
        challenger_stake_total=STAKE + 1,
    )
    late = make_request_filled(filler=ALICE, fill_id=OTHER_FILL_ID, block_number=95)
    proof = absence_of(word)
    desk.proofs.looks[proof.key] = make_progress()
    claim = make_claim_made(claimer=ALICE)
    desk.turn(make_request_created(), claim, word, challenged, late, policy=WATCHING)
    assert desk.proofs.interest == [proof]
    assert desk.base_sender.keys() == ["relay:execute:" + proof.key]


@pytest.mark.parametrize("place", list(Place))
def test_step_goes_to_the_chain_it_is_for(desk: Desk, place: Place) -> None:
    """Most to L1, some to the source chain; once."""
    desk.proofs.others = make_progress(step=make_step(place=place))
    for _ in range(3):
        desk.turn(*STORY, OUTBID)
    wanted = [RelayMessage(make_proof().key, make_step(place=place))]
    assert desk.base_sender.submitted == (wanted if place is Place.BASE else [])
    relays = [a for a in desk.source.submitted if isinstance(a, RelayMessage)]
    assert relays == (wanted if place is Place.SOURCE else [])
    assert desk.bids() == []


def test_next_step_follows_when_it_is_possible(desk: Desk) -> None:
    """Each under its own name."""
    desk.proofs.others = make_progress(step=make_step("prove"))
    desk.turn(*STORY, OUTBID)
    desk.proofs.others = make_progress(step=None)
    desk.turn()
    desk.proofs.others = make_progress(step=make_step())
    desk.turn()
    assert [action.key.split(":")[1] for action in desk.base_sender.submitted] == [
        "prove",
        "execute",
    ]


def test_proof_is_carried_once_for_all_claims_it_decides(desk: Desk) -> None:
    """Two thieves on one request."""
    desk.proofs.others = make_progress(cost=Wei(2 * STAKE))
    thieves = [
        make_claim_made(
            claim_id=ClaimId(n),
            claimer=ALICE,
            block_number=40 + n,
            claimer_stake=3 * STAKE + 1,
            last_challenger=US,
            challenger_stake_total=2 * STAKE,
        )
        for n in (8, 9)
    ]
    firsts = [
        make_claim_made(claim_id=ClaimId(n), claimer=ALICE, block_number=32 + n) for n in (8, 9)
    ]
    desk.turn(*STORY, *firsts, *thieves)
    assert desk.base_sender.keys() == [RELAY]


def test_bid_and_proof_are_not_both_paid_for(desk: Desk) -> None:
    """The first counter is on its way: L1 has time."""
    desk.proofs.others = make_progress(cost=0)
    first = make_claim_made(
        block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE + 1
    )
    for _ in range(2):
        desk.turn(*STORY, first)
    assert desk.bids() == [STAKE + 1]
    assert desk.base_sender.keys() == []


def test_deposit_is_worth_a_proof_when_no_bid_is_allowed(desk: Desk) -> None:
    """A challenge above the limit of a claim, or no funds for it."""
    desk.proofs.others = make_progress(cost=STAKE)
    huge = make_claim_made(block_number=31, last_challenger=ALICE, challenger_stake_total=10**20)
    desk.turn(*STORY, huge, eth_in_token={SOURCE_TOKEN: 10**18})
    assert desk.bids() == []
    assert desk.base_sender.keys() == [RELAY]


def test_proof_that_costs_too_much_is_left(desk: Desk) -> None:
    """The game goes on in its place."""
    desk.proofs.others = make_progress(cost=90 * STAKE)
    desk.turn(*STORY, OUTBID)
    assert desk.base_sender.keys() == []
    assert len(desk.bids()) == 1


def test_agent_without_l1_carries_nothing(desk: Desk) -> None:
    """It keeps looking, for whom the others carry it."""
    desk.base = None
    desk.proofs.others = make_progress()
    desk.turn(*STORY, OUTBID)
    assert desk.base_sender.keys() == []
    assert desk.proofs.interest == [make_proof()]


def test_stolen_deposit_leaves_the_stake_to_be_won_back(desk: Desk) -> None:
    """L1's word makes our claim valid again."""
    desk.proofs.others = make_progress(cost=STAKE - 1)
    desk.turn(*STORY, make_deposit_withdrawn(receiver=ALICE))
    assert desk.base_sender.keys() == [RELAY]
    desk.turn(make_request_resolved())
    assert desk.source.keys() == [f"withdraw:{CLAIM_ID}"]


def test_claim_of_ours_is_defended_before_its_proof_has_been_looked_at(desk: Desk) -> None:
    """When its game is about to end: an L1 that hangs must not cost the principal."""
    first = make_claim_made(
        block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE + 1
    )
    desk.turn(*STORY, first, now=first.termination - 1)
    assert desk.source.keys() == [challenge_key(CLAIM_ID, STAKE, Wei(STAKE + 1))]


def test_false_claim_is_challenged_before_its_proof_has_been_looked_at(desk: Desk) -> None:
    """When it is about to be paid."""
    thief = make_claim_made(claimer=ALICE)
    story = (make_request_created(), thief, make_fill_invalidated())
    desk.turn(*story, policy=WATCHING, now=thief.termination - 1)
    assert desk.source.keys() == [challenge_key(CLAIM_ID, STAKE, Wei(0))]
    stale = Desk()
    target = make_chain_view(TARGET, is_reachable=False)
    stale.turn(*story, policy=WATCHING, now=thief.termination - 1, target=target)
    assert stale.source.keys() == []


def test_claims_in_our_name_do_not_keep_our_proof_from_being_carried(desk: Desk) -> None:
    """Made by a thief while L1 has to decide; he takes them back later."""
    desk.proofs.others = make_progress()
    alien = [
        make_claim_made(claim_id=ClaimId(n), block_number=20 + n, fill_id=OTHER_FILL_ID)
        for n in range(20, 40)
    ]
    desk.turn(*STORY, OUTBID, *alien)
    assert desk.base_sender.keys() == [RELAY]
