"""Planner: sums of what is paid out, within the operator's limits."""

from typing import Any

import pytest

from beamer_agent.actions.model import Reason, fill_key
from beamer_agent.types import Timestamp
from tests.factories import (
    ALICE,
    AMOUNT,
    NOW,
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TERMINATION,
    make_block,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.made_views import TERMS, make_chain_view, make_funds
from tests.paying import END, LONGEST, PAYOUT, SECOND, STORY, make_book
from tests.planner_desk import FILL, Desk, created

pytestmark = pytest.mark.unit


def told(desk: Desk) -> list[dict[str, Any]]:
    """The lines on requests that are not filled, without what all lines have."""
    lines = [line for line in desk.log.lines if line["event"] == "Not acting on request"]
    return [{k: line[k] for k in line if k not in ("event", "log_level")} for line in lines]


def test_open_fills_stay_within_the_limit() -> None:
    """What is above waits, and the operator hears of it once, with the figures."""
    desk = Desk(payouts=make_book(still_open=AMOUNT + 1))
    for _ in range(3):
        desk.turn(make_request_created(), created(2))
    assert desk.target.keys() == [FILL]
    assert told(desk) == [
        {
            "request_id": created(2).request_id,
            "reason": Reason.OPEN_LIMIT.value,
            "amount": AMOUNT,
            "paid_out": AMOUNT,
            "limit": AMOUNT + 1,
        }
    ]
    assert desk.tallies.unfilled == [Reason.OPEN_LIMIT]


@pytest.mark.parametrize("unfinal", [{}, {"TST": 9 * AMOUNT}], ids=["closed", "not final"])
def test_fill_is_open_until_its_deposit_is_withdrawn(unfinal: dict[str, int]) -> None:
    """On its way, mined, claimed; whether its request may still vanish is another matter."""
    desk = Desk(payouts=make_book(still_open=AMOUNT), unfinal=unfinal)
    desk.turn(make_request_created(), created(2))
    for event in (make_request_filled(), make_claim_made()):
        desk.turn(event)
        assert desk.target.keys() == [FILL]
    desk.turn(*END)
    assert desk.target.keys() == [FILL, SECOND]


def test_sums_hold_while_requests_sleep() -> None:
    """A claim that only waits for its end is not looked at on every turn."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    desk.turn(*STORY, source=make_chain_view(SOURCE, final_until=make_block().number))
    for _ in range(3):
        desk.turn(source=make_chain_view(SOURCE, final_until=make_block().number))
    assert len(desk.planner._sleepers) == 1
    desk.turn(created(2))
    assert desk.target.keys() == []


def test_payouts_of_an_earlier_life_count() -> None:
    """The chain tells of them."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    desk.turn(created(2), *STORY)
    assert desk.target.keys() == []
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    desk.turn(created(2), make_request_created(), make_request_filled(filler=ALICE))
    assert desk.target.keys() == [SECOND]


def test_fill_that_came_to_nothing_does_not_count() -> None:
    """The room is free again."""
    desk = Desk(payouts=make_book(still_open=AMOUNT, hour=AMOUNT))
    desk.turn(make_request_created(), created(2))
    desk.target.refuse(FILL, "reverted")
    desk.turn()
    assert desk.target.keys() == [FILL, SECOND]


def test_directions_share_the_limits() -> None:
    """Also those from other chains: the book is that of the agent."""
    first = Desk(payouts=make_book(still_open=AMOUNT))
    second = Desk(payouts=first.payouts)
    first.turn(make_request_created())
    second.turn(created(2))
    assert (first.target.keys(), second.target.keys()) == ([FILL], [])


@pytest.mark.parametrize("side", ["source", "target"])
def test_nothing_is_paid_out_before_the_past_is_read(side: str) -> None:
    """As far back as a deposit can be open that nobody disputes; on both chains."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    chain_id = SOURCE if side == "source" else TARGET

    def turn(since: int, *events: Any, **changes: Any) -> list[str]:
        view = make_chain_view(chain_id, events_since=Timestamp(since), **changes)
        desk.turn(*events, **{side: view})
        return desk.target.keys()

    assert turn(NOW - LONGEST + 1, make_request_created(valid_until=TERMINATION)) == []
    assert [line["reason"] for line in told(desk)] == [Reason.PAYOUTS_UNKNOWN.value]
    assert turn(NOW - LONGEST) == [FILL]


def test_chain_that_is_read_for_the_first_time_is_waited_for() -> None:
    """Its newest blocks may have fills of ours; later it is known what was filled."""
    desk = Desk(payouts=make_book(still_open=AMOUNT))
    desk.turn(target=make_chain_view(TARGET, is_synced=False))
    assert desk.payouts.take(make_request_created().request_id, PAYOUT, NOW) is not None
    desk.turn()
    desk.turn(target=make_chain_view(TARGET, is_synced=False, is_reachable=False))
    assert desk.payouts.take(make_request_created().request_id, PAYOUT, NOW) is None


def test_hour_is_counted_from_the_claims() -> None:
    """What is claimed was paid before; by the source chain's clock."""
    made_at = TERMINATION - TERMS.claim_period
    for ended in ((), END):
        desk = Desk(payouts=make_book(hour=AMOUNT))
        desk.turn(*STORY, *ended, created(2, valid_until=NOW + 10**5), now=made_at + 3_599)
        assert [line["reason"] for line in told(desk)] == [Reason.HOUR_LIMIT.value]
        assert desk.target.keys() == []
        desk.turn(now=made_at + 3_600)
        assert desk.target.keys() == [SECOND]


def test_fill_without_a_claim_was_made_just_now() -> None:
    """Nobody knows better."""
    desk = Desk(payouts=make_book(hour=AMOUNT))
    request = created(2, valid_until=NOW + 10**6)
    desk.turn(make_request_created(), make_request_filled(), request, now=NOW + 10**5)
    assert desk.target.keys() == []


def test_claims_of_others_tell_no_time() -> None:
    """Anybody may have made one long ago, for the same request."""
    early = make_claim_made(claimer=ALICE, termination=Timestamp(TERMINATION - 10**4))
    desk = Desk(payouts=make_book(hour=AMOUNT))
    desk.turn(make_request_created(), make_request_filled(), early, created(2))
    assert desk.target.keys() == []


def test_exposure_is_in_native_currency() -> None:
    """Of all tokens; without a price nothing is filled."""
    desk = Desk(payouts=make_book(exposure=10**18))
    desk.turn(make_request_created())
    assert [line["reason"] for line in told(desk)] == [Reason.UNPRICED.value]
    prices = {SOURCE_TOKEN: AMOUNT}
    desk.turn(created(2), source_prices=prices)
    assert desk.target.keys() == [FILL]
    assert told(desk)[-1] == {
        "request_id": created(2).request_id,
        "reason": Reason.EXPOSURE_LIMIT.value,
        "exposure": 2 * 10**18,
        "limit": 10**18,
    }


def test_request_that_vanished_counts_for_an_hour() -> None:
    """Its fill may have been paid, and nothing will be had for it."""
    desk = Desk(payouts=make_book(hour=AMOUNT, still_open=AMOUNT))
    desk.turn(make_request_created())
    desk.send_fill()
    desk.rewind(0)
    desk.target.mark_done(FILL, make_block().number)
    desk.turn(created(2, valid_until=NOW + 10**5))
    assert [line["reason"] for line in told(desk)] == [Reason.HOUR_LIMIT.value]
    desk.turn(now=NOW + 3_601)
    assert desk.target.keys() == [FILL, SECOND]


@pytest.mark.parametrize("limit", ["hour", "unfinal", "tokens"])
def test_what_is_above_a_limit_keeps_nobody_waiting(limit: str) -> None:
    """Funds that it would have needed, and the room in other limits, go to those behind it."""
    big = created(2, amount=90 * AMOUNT, valid_until=NOW + 10**5)
    small = created(3, amount=20 * AMOUNT, valid_until=NOW + 10**5)
    desk = Desk(
        payouts=make_book(hour=50 * AMOUNT if limit == "hour" else 100 * AMOUNT),
        unfinal={"TST": 50 * AMOUNT} if limit == "unfinal" else None,
        tokens=80 * AMOUNT if limit == "tokens" else 100 * AMOUNT,
        native=TERMS.stake,
    )
    funds = make_funds()
    desk.turn(big, small, source_funds=funds, target_funds=funds)
    assert desk.target.keys() == [fill_key(small.request_id)]


def test_head_of_any_time_does_not_end_the_hour() -> None:
    """One endpoint's word on it takes no limit away, and makes none last for ever."""
    desk = Desk(payouts=make_book(hour=AMOUNT))
    late = make_chain_view(SOURCE, head=make_block(timestamp=Timestamp(NOW + 10**5)))
    desk.turn(*STORY, created(2, valid_until=NOW + 10**6), source=late)
    assert desk.target.keys() == []
    desk.turn(now=NOW + 10**4)
    assert desk.target.keys() == [SECOND]


def test_head_of_any_time_does_not_make_the_past_shorter() -> None:
    """Nor does our own clock when it is ahead of the chain's."""
    for source_time, now in ((NOW + 10**5, NOW), (NOW, NOW + 10**5)):
        desk = Desk(payouts=make_book(still_open=AMOUNT))
        head = make_block(timestamp=Timestamp(source_time))
        since = Timestamp(NOW - LONGEST + 1)
        source = make_chain_view(SOURCE, head=head, events_since=since)
        desk.turn(make_request_created(valid_until=NOW + 10**6), source=source, now=now)
        assert desk.target.keys() == []


def test_price_that_is_not_known_any_more_is_none() -> None:
    """What it was once does not say what is at risk now."""
    desk = Desk(payouts=make_book(exposure=10**18))
    desk.turn(source_prices={SOURCE_TOKEN: AMOUNT})
    desk.turn(make_request_created(), source_prices={})
    assert desk.target.keys() == []
    assert [line["reason"] for line in told(desk)] == [Reason.UNPRICED.value]
