"""The rules of stopping a fill that is on its way."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, Skip
from beamer_agent.actions.rules import plan_stop
from beamer_agent.state.request import DepositWithdrawal
from tests.decisions import UNSAFE_FROM, claims_of, source_at
from tests.factories import ALICE, BOB, CLAIM_ID, NOW, STAKE, TERMINATION, make_request
from tests.made_games import game_claim
from tests.made_views import TERMS, make_direction_view

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("field", ["now", "source"])
def test_fill_on_its_way_is_stopped_in_the_unsafe_time(field: str) -> None:
    """By the later clock, and not a second before."""
    request = make_request(state="filled")

    def view(time: int) -> Any:
        change = {"now": time} if field == "now" else {"source": source_at(time, is_synced=False)}
        return make_direction_view(**change)

    assert plan_stop(request, claims_of(), view(UNSAFE_FROM - 1)) is None
    assert plan_stop(request, claims_of(), view(UNSAFE_FROM)) == Skip(
        Reason.UNSAFE_FILL_TIME, is_final=field == "now"
    )


def test_fill_on_its_way_is_stopped_when_the_deposit_is_gone() -> None:
    """Whoever took it, it cannot pay us any more."""
    request = make_request(withdrawal=DepositWithdrawal(ALICE, CLAIM_ID), state="withdrawn")
    stop = plan_stop(request, claims_of(), make_direction_view())
    assert stop == Skip(Reason.DEPOSIT_GONE, is_final=True)


def test_fill_on_its_way_is_stopped_when_it_could_not_be_defended() -> None:
    """A claim is about to be paid; one that is only challenged is no reason."""
    ending = Skip(Reason.CLAIM_ENDING)
    late = make_direction_view(now=TERMINATION - 2 * TERMS.answer_margin)
    request = make_request(valid_until=TERMINATION + 3_600, state="filled")
    assert plan_stop(request, claims_of(game_claim()), late) == ending
    assert plan_stop(request, claims_of(game_claim()), make_direction_view()) is None
    challenged = claims_of(game_claim(STAKE, (BOB, STAKE + 1)))
    assert plan_stop(request, challenged, make_direction_view()) is None


def test_latest_time_is_the_later_clock() -> None:
    """Of wall clock and the source chain's head."""
    assert make_direction_view(now=NOW + 5).latest_time == NOW + 5
    assert make_direction_view(source=source_at(NOW + 9)).latest_time == NOW + 9
