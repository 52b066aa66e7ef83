"""Judgement: what a claim is, on which ground, and when that becomes known."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.actions.judgement import Ground, Judgement, Verdict, judge_claim, made_at
from beamer_agent.actions.view import CLOCK_DIFFERENCE, KnownFill
from beamer_agent.events.view import BEGINNING
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.types import Seconds, Timestamp
from tests.decisions import source_at
from tests.factories import (
    ALICE,
    BOB,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    REQUEST_ID,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    VALID_UNTIL,
    make_claim,
    make_fill_invalidated,
    make_request,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import ENDING, FALSE_FROM, MADE, MARGIN, game_claim, our_claim, our_request
from tests.made_views import TERMS, make_chain_view, make_direction_view, make_game_policy

pytestmark = pytest.mark.unit

HONEST, FALSE, UNKNOWN = Verdict.HONEST, Verdict.FALSE, Verdict.UNKNOWN
UNREAD = [{"is_synced": False}, {"is_reachable": False}]


def judge(claim: Claim, request: Request | None = None, **view: Any) -> Judgement:
    """With a view whose fields can be changed."""
    return judge_claim(claim, request or make_request(), make_direction_view(**view))


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        (game_claim(), Judgement(HONEST, Ground.FILL_SEEN)),
        (game_claim(fill_id=OTHER_FILL_ID), Judgement(FALSE, Ground.OTHER_FILL_SEEN)),
        (game_claim(claimer=BOB), Judgement(FALSE, Ground.OTHER_FILL_SEEN)),
        (our_claim(), Judgement(FALSE, Ground.OTHER_FILL_SEEN)),
    ],
)
def test_claim_on_a_filled_request_must_be_its_fillers_and_its_fills(
    claim: Claim, wanted: Judgement
) -> None:
    """Both, and at once."""
    assert judge(claim, make_request(fill=make_request_filled(filler=ALICE))) == wanted


@pytest.mark.parametrize("changes", UNREAD)
def test_fill_that_was_seen_speaks_for_its_claim_also_when_its_chain_is_down(
    changes: dict[str, bool],
) -> None:
    """A fact stays one; that there is no other one is not known then."""
    target = make_chain_view(TARGET, **changes)
    assert judge(our_claim(), our_request(), target=target).ground is Ground.FILL_SEEN
    other = judge(game_claim(), our_request(), target=target)
    assert other == Judgement(UNKNOWN, Ground.TARGET_UNREAD)


@pytest.mark.parametrize("changes", UNREAD)
def test_nothing_is_said_against_a_claim_before_the_target_chain_is_read(
    changes: dict[str, bool],
) -> None:
    """However late it is, and whatever was invalidated."""
    view: dict[str, Any] = {"target": make_chain_view(TARGET, **changes), "now": TERMINATION}
    unread = Judgement(UNKNOWN, Ground.TARGET_UNREAD)
    assert judge(game_claim(), **view) == unread
    proven = make_request(invalidations={FILL_ID: make_fill_invalidated()})
    assert judge(game_claim(), proven, **view) == unread


@pytest.mark.parametrize(("before", "ground"), [(1, Ground.FILL_AWAITED), (0, Ground.FILL_UNSEEN)])
@pytest.mark.parametrize("is_wall_clock", [False, True])
def test_missing_fill_is_waited_for(before: int, ground: Ground, is_wall_clock: bool) -> None:
    """As long as configured, from the making of the claim on, by either clock."""
    time = FALSE_FROM - before
    view: dict[str, Any] = {"now": time} if is_wall_clock else {"source": source_at(time)}
    verdict = UNKNOWN if before else FALSE
    assert judge(game_claim(), **view) == Judgement(verdict, ground)


def test_fill_that_vanished_just_now_is_waited_for() -> None:
    """Of the claim that was honest with it, and though another fill is there instead."""
    missed = frozenset({KnownFill(REQUEST_ID, ALICE, FILL_ID)})
    late: dict[str, Any] = {"now": FALSE_FROM, "missed_fills": missed}
    awaited = Judgement(UNKNOWN, Ground.FILL_AWAITED)
    moved = make_request(fill=make_request_filled(filler=ALICE, fill_id=OTHER_FILL_ID))
    assert judge(game_claim(), **late) == judge(game_claim(), moved, **late) == awaited
    assert judge(game_claim(claimer=BOB), **late).ground is Ground.FILL_UNSEEN
    assert judge(game_claim(fill_id=OTHER_FILL_ID), **late).ground is Ground.FILL_UNSEEN


@pytest.mark.parametrize(("before", "ground"), [(1, Ground.FILL_AWAITED), (0, Ground.FILL_UNSEEN)])
def test_fill_that_vanished_leaves_room_for_an_answer(before: int, ground: Ground) -> None:
    """It is not waited for until the claim is paid."""
    missed = frozenset({KnownFill(REQUEST_ID, ALICE, FILL_ID)})
    time = TERMINATION - 2 * MARGIN - before
    assert judge(game_claim(), now=time, missed_fills=missed).ground is ground


def test_own_fill_that_vanished_is_not_waited_for() -> None:
    """Nobody challenges itself; what is lost is told at once."""
    missed = frozenset({KnownFill(REQUEST_ID, US, FILL_ID)})
    request = our_request(fill=make_request_filled(fill_id=OTHER_FILL_ID))
    assert judge(our_claim(), request, missed_fills=missed).ground is Ground.OTHER_FILL_SEEN


@pytest.mark.parametrize(("before", "ground"), [(1, Ground.FILL_AWAITED), (0, Ground.FILL_UNSEEN)])
def test_short_claim_leaves_room_for_its_answer(before: int, ground: Ground) -> None:
    """The back-off ends two margins before the claim does."""
    policy = make_game_policy(fill_wait_time=10 * TERMS.claim_period)
    time = TERMINATION - 2 * MARGIN - before
    assert judge(game_claim(), game=policy, now=time).ground is ground


def test_margin_is_a_quarter_of_a_short_claim_and_five_minutes_of_a_long_one() -> None:
    """Four blocks of a local chain, or enough for a congested one."""
    short = replace(TERMS, claim_period=Seconds(12))
    assert short.answer_margin == 3
    assert TERMS.answer_margin == MARGIN == 300
    claim = make_claim(claimer=ALICE, termination=NOW + 12)
    grounds = [judge(claim, terms=short, now=NOW + second).ground for second in (5, 6)]
    assert grounds == [Ground.FILL_AWAITED, Ground.FILL_UNSEEN]


def test_bids_move_the_end_of_a_claim_and_not_the_end_of_the_back_off() -> None:
    """Else a claimer that bids against itself would keep the proof waiting."""
    claim = game_claim()
    claim.termination = Timestamp(TERMINATION + 10**6)
    assert made_at(claim, make_direction_view()) == MADE
    assert judge(claim, now=FALSE_FROM).ground is Ground.FILL_UNSEEN
    patient = make_game_policy(fill_wait_time=10 * TERMS.claim_period)
    in_time = TERMINATION - 2 * MARGIN
    assert judge(claim, game=patient, now=in_time).ground is Ground.FILL_UNSEEN


def test_word_of_the_target_chain_ends_the_back_off() -> None:
    """For the fill id it is about."""
    request = make_request(invalidations={FILL_ID: make_fill_invalidated()})
    assert judge(game_claim(), request) == Judgement(FALSE, Ground.ABSENCE_PROVEN)
    other = game_claim(fill_id=OTHER_FILL_ID)
    assert judge(other, request).ground is Ground.FILL_AWAITED


def test_fill_is_worth_more_than_the_word_that_it_is_not_there() -> None:
    """The word was about another branch of the chain's history."""
    request = our_request(invalidations={FILL_ID: make_fill_invalidated()})
    assert judge(our_claim(), request).verdict is HONEST


EARLIEST = Timestamp(VALID_UNTIL - TERMS.max_validity - CLOCK_DIFFERENCE)
"""Before this time of the target chain the default request cannot have been filled."""


@pytest.mark.parametrize(("seconds", "is_covered"), [(1, False), (0, True), (-1, True)])
def test_missing_fill_says_nothing_before_the_history_reaches_back_to_the_request(
    seconds: int, is_covered: bool
) -> None:
    """It is read backwards; whatever else is said of the fill, it may still be found."""
    target = make_chain_view(TARGET, events_since=Timestamp(EARLIEST + seconds))
    proven = make_request(invalidations={FILL_ID: make_fill_invalidated()})
    unread = Judgement(UNKNOWN, Ground.TARGET_UNREAD)
    unseen = judge(game_claim(), target=target, now=ENDING)
    assert unseen == (Judgement(FALSE, Ground.FILL_UNSEEN) if is_covered else unread)
    absent = judge(game_claim(), proven, target=target)
    assert absent == (Judgement(FALSE, Ground.ABSENCE_PROVEN) if is_covered else unread)


def test_fill_that_was_seen_decides_however_little_of_the_history_is_known() -> None:
    """There is one fill of a request."""
    target = make_chain_view(TARGET, events_since=NOW)
    assert judge(our_claim(), our_request(), target=target).ground is Ground.FILL_SEEN
    assert judge(game_claim(), our_request(), target=target).ground is Ground.OTHER_FILL_SEEN


def test_whole_history_covers_every_request() -> None:
    """Also of a chain whose clock began with the request."""
    target = make_chain_view(TARGET, events_since=BEGINNING)
    ancient = make_request(created=make_request_created(valid_until=1))
    assert make_direction_view(target=target).target_covers(ancient.created)


def test_l1_has_the_last_word_on_a_fill() -> None:
    """Whatever was seen, or read."""
    said = make_request_resolved(filler=ALICE, fill_id=OTHER_FILL_ID)
    request = our_request(resolution=said, invalidated_fill_ids={OTHER_FILL_ID})
    target = make_chain_view(TARGET, is_reachable=False)
    honest = judge(game_claim(fill_id=OTHER_FILL_ID), request, target=target)
    assert honest == Judgement(HONEST, Ground.L1_PROVED_FILL)
    for claim in (our_claim(), game_claim(), game_claim(claimer=BOB, fill_id=OTHER_FILL_ID)):
        assert judge(claim, request) == Judgement(FALSE, Ground.L1_PROVED_OTHER)


def test_l1_has_the_last_word_on_an_absence() -> None:
    """Also against the fill that we saw ourselves."""
    request = our_request(invalidated_fill_ids={FILL_ID})
    assert judge(our_claim(), request) == Judgement(FALSE, Ground.L1_PROVED_ABSENCE)
    other = judge(game_claim(fill_id=OTHER_FILL_ID), request)
    assert other.ground is Ground.OTHER_FILL_SEEN


@pytest.mark.parametrize("changes", UNREAD)
def test_claim_in_our_name_is_no_more_trusted_than_another(changes: dict[str, bool]) -> None:
    """Anybody may have paid for it, to make us defend it while the target chain is unread."""
    target = make_chain_view(TARGET, **changes)
    claim = our_claim(STAKE, (ALICE, STAKE + 1))
    assert judge(claim, target=target, now=ENDING).ground is Ground.TARGET_UNREAD


def test_claim_of_ours_without_a_fill_is_judged_like_any_other() -> None:
    """From the same time on."""
    assert judge(our_claim()).ground is Ground.FILL_AWAITED
    assert judge(our_claim(), now=FALSE_FROM) == Judgement(FALSE, Ground.FILL_UNSEEN)
