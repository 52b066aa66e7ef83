"""Absences: how long fills that vanished are missed, as the planner sees them."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, challenge_key, invalidation_key
from beamer_agent.events.model import RequestFilled
from beamer_agent.types import Seconds, Wei
from tests.factories import (
    ALICE,
    CLAIM_ID,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    REQUEST_ID,
    STAKE,
    TARGET,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.made_games import FALSE_FROM, make_progress
from tests.made_views import make_fill_policy, make_game_policy
from tests.planner_desk import Desk

pytestmark = pytest.mark.unit

WAIT = Seconds(100)
WATCHING: dict[str, Any] = {
    "policy": make_fill_policy(is_filling=False),
    "game": make_game_policy(fill_wait_time=WAIT),
}
INVALIDATE = invalidation_key(REQUEST_ID, FILL_ID)
FILLED = make_request_filled(filler=ALICE)
DISPUTED = make_claim_made(
    block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE + 1
)
BEFORE = FILLED.block_number - 1


@pytest.fixture
def watching(desk: Desk) -> Desk:
    """Another's fill and its claim have been there for long."""
    claim = make_claim_made(claimer=ALICE)
    desk.turn(make_request_created(), FILLED, claim, now=FALSE_FROM, **WATCHING)
    return desk


def later(desk: Desk, seconds: int, *events: RequestFilled) -> list[str]:
    """What is asked of the target chain so long after."""
    desk.turn(*events, now=FALSE_FROM + seconds, **WATCHING)
    return desk.target.keys()


def test_fill_that_vanished_is_missed_for_a_while(watching: Desk) -> None:
    """Its claim is left alone until then."""
    watching.rewind(BEFORE, TARGET, now=FALSE_FROM, **WATCHING)
    assert later(watching, WAIT - 1) == []
    assert later(watching, WAIT) == [INVALIDATE]


def test_each_absence_has_its_own_time(watching: Desk) -> None:
    """A fill that was there again in between is waited for anew."""
    watching.rewind(BEFORE, TARGET, now=FALSE_FROM, **WATCHING)
    assert later(watching, WAIT - 1, FILLED) == []
    watching.rewind(BEFORE, TARGET, now=FALSE_FROM + WAIT, **WATCHING)
    assert later(watching, 2 * WAIT - 1) == []
    assert later(watching, 2 * WAIT) == [INVALIDATE]


def test_fill_that_moved_is_missed_too(watching: Desk) -> None:
    """The branch with the new one may be the one that loses."""
    moved = make_request_filled(filler=ALICE, fill_id=OTHER_FILL_ID, block_number=25)
    watching.rewind(BEFORE, TARGET, now=FALSE_FROM, **WATCHING)
    watching.proofs.others = make_progress()
    later(watching, 1, moved)
    assert watching.source.keys() == []
    later(watching, WAIT)
    assert watching.source.keys() == [challenge_key(CLAIM_ID, STAKE, Wei(0))]


def test_own_claim_is_not_lost_while_its_fill_is_missed(desk: Desk) -> None:
    """The fill is made again; what is lost with the old one is told once, then."""
    desk.turn(make_request_created(), make_request_filled(), make_claim_made(), DISPUTED)
    desk.rewind(BEFORE, TARGET, game=WATCHING["game"])
    assert desk.losses == []
    desk.turn(make_request_filled(fill_id=OTHER_FILL_ID, block_number=25))
    assert desk.losses == [Reason.FILL_MOVED]


def test_own_claim_is_lost_when_its_fill_stays_away(desk: Desk) -> None:
    """After the usual time to wait for a fill."""
    desk.turn(make_request_created(), make_request_filled(), make_claim_made(), DISPUTED)
    desk.rewind(BEFORE, TARGET, **WATCHING)
    desk.turn(now=NOW + WAIT - 1, **WATCHING)
    assert desk.losses == []
    desk.turn(now=NOW + WAIT, **WATCHING)
    assert desk.losses == [Reason.OWN_CLAIM_FALSE]


def test_nothing_is_remembered_of_requests_that_are_gone(watching: Desk) -> None:
    """However many there were."""
    watching.rewind(BEFORE, TARGET, now=FALSE_FROM, **WATCHING)
    watching.rewind(-1, now=FALSE_FROM + WAIT, **WATCHING)
    absences = watching.planner._games._absences
    assert (absences._seen, absences._missed) == ({}, {})
