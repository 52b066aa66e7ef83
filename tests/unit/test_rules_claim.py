"""The rules of claiming: for each decision the smallest change that brings it about."""

from typing import Any

import pytest

from beamer_agent.actions.model import ClaimFill, Reason, Skip
from beamer_agent.state.request import DepositWithdrawal
from beamer_agent.types import BlockNumber, Timestamp
from tests.decisions import CLAIM_DEADLINE, decide, source_at
from tests.factories import (
    ALICE,
    CLAIM_ID,
    FILL_ID,
    OTHER_FILL_ID,
    SOURCE,
    STAKE,
    TARGET,
    US,
    VALID_UNTIL,
    make_claim,
    make_request,
    make_request_filled,
)
from tests.made_views import make_chain_view

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("filler", "receiver", "reason"),
    [
        (US, US, Reason.DEPOSIT_GONE),
        (US, ALICE, Reason.DEPOSIT_LOST),
        (ALICE, ALICE, Reason.DEPOSIT_GONE),
    ],
)
def test_deposit_that_went_to_another_is_lost(filler: Any, receiver: Any, reason: Reason) -> None:
    """But only where we had filled."""
    request = make_request(
        fill=make_request_filled(filler=filler),
        withdrawal=DepositWithdrawal(receiver, CLAIM_ID),
        state="withdrawn",
    )
    assert decide(request) == Skip(reason, is_final=True)


def test_our_fill_is_claimed_with_its_own_id() -> None:
    """Before the deposit can be refunded; and says up to which block claims were considered."""
    request = make_request(fill=make_request_filled(), state="filled")
    source = make_chain_view(SOURCE, events_until=77)
    assert decide(request, source=source) == ClaimFill(
        request.id, FILL_ID, STAKE, BlockNumber(77), Timestamp(VALID_UNTIL)
    )


def test_fill_of_another_is_not_claimed() -> None:
    """A claim on it would be false."""
    request = make_request(fill=make_request_filled(filler=ALICE), state="filled")
    assert decide(request) == Skip(Reason.FILLED_BY_OTHER)


def test_fill_is_claimed_once() -> None:
    """The contract would take a second claim, and its stake."""
    request = make_request(fill=make_request_filled(), state="filled")
    assert decide(request, make_claim()) == Skip(Reason.CLAIM_EXISTS)


@pytest.mark.parametrize("changes", [{"claimer": ALICE}, {"fill_id": OTHER_FILL_ID}])
def test_claims_of_others_and_of_other_fills_do_not_count(changes: dict[str, Any]) -> None:
    """A rival's claim, or ours of a fill that a reorg has moved, does not pay for this fill."""
    request = make_request(fill=make_request_filled(), state="filled")
    assert isinstance(decide(request, make_claim(**changes)), ClaimFill)


@pytest.mark.parametrize(("seconds", "is_claimed"), [(-1, True), (0, False)])
def test_claim_deadline_is_the_source_chains(seconds: int, is_claimed: bool) -> None:
    """Its head's time counts, no clock of ours: while it says yes, we claim."""
    request = make_request(fill=make_request_filled(), state="filled")
    source, now = source_at(CLAIM_DEADLINE + seconds), CLAIM_DEADLINE + 10**6
    decision = decide(request, source=source, now=now)
    assert isinstance(decision, ClaimFill) is is_claimed
    assert is_claimed or decision == Skip(Reason.CLAIM_DEADLINE_PASSED)


def test_nothing_is_claimed_before_the_source_chain_is_read() -> None:
    """Our claim may stand in the part that is not read yet."""
    request = make_request(fill=make_request_filled(), state="filled")
    source = make_chain_view(SOURCE, is_synced=False)
    assert decide(request, source=source) == Skip(Reason.NOT_SYNCED)


def test_claiming_does_not_wait_for_the_target_chain() -> None:
    """What was filled is known; nothing on the target chain changes that."""
    request = make_request(fill=make_request_filled(), state="filled")
    target = make_chain_view(TARGET, is_synced=False, is_reachable=False)
    view = {"target": target, "source_funds": None, "target_funds": None, "now": VALID_UNTIL}
    assert isinstance(decide(request, **view), ClaimFill)
