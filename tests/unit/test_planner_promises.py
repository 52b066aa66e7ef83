"""Planner: what is promised of the funds, and when a promise ends."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, fill_key
from beamer_agent.events.model import Event
from beamer_agent.transactions.wallet import Promise
from beamer_agent.types import BlockNumber
from tests.factories import (
    ALICE,
    AMOUNT,
    REQUEST_ID,
    STAKE,
    TARGET_TOKEN,
    make_claim_made,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.planner_desk import CLAIM, FILL, Desk, created

pytestmark = pytest.mark.unit


def test_fill_promises_its_amount_and_its_stake(desk: Desk) -> None:
    """From the turn that submits it."""
    desk.turn(make_request_created())
    for _ in range(2):
        assert desk.tokens_free() == 99 * AMOUNT
        assert desk.native_free() == 10**19 - STAKE
        desk.turn()


@pytest.mark.parametrize(
    ("funds", "reason"),
    [
        ({"tokens": 2 * AMOUNT}, Reason.INSUFFICIENT_TOKENS),
        ({"native": 2 * STAKE}, Reason.INSUFFICIENT_NATIVE),
    ],
)
def test_one_turn_spends_nothing_twice(funds: dict[str, Any], reason: Reason) -> None:
    """Three requests, funds for two: the third is filled when there is more."""
    desk = Desk(**funds)
    events = [created(nonce) for nonce in (1, 2, 3)]
    desk.turn(*events)
    desk.turn()
    assert desk.target.keys() == [fill_key(event.request_id) for event in events[:2]]
    assert desk.told("Not acting on request") == [("info", reason.value)]
    desk.target.refuse(desk.target.keys()[0], "another was faster")
    for _ in range(2):  # the first one frees the promises
        desk.turn()
    assert desk.target.keys()[2:] == [fill_key(events[2].request_id)]


def test_two_directions_never_count_on_the_same_tokens() -> None:
    """The other direction has promised them after our view was made."""
    desk = Desk(tokens=AMOUNT)
    view = desk.view()
    other = desk.target_wallet.promise("other", "k", desk_amount(1))
    assert other
    desk.fold.apply(make_request_created())
    desk.planner.reopen(REQUEST_ID)
    desk.planner.turn(view)
    assert desk.target.keys() == []


def desk_amount(units: int) -> Any:
    """A promise of target tokens."""
    return Promise(TARGET_TOKEN, units)


def test_refused_fill_frees_its_promises(desk: Desk) -> None:
    """On the next turn; after its pause it is tried again."""
    desk.turn(make_request_created())
    desk.target.refuse(FILL, "no")
    desk.turn()
    assert desk.tokens_free() == 100 * AMOUNT
    assert desk.native_free() == 10**19
    desk.clock.advance(2)
    desk.turn()
    assert desk.target.keys() == [FILL, FILL]
    assert desk.tokens_free() == 99 * AMOUNT


def test_mined_fill_is_not_counted_twice(desk: Desk) -> None:
    """When the balance is that after it, its promise ends, though its event is not deep enough."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.target.mark_done(FILL, BlockNumber(101))
    desk.turn()
    assert desk.tokens_free() == 99 * AMOUNT
    desk.target_wallet.refresh(BlockNumber(101))
    desk.turn()
    assert desk.tokens_free() == 100 * AMOUNT


def test_seen_fill_is_promised_until_the_balance_knows(desk: Desk) -> None:
    """The event may be faster than the balance."""
    desk.turn(make_request_created(), make_request_filled(block_number=101))
    assert desk.tokens_free() == 99 * AMOUNT
    desk.target_wallet.refresh(BlockNumber(101))
    desk.turn()
    assert desk.tokens_free() == 100 * AMOUNT


def test_stake_is_promised_until_it_is_paid(desk: Desk) -> None:
    """Claimed, but not deep enough to be seen: the balance knows first."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    desk.turn()
    assert desk.native_free() == 10**19 - STAKE
    desk.source.mark_done(CLAIM, BlockNumber(100))
    desk.turn()
    assert desk.native_free() == 10**19
    desk.turn(make_claim_made())
    assert desk.native_free() == 10**19


@pytest.mark.parametrize(
    "events",
    [
        [make_request_filled(filler=ALICE)],
        [make_request_filled(), make_claim_made()],
        [make_request_filled(), make_deposit_withdrawn(receiver=ALICE)],
    ],
)
def test_nothing_is_promised_where_no_claim_is_due(desk: Desk, events: list[Event]) -> None:
    """Of others' fills, of claims made, of deposits gone."""
    desk.turn(make_request_created(), *events)
    assert desk.native_free() == 10**19
    assert desk.tokens_free() == 100 * AMOUNT


def test_submitted_fill_is_not_called_unaffordable() -> None:
    """Its own promise has used up the last token."""
    desk = Desk(tokens=AMOUNT)
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn()
    assert desk.told("Not acting on request") == []
