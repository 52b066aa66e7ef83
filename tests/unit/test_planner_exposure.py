"""Planner: how much is paid out for requests that may yet vanish."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, fill_key
from beamer_agent.types import BlockNumber, TokenAmount
from tests.factories import (
    ALICE,
    AMOUNT,
    SOURCE,
    TARGET,
    TERMINATION,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view
from tests.planner_desk import FILL, Desk, created

pytestmark = pytest.mark.unit

SECOND = fill_key(created(2).request_id)


def final_until(number: int, **changes: Any) -> Any:
    """The source chain, final up to this block; the request is in block 10."""
    return make_chain_view(SOURCE, final_until=BlockNumber(number), **changes)


def make_desk(limit: int, **changes: Any) -> Desk:
    """With this limit for the token of the factories."""
    return Desk(unfinal={"TST": limit}, **changes)


def test_fills_of_one_turn_stay_below_the_limit() -> None:
    """The amount itself may be paid; what is above waits, and the operator hears of it once."""
    desk = make_desk(AMOUNT)
    for _ in range(3):
        desk.turn(make_request_created(), created(2))
    assert desk.target.keys() == [FILL]
    assert desk.told("Not acting on request") == [("info", Reason.UNFINAL_LIMIT.value)]
    assert desk.state(created(2).request_id) == "pending"


def test_without_a_limit_all_are_filled() -> None:
    """As ever."""
    desk = Desk(unfinal={"OTHER": 0})
    desk.turn(make_request_created(), created(2))
    assert desk.target.keys() == [FILL, SECOND]


def test_a_fill_counts_until_its_request_is_final() -> None:
    """On its way, mined, claimed; then the next one is made."""
    desk = make_desk(AMOUNT)
    desk.turn(make_request_created(), created(2))
    desk.turn(make_request_filled())
    desk.turn(make_claim_made(), source=final_until(9))
    assert desk.target.keys() == [FILL]
    late = created(2, block_number=11)
    desk.turn(late, source=final_until(10))
    assert desk.target.keys() == [FILL, SECOND]


def test_request_that_is_final_is_not_limited() -> None:
    """It cannot vanish."""
    desk = make_desk(AMOUNT - 1)
    desk.turn(make_request_created(), source=final_until(9))
    assert desk.target.keys() == []
    desk.turn(source=final_until(10))
    assert desk.target.keys() == [FILL]


def test_fills_of_others_do_not_count() -> None:
    """It is not our money."""
    desk = make_desk(AMOUNT)
    desk.turn(make_request_created(), make_request_filled(filler=ALICE), created(2))
    assert desk.target.keys() == [SECOND]


def test_fill_that_came_to_nothing_does_not_count() -> None:
    """The room is free again."""
    desk = make_desk(AMOUNT)
    desk.turn(make_request_created(), created(2))
    desk.target.refuse(FILL, "reverted")
    desk.turn()
    assert desk.target.keys() == [FILL, SECOND]


def test_directions_from_one_chain_share_the_limit() -> None:
    """A reorganisation takes the requests to all of them."""
    first = make_desk(AMOUNT)
    second = Desk(beside=first)
    second.planner._promises._name = "another"
    first.turn(make_request_created())
    second.turn(created(2))
    assert (first.target.keys(), second.target.keys()) == ([FILL], [])


def test_transfer_that_is_over_counts_until_it_is_final() -> None:
    """Its request may vanish with the deposit that it brought."""
    desk = make_desk(AMOUNT)
    desk.turn(make_request_created())
    head = make_block(timestamp=TERMINATION)
    ended = (make_claim_stake_withdrawn(), make_deposit_withdrawn())
    desk.turn(make_request_filled(), make_claim_made(), *ended, source=final_until(9, head=head))
    desk.turn(created(2), source=final_until(9))
    assert desk.target.keys() == [FILL]
    desk.turn(source=final_until(10))
    assert desk.target.keys() == [FILL, SECOND]
    assert desk.planner._open.keys() == {created(2).request_id}


def test_fill_that_was_undone_counts_while_it_may_be_mined() -> None:
    """A pool may have it still; the same fill goes out again within the same limit."""
    desk = make_desk(AMOUNT)
    desk.turn(make_request_created())
    (fill,) = desk.target.submitted
    desk.send_fill()
    desk.target.mark_done(FILL, make_block().number)
    desk.target.mark_undone(fill)
    behind = make_chain_view(TARGET, is_synced=False)
    desk.turn(created(2), target=behind)
    assert not desk.exposure.take("beside", "TST", TokenAmount(1))
    desk.turn()
    assert desk.target.keys() == [FILL, FILL]
