"""Earnings: what the events of a request come to, in money."""

from typing import Any

import pytest

from beamer_agent.events.model import RequestEvent
from beamer_agent.planning.earnings import EarningKind, earnings_in
from beamer_agent.state.fold import Fold
from beamer_agent.types import Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
    DIRECTION,
    REQUEST_ID,
    STAKE,
    US,
    USER,
    make_address,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)

pytestmark = pytest.mark.unit

FEE = AMOUNT // 100
OWNER = make_address(99)
"""Of the contract: takes the stake of a false claim that nobody challenged."""


def earned(*events: RequestEvent) -> list[tuple[EarningKind, int, int]]:
    """Kind, amount and block of what is told once, in the order of the history."""
    fold = Fold(DIRECTION, US)
    for event in (make_request_created(), *events):
        fold.apply(event)
    found = {earning.key: earning for earning in earnings_in(fold.history(REQUEST_ID), US)}
    return [(e.kind, e.amount, e.block_number) for e in found.values()]


def bid(total: int, by: str, claimer: str, block: int = 31, **changes: Any) -> RequestEvent:
    """Somebody challenges a claim; the challengers' total after it."""
    return make_claim_made(
        claimer=claimer,
        last_challenger=by,
        challenger_stake_total=Wei(total),
        block_number=block,
        **changes,
    )


def taken(by: str, block: int = 60) -> RequestEvent:
    """Somebody takes his part of the claim."""
    return make_claim_stake_withdrawn(stake_recipient=by, block_number=block)


def test_withdrawal_earns_the_fee() -> None:
    """Amount and stake only come back."""
    events = make_request_filled(), make_claim_made(), taken(US), make_deposit_withdrawn()
    assert earned(*events) == [(EarningKind.FEE, FEE, 60)]


def test_nothing_is_earned_before() -> None:
    """A claim is a hope."""
    assert earned(make_request_filled(), make_claim_made()) == []


def test_refund_of_a_request_of_our_own_is_no_fee() -> None:
    """The agent's account may make requests, too."""
    assert earned(make_deposit_withdrawn()) == []
    assert earned(make_request_filled(filler=ALICE), make_deposit_withdrawn(receiver=USER)) == []


def test_transfer_of_another_is_not_ours() -> None:
    """Whoever takes part in it."""
    claim, end = make_claim_made(claimer=ALICE), make_deposit_withdrawn(receiver=ALICE)
    assert earned(make_request_filled(filler=ALICE), claim, taken(ALICE), end) == []


def test_challengers_of_our_claim_lose_to_us() -> None:
    """All of their stakes."""
    claims = make_claim_made(), bid(STAKE + 1, ALICE, US)
    end = taken(US), make_deposit_withdrawn()
    assert earned(make_request_filled(), *claims, *end) == [
        (EarningKind.STAKE_WON, STAKE + 1, 60),
        (EarningKind.FEE, FEE, 60),
    ]


def test_stake_of_our_lost_claim_is_lost_once() -> None:
    """Though both challengers take their parts, one after the other."""
    claims = make_claim_made(), bid(STAKE + 1, ALICE, US)
    counter = bid(STAKE + 1, ALICE, US, 32, claimer_stake=Wei(2 * STAKE + 1))
    again = bid(2 * STAKE + 2, BOB, US, 33, claimer_stake=Wei(2 * STAKE + 1))
    ends = taken(ALICE), taken(BOB, 70)
    assert earned(*claims, counter, again, *ends) == [(EarningKind.STAKE_LOST, 2 * STAKE + 1, 70)]


def test_claim_in_our_name_that_nobody_challenged_is_lost_to_the_owner() -> None:
    """L1 has said that it is false."""
    assert earned(make_claim_made(), taken(OWNER)) == [(EarningKind.STAKE_LOST, STAKE, 60)]


def test_claimer_loses_to_us() -> None:
    """The only challenger takes all that the claimer has put in."""
    events = make_claim_made(claimer=BOB), bid(STAKE + 1, US, BOB), taken(US)
    assert earned(*events) == [(EarningKind.STAKE_WON, STAKE, 60)]


def test_our_challenge_is_lost_to_a_claimer_who_is_right() -> None:
    """The whole of it."""
    events = make_claim_made(claimer=BOB), bid(STAKE + 1, US, BOB), taken(BOB)
    assert earned(*events) == [(EarningKind.STAKE_LOST, STAKE + 1, 60)]


def test_part_of_another_challenger_is_not_ours() -> None:
    """Ours is won when it is taken."""
    claims = make_claim_made(claimer=BOB), bid(STAKE + 1, ALICE, BOB)
    more = (
        bid(STAKE + 1, ALICE, BOB, 32, claimer_stake=Wei(2 * STAKE + 1)),
        bid(2 * STAKE + 2, US, BOB, 33, claimer_stake=Wei(2 * STAKE + 1)),
    )
    assert earned(*claims, *more, taken(ALICE)) == []
    ((kind, amount, block),) = earned(*claims, *more, taken(ALICE), taken(US, 70))
    assert (kind, block) == (EarningKind.STAKE_WON, 70)
    assert amount == 2 * STAKE + 1 - (STAKE + 1)


def test_withdrawal_that_does_not_fit_is_passed_over() -> None:
    """Of a claim that is not known; the fold keeps it, too."""
    assert earned(taken(US)) == []
