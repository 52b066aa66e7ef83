"""GamePlanner: what an operator is told of games, and that it is told once."""

from typing import Any

import pytest

from beamer_agent.actions.judgement import Ground
from beamer_agent.actions.model import Reason
from beamer_agent.actions.proof import Stage
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TERMINATION,
    US,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import FALSE_FROM, make_progress, make_proof
from tests.made_views import make_chain_view, make_fill_policy, make_funds, make_game_policy
from tests.planner_desk import Desk

pytestmark = pytest.mark.unit

WATCHING = make_fill_policy(is_filling=False)
OURS = (make_request_created(), make_request_filled(), make_claim_made())
THEIRS = (make_request_created(), make_claim_made(claimer=ALICE), make_fill_invalidated())
OUTBID_AGAIN = make_claim_made(
    block_number=31,
    claimer_stake=2 * STAKE + 1,
    last_challenger=ALICE,
    challenger_stake_total=3 * STAKE + 1,
)


def lines(desk: Desk, sentence: str) -> list[dict[str, Any]]:
    """Those with a sentence."""
    return [line for line in desk.log.lines if line["event"] == sentence]


def test_false_claim_of_another_is_a_warning(desk: Desk) -> None:
    """With its ground, once for each; the back-off before it is for those who debug."""
    story = (make_request_created(), make_claim_made(claimer=ALICE))
    for now in (FALSE_FROM - 1, FALSE_FROM - 1, FALSE_FROM, FALSE_FROM + 1):
        desk.turn(*story, policy=WATCHING, now=now)
    for _ in range(2):
        desk.turn(make_fill_invalidated(), policy=WATCHING, now=FALSE_FROM + 2)
    assert desk.told("Judged a claim") == [
        ("debug", Ground.FILL_AWAITED.value),
        ("warning", Ground.FILL_UNSEEN.value),
        ("warning", Ground.ABSENCE_PROVEN.value),
    ]
    (_, line, _) = lines(desk, "Judged a claim")
    assert (line["claim_id"], line["request_id"]) == (CLAIM_ID, REQUEST_ID)
    assert line["verdict"] == "false"


def test_claim_in_our_name_that_is_false_is_no_theft(desk: Desk) -> None:
    """After a reorg for one."""
    story = (make_request_created(), make_claim_made())
    desk.turn(*story, policy=WATCHING, now=FALSE_FROM)
    assert desk.told("Judged a claim") == [("debug", Ground.FILL_UNSEEN.value)]


def test_bid_is_told_with_the_stakes_it_answers(desk: Desk) -> None:
    """Once."""
    desk.proofs.others = make_progress()
    for _ in range(3):
        desk.turn(*THEIRS, policy=WATCHING)
    (line,) = lines(desk, "Bidding on a claim")
    wanted = {
        "log_level": "info",
        "claim_id": CLAIM_ID,
        "request_id": REQUEST_ID,
        "bid": STAKE + 1,
        "claimer_stake": STAKE,
        "challenger_stake_total": 0,
    }
    assert {name: line[name] for name in wanted} == wanted


def test_step_of_a_proof_is_told_with_its_price(desk: Desk) -> None:
    """And how that comes about."""
    desk.proofs.others = make_progress()
    for _ in range(3):
        desk.turn(*OURS, OUTBID_AGAIN)
    (line,) = lines(desk, "Carrying a proof")
    assert (line["log_level"], line["step"], line["cost"]) == ("info", "execute", STAKE // 2)
    assert line["fill_id"] == make_proof().fill_id
    assert line["arithmetic"] == make_progress().arithmetic


def test_reason_for_no_bid_is_told_once_for_each_turn_of_the_game(desk: Desk) -> None:
    """A new turn may have a new one, or the same."""
    desk.proofs.others = make_progress()
    l1_decides = ("info", Reason.L1_DECIDES.value)
    for _ in range(3):
        desk.turn(*OURS, OUTBID_AGAIN)
    assert desk.told("Not bidding") == [l1_decides]
    further = [
        make_claim_made(
            block_number=32 + step,
            claimer_stake=(4 + 2 * step) * STAKE,
            last_challenger=ALICE,
            challenger_stake_total=(3 + 2 * step) * STAKE + 1,
        )
        for step in (0, 1)
    ]
    behind = make_claim_made(
        block_number=34,
        claimer_stake=6 * STAKE,
        last_challenger=ALICE,
        challenger_stake_total=7 * STAKE,
    )
    for _ in range(3):
        desk.turn(*further, behind)
    assert desk.told("Not bidding") == [l1_decides, l1_decides]


@pytest.mark.parametrize(
    ("progress", "view", "reason"),
    [
        ({"matures_at": TERMINATION * 2}, {}, Reason.PROOF_TOO_LATE),
        ({}, {"game": make_game_policy(max_claim_stake=STAKE + 1)}, Reason.STAKE_LIMIT),
        ({}, {"source_funds": make_funds(native_balance=STAKE)}, Reason.STAKE_FUNDS),
    ],
)
def test_game_of_ours_that_cannot_be_played_is_a_warning(
    desk: Desk, progress: dict[str, int], view: dict[str, Any], reason: Reason
) -> None:
    """What the operator could change, and what nobody can."""
    challenged = make_claim_made(
        claimer=ALICE, block_number=31, last_challenger=US, challenger_stake_total=STAKE + 1
    )
    answered = make_claim_made(
        claimer=ALICE,
        block_number=32,
        claimer_stake=2 * STAKE + 1,
        last_challenger=US,
        challenger_stake_total=STAKE + 1,
    )
    desk.proofs.others = make_progress(**({"cost": 90 * STAKE} | progress))
    for _ in range(3):
        desk.turn(*THEIRS, challenged, answered, policy=WATCHING, **view)
    assert desk.told("Not bidding") == [("warning", reason.value)]
    assert desk.bids() == []


def test_game_of_others_that_cannot_be_played_is_no_warning(desk: Desk) -> None:
    """Nothing of ours is lost."""
    policy = make_game_policy(max_claim_stake=STAKE)
    desk.proofs.others = make_progress()
    for _ in range(2):
        desk.turn(*THEIRS, policy=WATCHING, game=policy)
    assert desk.told("Not bidding") == [("info", Reason.STAKE_LIMIT.value)]


def test_price_that_keeps_a_proof_from_being_carried_is_a_warning(desk: Desk) -> None:
    """Stakes are lost for it; once for each stage, with its arithmetic."""
    desk.turn(*OURS, OUTBID_AGAIN)
    for stage in (Stage.PROVABLE, Stage.EXECUTABLE):
        desk.proofs.others = make_progress(stage=stage, cost=90 * STAKE)
        for _ in range(2):
            desk.turn(game=make_game_policy(max_claim_stake=STAKE))
    told = lines(desk, "Not carrying a proof")
    assert [line["log_level"] for line in told] == ["warning", "warning"]
    assert told[0]["reason"] == Reason.NOT_WORTH_IT.value
    assert (told[0]["cost"], told[0]["arithmetic"]) == (90 * STAKE, make_progress().arithmetic)


@pytest.mark.parametrize("claimer", [US, ALICE])
def test_claim_that_is_lost_is_a_warning_once(desk: Desk, claimer: Any) -> None:
    """On either side of the game."""
    bids = make_claim_made(
        claimer=claimer,
        block_number=31,
        last_challenger=BOB if claimer == US else US,
        challenger_stake_total=STAKE + 1,
    )
    claim = make_claim_made(claimer=claimer)
    said = make_request_resolved(filler=BOB if claimer == US else ALICE)
    fill = make_request_filled(filler=said.filler)
    for _ in range(3):
        desk.turn(make_request_created(), fill, claim, bids, said, policy=WATCHING)
    reasons = {Reason.CLAIM_LOST, Reason.OWN_CLAIM_FALSE}
    told = desk.told("Lost a claim")
    assert {level for level, _ in told} == {"warning"}
    assert {reason for _, reason in told} <= {reason.value for reason in reasons}
    assert len(told) == len(set(told)) > 0


def test_what_was_told_is_forgotten_with_its_request(desk: Desk) -> None:
    """An agent that runs for months has seen many claims."""
    desk.proofs.others = make_progress()
    desk.turn(*THEIRS, policy=WATCHING)
    assert desk.planner._games._log._told.keys() == {REQUEST_ID}
    late = make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION))
    desk.turn(make_claim_stake_withdrawn(stake_recipient=ALICE), policy=WATCHING, source=late)
    assert desk.planner._open == {}
    assert desk.planner._games._log._told == {}


def test_what_was_told_is_forgotten_when_the_fold_has_forgotten_the_request(desk: Desk) -> None:
    """It knows the claims no more by then, whoever made them."""
    desk.proofs.others = make_progress()
    desk.turn(*THEIRS, policy=WATCHING)
    desk.fold._forget(REQUEST_ID)
    desk.planner.forget([REQUEST_ID])
    assert desk.planner._games._log._told == {}


def test_what_was_told_is_forgotten_with_a_request_that_vanishes(desk: Desk) -> None:
    """A reorganisation may have taken it for good."""
    desk.proofs.others = make_progress()
    desk.turn(*THEIRS, policy=WATCHING)
    desk.rewind(1, policy=WATCHING)
    assert desk.planner._games._log._told == {}


@pytest.mark.parametrize(("claimer", "state"), [(BOB, "ignored"), (ALICE, "claimer_winning")])
def test_decision_is_named_in_the_claims_state(desk: Desk, claimer: Any, state: str) -> None:
    """An honest claim is ignored, a false one challenged."""
    desk.proofs.others = make_progress()
    claim = make_claim_made(claimer=claimer)
    desk.turn(make_request_created(), make_request_filled(filler=BOB), claim, policy=WATCHING)
    folded = desk.fold.claims.get(CLAIM_ID)
    assert folded is not None
    assert folded.state == state


def test_proof_that_only_waits_is_no_warning(desk: Desk) -> None:
    """Its price keeps nobody."""
    desk.proofs.others = make_progress(step=None)
    desk.turn(*OURS, OUTBID_AGAIN)
    assert lines(desk, "Not carrying a proof") == []


def test_request_is_closed_when_none_of_its_claims_can_concern_us(desk: Desk) -> None:
    """One that is decided without us, and not before."""
    desk.turn(make_request_created(), make_claim_made(claimer=ALICE), policy=WATCHING)
    assert REQUEST_ID in desk.planner._open
    late = make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION))
    desk.turn(policy=WATCHING, source=late)
    assert desk.planner._open == {}
