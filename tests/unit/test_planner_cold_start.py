"""Planner: after a start, fills of an earlier life may stand in history that is not read yet."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, fill_key
from tests.factories import (
    ALICE,
    AMOUNT,
    NOW,
    SOURCE,
    STAKE,
    TARGET,
    VALID_UNTIL,
    make_block,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_chain_view
from tests.planner_desk import FILL, UNSAFE, Desk, created

pytestmark = pytest.mark.unit

OLD, SECOND = make_request_created(), created(2)
UNREAD = {"target": make_chain_view(TARGET, events_since=NOW)}
"""The target chain's history is not read as far back as requests may be filled."""
LATE = {"source": make_chain_view(SOURCE, head=make_block(timestamp=VALID_UNTIL + 86_400))}
"""Nobody can claim any more."""


def refuse_first(desk: Desk) -> None:
    """The last look of the sender: somebody has filled it."""
    desk.target.refuse(FILL, "the request is filled")


def test_limit_counts_what_may_have_been_filled() -> None:
    """A refusal does not say by whom: until the fill is read, it was us."""
    desk = Desk(unfinal={"TST": AMOUNT})
    desk.turn(OLD, **UNREAD)
    assert desk.target.keys() == [FILL]
    refuse_first(desk)
    desk.turn(SECOND, **UNREAD)
    assert desk.target.keys() == [FILL]
    desk.turn(make_request_filled(filler=ALICE))
    assert desk.target.keys() == [FILL, fill_key(SECOND.request_id)]


def test_limit_is_not_taken_twice_by_one_request() -> None:
    """It may be filled, though it counts as filled."""
    desk = Desk(unfinal={"TST": AMOUNT})
    for _ in range(2):
        desk.turn(OLD, **UNREAD)
    assert desk.target.keys() == [FILL]


def test_stake_stays_for_what_may_have_been_filled() -> None:
    """Two stakes are there; the one of the earlier fill is not promised to a third request."""
    desk = Desk(native=2 * STAKE)
    desk.turn(OLD, **UNREAD)
    refuse_first(desk)
    desk.turn(SECOND, **UNREAD)
    desk.turn(created(3), **UNREAD)
    assert desk.target.keys() == [FILL]
    desk.turn(make_request_filled())
    desk.turn()
    assert desk.target.keys() == [FILL, fill_key(SECOND.request_id)]
    assert desk.native_free() == 0


def test_what_is_new_cannot_have_been_filled() -> None:
    """Requests of blocks after the start take funds only when they are filled."""
    desk = Desk(native=STAKE, unfinal={"TST": AMOUNT})
    desk.turn(**UNREAD)
    head = make_chain_view(SOURCE, head=make_block(101))
    desk.turn(make_request_created(block_number=101), source=head, **UNREAD)
    assert desk.target.keys() == [FILL]


@pytest.mark.parametrize(
    ("events", "view", "is_free"),
    [
        ([OLD], {"now": UNSAFE}, False),
        ([OLD, make_claim_made()], {}, True),
        ([OLD], {"now": VALID_UNTIL, **LATE}, True),
    ],
    ids=["too late to fill", "claimed in our name", "too late to claim"],
)
def test_stake_stays_until_the_history_is_read(
    desk: Desk, events: list[Any], view: dict[str, Any], is_free: bool
) -> None:
    """Whatever is decided on the request meanwhile; unless no claim of ours can follow."""
    desk.turn(*events, **(UNREAD | view))
    desk.turn(**(UNREAD | view))
    assert desk.native_free() == 10**19 - (0 if is_free else STAKE)
    desk.turn(**({"now": UNSAFE} | view))
    assert desk.native_free() == 10**19
    assert desk.target.keys() == []


def test_claimed_request_waits_for_the_history(desk: Desk) -> None:
    """It is filled, very likely: hundreds of them would be in the way of what is new."""
    claimed = make_claim_made(claimer=ALICE)
    desk.turn(OLD, claimed, **UNREAD)
    assert (desk.target.keys(), desk.native_free()) == ([], 10**19 - STAKE)
    assert desk.told("Not acting on request") == []
    desk.turn()
    assert desk.target.keys() == [FILL]


def test_ignored_request_stays_open_until_its_fill_would_be_known() -> None:
    """Its amount may yet be lost with it."""
    desk = Desk(unfinal={"TST": AMOUNT})
    desk.turn(OLD, now=UNSAFE, **UNREAD)
    desk.turn(created(2, valid_until=VALID_UNTIL + 600), now=UNSAFE, **UNREAD)
    assert desk.state() == "ignored"
    assert desk.target.keys() == []
    assert desk.told("Not acting on request")[-1] == ("info", Reason.UNFINAL_LIMIT.value)
    desk.turn(now=UNSAFE)
    assert len(desk.target.keys()) == 1
