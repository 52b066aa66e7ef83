"""Quiet requests: until when deciding on a request again is pointless."""

from typing import Any

import pytest

from beamer_agent.actions.quiet import FOREVER, quiet_until
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.types import Timestamp, Wei
from tests.factories import (
    ALICE,
    FILL_ID,
    OTHER_FILL_ID,
    STAKE,
    TERMINATION,
    US,
    make_claim,
    make_request,
    make_request_filled,
    make_request_resolved,
)
from tests.made_views import make_direction_view

pytestmark = pytest.mark.unit

VIEW = make_direction_view()
IGNORED = ClaimMachine.ignored.value
WITHDRAWN = ClaimMachine.withdrawn.value


def quiet(*claims: Claim, filler: Any = US, **request: Any) -> Timestamp | None:
    """Of a request that somebody has filled."""
    request = {"fill": make_request_filled(filler=filler)} | request
    return quiet_until(make_request(**request), claims, VIEW)


def test_own_claim_is_quiet_until_it_ends() -> None:
    """Then it can be withdrawn."""
    assert quiet(make_claim()) == TERMINATION


def test_first_end_of_several_own_claims_counts() -> None:
    """Each can be withdrawn by itself."""
    sooner = Timestamp(TERMINATION - 60)
    assert quiet(make_claim(), make_claim(termination=sooner)) == sooner


@pytest.mark.parametrize(
    "changes",
    [
        {"challenger_stake_total": Wei(STAKE + 1)},
        {"fill_id": OTHER_FILL_ID},
        {"claimer": ALICE},
    ],
)
def test_claim_that_is_bid_against_or_false_is_not_quiet(changes: dict[str, Any]) -> None:
    """It has to be answered in time."""
    assert quiet(make_claim(), make_claim(**changes)) is None


def test_fill_of_ours_without_a_claim_is_not_quiet() -> None:
    """It is to be claimed."""
    assert quiet() is None
    assert quiet(make_claim(state=WITHDRAWN)) is None


def test_fill_of_another_is_quiet_for_ever() -> None:
    """With its honest claims, or without any."""
    theirs = {"claimer": ALICE, "state": IGNORED}
    assert quiet(filler=ALICE) == FOREVER
    assert quiet(make_claim(**theirs), make_claim(**theirs), filler=ALICE) == FOREVER


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ClaimMachine.started.value},
        {"challenger_stakes": {US: STAKE}},
        {"fill_id": OTHER_FILL_ID},
        {"claimer": US},
    ],
)
def test_claim_on_the_fill_of_another_may_concern_us(changes: dict[str, Any]) -> None:
    """It is not judged yet, has a stake of ours, or is false."""
    claim = make_claim(**({"claimer": ALICE, "state": IGNORED} | changes))
    assert quiet(claim, filler=ALICE) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"fill": None},
        {"resolution": make_request_resolved()},
        {"invalidated_fill_ids": {FILL_ID}},
        {"withdrawal": object()},
    ],
)
def test_request_with_more_to_it_is_not_quiet(changes: dict[str, Any]) -> None:
    """It is to be filled, L1 has spoken, or it is about to be closed."""
    assert quiet(make_claim(), **changes) is None
