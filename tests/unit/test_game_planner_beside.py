"""GamePlanner: what the other claims on a request, and other games, mean for one claim."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.base import BaseSlot
from beamer_agent.chain import Chain, Surroundings
from beamer_agent.config import DirectionConfig
from beamer_agent.direction import view_maker
from beamer_agent.economy.costs import untold_costs
from beamer_agent.events.model import Event
from beamer_agent.switches import Switches
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.types import ClaimId, Wei
from tests.doubles import FakeClock
from tests.factories import (
    ALICE,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    SOURCE,
    STAKE,
    TARGET,
    US,
    make_claim_made,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
)
from tests.made_games import ENDING, make_progress
from tests.made_views import TERMS, make_chain_view, make_fill_policy, make_game_policy
from tests.planner_desk import FILL, Desk

pytestmark = pytest.mark.unit

BID = STAKE + 1
WATCHING = make_fill_policy(is_filling=False)


def false_claim(number: int, **changes: Any) -> Event:
    """Of one claimer, with one fill id."""
    claim_id = ClaimId(10 + number)
    return make_claim_made(claimer=ALICE, claim_id=claim_id, block_number=30 + number, **changes)


def siblings(count: int) -> list[Event]:
    """So many of them on one request, known to be false."""
    claims = [false_claim(number) for number in range(count)]
    return [make_request_created(), make_fill_invalidated(fill_id=FILL_ID), *claims]


def watching(desk: Desk, *events: Event, **limits: int) -> None:
    """A turn in which nothing is filled."""
    desk.proofs.others = make_progress()
    policy = make_game_policy(**{name: Wei(limit) for name, limit in limits.items()})
    desk.turn(*events, policy=WATCHING, game=policy)


def test_siblings_are_answered_when_the_limits_suffice_for_all(desk: Desk) -> None:
    """In one turn where there is room to spare, and one by one where there is just enough."""
    watching(desk, *siblings(3))
    assert desk.bids() == [BID] * 3
    tight = Desk()
    watching(tight, *siblings(3), max_total_stake=6 * BID)
    for number in range(3):
        tight.land(
            false_claim(number, last_challenger=US, challenger_stake_total=Wei(BID), log_index=9)
        )
        watching(tight, max_total_stake=6 * BID)
    assert tight.bids() == [BID] * 3


def test_no_sibling_is_answered_when_the_limits_do_not_suffice_for_all(desk: Desk) -> None:
    """By the fold's claims on the request, not by the one that is looked at."""
    watching(desk, *siblings(4), max_total_stake=6 * BID)
    assert desk.bids() == []
    assert desk.told("Not bidding") == [("info", Reason.STAKE_LIMIT.value)] * 4


def test_twin_in_our_name_keeps_our_counter_back_until_the_end(desk: Desk) -> None:
    """It may be made by anybody, at any time before."""
    desk.proofs.others = make_progress()
    outbid = make_claim_made(
        last_challenger=ALICE, challenger_stake_total=Wei(BID), block_number=32
    )
    desk.turn(make_request_created(), make_request_filled(), make_claim_made(), outbid)
    assert desk.bids() == [BID]
    other = Desk()
    other.proofs.others = make_progress()
    twin = make_claim_made(claim_id=ClaimId(9), fill_id=OTHER_FILL_ID, block_number=31)
    other.turn(make_request_created(), make_request_filled(), make_claim_made(), twin, outbid)
    assert other.bids() == []
    other.turn(now=ENDING)
    assert other.bids() == [BID]


def test_stakes_in_other_games_keep_a_request_unfilled(desk: Desk) -> None:
    """Of all directions from the source chain."""
    policy = make_game_policy(max_total_stake=Wei(5 * BID))
    desk.book.state("another", Wei(4 * BID + 1))
    desk.turn(make_request_created(), game=policy)
    assert desk.target.keys() == []
    assert desk.told("Not acting on request") == [("info", Reason.UNDEFENDABLE.value)]
    desk.book.state("another", Wei(4 * BID))
    desk.turn(game=policy)
    assert desk.target.keys() == [FILL]


def chain_of(name: str, book: StakeBook) -> Chain:
    """As much of a chain as a view is made of."""
    wallet = SimpleNamespace(funds=lambda: None)
    connection = SimpleNamespace(name=name, terms=TERMS, eth_in_token={})
    account = SimpleNamespace(wallet=wallet, stakes=book, costs=untold_costs())
    prices = SimpleNamespace(current=dict)
    return cast("Chain", SimpleNamespace(connection=connection, account=account, prices=prices))


def test_view_of_a_direction_tells_what_is_staked_on_its_source_chain() -> None:
    """In all games, as the book says at the moment."""
    settings = SimpleNamespace(
        min_source_balance=Wei(0),
        max_claim_stake=Wei(1),
        max_total_stake=Wei(2),
        confirmation_blocks=0,
        confirmations={},
        claim_confirmations=0,
        risk_ppm=0,
    )
    config = SimpleNamespace(
        chains={"source": settings, "target": settings},
        unsafe_fill_time=600,
        fill_wait_time=120,
        fills=lambda *_names: True,
        direction=lambda *_names: DirectionConfig(),
        denied_recipients=(),
        limits={},
    )
    account = SimpleNamespace(address=US)
    around = SimpleNamespace(
        config=config, account=account, pairs=None, clock=FakeClock(NOW), switches=Switches()
    )
    book, others = StakeBook(Wei(100)), StakeBook(Wei(100))
    make_view = view_maker(
        chain_of("source", book),
        chain_of("target", others),
        BaseSlot(),
        cast("Surroundings", around),
    )
    others.state("another", Wei(50))
    for staked in (0, 7):
        book.state("any", Wei(staked))
        view = make_view(make_chain_view(SOURCE), make_chain_view(TARGET))
        assert view.staked_in_games == staked
