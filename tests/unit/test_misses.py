"""Misses: requests that nobody has filled, though nothing but our own trouble spoke against it."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.actions.view import EarningsPolicy
from beamer_agent.types import Timestamp
from tests.factories import (
    ALICE,
    AMOUNT,
    SOURCE,
    TARGET,
    TARGET_TOKEN,
    USER,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view, make_fill_policy, make_funds
from tests.planner_desk import UNSAFE, Desk

pytestmark = pytest.mark.unit

NEW = make_request_created(block_number=60)
"""After the first turn, at block 50."""
LATE: dict[str, Any] = {
    "source": make_chain_view(SOURCE, head=make_block(110, timestamp=Timestamp(UNSAFE))),
    "now": Timestamp(UNSAFE),
}
POOR: dict[str, Any] = {"target_funds": make_funds(tokens_free={})}
DOWN: dict[str, Any] = {"target": make_chain_view(TARGET, is_reachable=False)}
DEAR: dict[str, Any] = {
    "policy": make_fill_policy(earnings=EarningsPolicy(min_fee_ppm=500_000)),
}


@pytest.fixture
def desk() -> Desk:
    """Of a process that has looked at both chains once."""
    desk = Desk()
    desk.turn(source=make_chain_view(SOURCE, head=make_block(50)))
    return desk


def test_request_that_funds_did_not_suffice_for_is_missed(desk: Desk) -> None:
    """Once, when its time is over."""
    desk.turn(NEW, **POOR)
    assert desk.tallies.missed == []
    desk.turn(**LATE)
    desk.turn(**LATE)
    assert desk.tallies.missed == ["insufficient_tokens"]


def test_what_kept_us_last_is_told(desk: Desk) -> None:
    """Though something else did before."""
    desk.turn(NEW, **DOWN)
    desk.turn(**POOR)
    desk.turn(**LATE)
    assert desk.tallies.missed == ["insufficient_tokens"]


def test_fill_that_is_never_mined_is_a_miss(desk: Desk) -> None:
    """It was decided in time, and cancelled when it was too late."""
    desk.turn(NEW)
    desk.turn(**LATE)
    desk.turn(**LATE)
    assert desk.tallies.missed == ["transaction"]


def test_funds_that_are_promised_in_the_same_turn_are_lacking() -> None:
    """What the wallet refuses counts as what the rules do."""
    desk = Desk(tokens=AMOUNT)
    desk.turn(source=make_chain_view(SOURCE, head=make_block(50)))
    desk.turn(NEW, make_request_created(nonce=2, block_number=60))
    desk.turn(**LATE)
    desk.turn(**LATE)
    assert sorted(desk.tallies.missed) == ["insufficient_tokens", "transaction"]


def test_refund_of_an_unfilled_request_ends_it(desk: Desk) -> None:
    """Though its time was not seen to be over."""
    desk.turn(NEW, **POOR)
    desk.turn(make_deposit_withdrawn(receiver=USER, block_number=109))
    assert desk.tallies.missed == ["insufficient_tokens"]


def test_request_that_another_fills_is_not_missed(desk: Desk) -> None:
    """The user has what he wanted."""
    desk.turn(NEW, **POOR)
    desk.turn(make_request_filled(filler=ALICE))
    desk.turn(**LATE)
    assert desk.tallies.missed == []


def test_request_that_the_operator_does_not_want_is_not_missed(desk: Desk) -> None:
    """Nor when a chain is down at the end."""
    desk.turn(NEW, **DEAR)
    desk.turn(**DOWN)
    desk.turn(**LATE)
    assert desk.tallies.missed == []


def test_request_that_the_operator_came_to_want_is_missed(desk: Desk) -> None:
    """The last reason counts, as long as one could be known."""
    desk.turn(NEW, **DEAR)
    desk.turn(**POOR)
    desk.turn(**LATE)
    assert desk.tallies.missed == ["insufficient_tokens"]


def test_request_of_an_earlier_life_is_not_missed(desk: Desk) -> None:
    """Nobody can say what kept that one."""
    desk.turn(make_request_created(block_number=50), **POOR)
    desk.turn(**LATE)
    assert desk.tallies.missed == []


def test_request_that_is_seen_too_late_is_not_missed(desk: Desk) -> None:
    """We could not have filled it."""
    desk.turn(NEW, **LATE)
    assert desk.tallies.missed == []


def test_head_that_is_ahead_of_us_ends_nothing(desk: Desk) -> None:
    """It may be a lie."""
    desk.turn(NEW, **POOR)
    desk.turn(source=LATE["source"])
    assert desk.tallies.missed == []


def test_transfer_of_ours_is_not_missed(desk: Desk) -> None:
    """Though we hear of all of it at once."""
    desk.turn(NEW)
    ends = make_claim_stake_withdrawn(), make_deposit_withdrawn()
    desk.turn(make_request_filled(), make_claim_made(), *ends)
    assert desk.tallies.missed == []


def test_memory_of_what_is_over_is_given_back(desk: Desk) -> None:
    """Whatever came of it."""
    desk.turn(NEW, **POOR)
    desk.turn(make_request_filled(filler=ALICE))
    desk.turn(make_deposit_withdrawn(receiver=ALICE))
    strange = make_request_created(nonce=2, source_token_address=TARGET_TOKEN)
    desk.turn(strange)
    assert len(desk.planner._misses._reasons) == 0


def test_reasons_have_names_of_their_own() -> None:
    """In the metrics: no reason is called as our own transaction is."""
    assert "transaction" not in {reason.name.lower() for reason in Reason}
