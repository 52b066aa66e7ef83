"""Claim: what its first event says, who is ahead, and which steps it takes."""

import pytest

from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.machine import IllegalTransitionError
from tests.factories import (
    CLAIM_ID,
    FILL_ID,
    NOBODY,
    REQUEST_ID,
    STAKE,
    TERMINATION,
    US,
    make_claim,
    make_claim_made,
)

pytestmark = pytest.mark.unit


def test_a_claim_is_what_its_first_event_says() -> None:
    """Nobody has decided anything about it yet."""
    claim = Claim.from_event(make_claim_made())
    assert (claim.id, claim.request_id, claim.fill_id) == (CLAIM_ID, REQUEST_ID, FILL_ID)
    assert (claim.claimer, claim.claimer_stake) == (US, STAKE)
    assert (claim.last_challenger, claim.challenger_stake_total) == (NOBODY, 0)
    assert claim.termination == TERMINATION
    assert claim.state == ClaimMachine.started.value
    assert claim.challenger_stakes == {}


@pytest.mark.parametrize(
    ("claimer", "challengers", "expected"),
    [(10, 0, True), (11, 10, True), (10, 10, False), (10, 11, False)],
)
def test_the_claimer_is_ahead_with_the_higher_stake(
    claimer: int, challengers: int, expected: bool
) -> None:
    """A draw is the challengers' (`protocol.md`, the game)."""
    claim = make_claim(claimer_stake=claimer, challenger_stake_total=challengers)
    assert claim.is_claimer_ahead is expected


LIVES = [
    ("start_challenge challenge challenge withdraw", "withdrawn"),
    ("challenge challenge", "claimer_winning"),
    ("challenge resolution withdraw", "withdrawn"),
    ("ignore challenge resolution", "invalidated_l1_resolved"),
    ("ignore challenge", "ignored"),
    ("l1_invalidate resolution", "invalidated_l1_resolved"),
    ("l1_invalidate l1_confirm withdraw", "withdrawn"),
    ("withdraw l1_invalidate resolution l1_confirm ignore start_challenge", "withdrawn"),
]


@pytest.mark.parametrize(("events", "state"), LIVES)
def test_a_life_takes_its_steps(events: str, state: str) -> None:
    """Bids, proofs, decisions, payment."""
    claim = make_claim()
    for event in events.split():
        claim.advance(event)
    assert claim.state == state


@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("withdrawn", "withdraw"),
        ("withdrawn", "challenge"),
        ("invalidated_l1_resolved", "challenge"),
        ("claimer_winning", "start_challenge"),
    ],
)
def test_an_illegal_step_changes_nothing(state: str, event: str) -> None:
    """And says from where to what."""
    claim = make_claim(state=state)
    with pytest.raises(IllegalTransitionError, match=f"no transition {event} from {state}"):
        claim.advance(event)
    assert claim.state == state
