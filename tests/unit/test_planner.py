"""Planner: transfers from their beginning to their end, by us, by others, after a restart."""

import pytest

from beamer_agent.actions.model import fill_key
from tests.factories import (
    ALICE,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TERMINATION,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view
from tests.planner_desk import CLAIM, FILL, WITHDRAW, Desk, created

pytestmark = pytest.mark.unit


def test_request_is_filled_claimed_and_withdrawn(desk: Desk) -> None:
    """Each step once, however often it is decided; then the request is closed."""
    for _ in range(3):
        desk.turn(make_request_created())
    assert desk.target.keys() == [FILL]
    assert desk.state() == "filled"
    desk.send_fill()
    for _ in range(3):
        desk.turn(make_request_filled())
    assert desk.source.keys() == [CLAIM]
    assert desk.state() == "claimed"
    late = make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION))
    for _ in range(3):
        desk.turn(make_claim_made(), source=late)
    assert desk.source.keys() == [CLAIM, WITHDRAW]
    desk.turn(make_claim_stake_withdrawn(), make_deposit_withdrawn(), source=late)
    assert desk.planner._open == {}
    assert desk.told("Lost a deposit") == []
    assert desk.told("Not acting on request") == []


def test_request_of_another_filler_is_left_to_it(desk: Desk) -> None:
    """Without a word to the operator, until its deposit is withdrawn."""
    desk.turn(make_request_created(), make_request_filled(filler=ALICE))
    desk.turn(make_claim_made(claimer=ALICE))
    desk.turn(make_claim_stake_withdrawn(stake_recipient=ALICE))
    desk.turn(make_deposit_withdrawn(receiver=ALICE))
    assert {line["log_level"] for line in desk.log.lines} == {"debug"}
    assert (desk.source.keys(), desk.target.keys()) == ([], [])
    assert desk.planner._open == {}


def test_restarted_planner_reaches_the_same_decisions(desk: Desk) -> None:
    """From the events alone, in one turn."""
    desk.turn(
        make_request_created(),
        make_request_filled(),
        created(2),
        source=make_chain_view(SOURCE),
    )
    assert desk.source.keys() == [CLAIM]
    assert desk.target.keys() == [fill_key(created(2).request_id)]
    assert desk.native_free() == 10**19 - 2 * STAKE


def test_claims_of_a_closed_deposit_are_still_withdrawn(desk: Desk) -> None:
    """A twin claim's stake is worth something after the deposit has gone."""
    twin = make_claim_made(claim_id=9, block_number=31)
    desk.turn(make_request_created(), make_request_filled(), make_claim_made(), twin)
    desk.turn(make_claim_stake_withdrawn(), make_deposit_withdrawn())
    assert desk.source.keys() == ["withdraw:9"]
    assert REQUEST_ID in desk.planner._open
    desk.turn(make_claim_stake_withdrawn(claim_id=9, block_number=61))
    assert desk.planner._open == {}
