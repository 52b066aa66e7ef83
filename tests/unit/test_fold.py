"""Fold: which events belong to a direction, and what becomes of each."""

from dataclasses import replace

import pytest

from beamer_agent.events.model import ClaimMade
from beamer_agent.state.fold import Direction, Fold, Outcome
from beamer_agent.types import ChainId
from tests.factories import (
    ALICE,
    CLAIM_ID,
    DIRECTION,
    FILL_ID,
    REQUEST_ID,
    SOURCE,
    TARGET,
    US,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_invalidated,
    make_lp_added,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)

pytestmark = pytest.mark.unit

ELSEWHERE = ChainId(1_003)
STORY = [
    make_request_created(),
    make_request_filled(),
    make_claim_made(),
    make_request_resolved(),
    make_claim_stake_withdrawn(),
    make_deposit_withdrawn(),
]


@pytest.fixture
def fold() -> Fold:
    """Of the default direction, nothing seen yet."""
    return Fold(DIRECTION, US)


def state_of(fold: Fold) -> tuple[str | None, str | None]:
    """The states of the default request and claim."""
    request, claim = fold.requests.get(REQUEST_ID), fold.claims.get(CLAIM_ID)
    return request.state if request else None, claim.state if claim else None


def test_a_story_told_in_order_is_applied_event_by_event(fold: Fold) -> None:
    """To its end."""
    assert [fold.apply(event) for event in STORY] == [Outcome.APPLIED] * 6
    assert state_of(fold) == ("withdrawn", "withdrawn")
    assert fold.incomplete == 0


def test_a_story_told_backwards_is_kept_until_its_first_event(fold: Fold) -> None:
    """Then all of it is there at once."""
    *later, first = reversed(STORY)
    assert [fold.apply(event) for event in later] == [Outcome.KEPT] * 5
    assert state_of(fold) == (None, None)
    assert fold.incomplete == 1
    assert fold.apply(first) is Outcome.APPLIED
    assert state_of(fold) == ("withdrawn", "withdrawn")
    assert fold.incomplete == 0


def test_an_event_is_applied_once(fold: Fold) -> None:
    """By its place on its chain; a second bid in the same block is another event."""
    bid = make_claim_made(challenger_stake_total=10**18, last_challenger=ALICE, log_index=1)
    for event in (*STORY[:3], bid):
        assert fold.apply(event) is Outcome.APPLIED
        assert fold.apply(event) is Outcome.PASSED_OVER
    assert state_of(fold) == ("claimed", "challenger_winning")


def test_events_of_both_chains_at_the_same_place_are_two() -> None:
    """Also where one chain is source and target."""
    fold = Fold(Direction(SOURCE, SOURCE), US)
    created = make_request_created(target_chain_id=SOURCE, request_id=REQUEST_ID)
    filled = replace(make_request_filled(block_number=30), chain_id=SOURCE)
    for event in (created, filled, make_claim_made(block_number=30)):
        assert fold.apply(event) is Outcome.APPLIED
    assert state_of(fold) == ("claimed", "claimer_winning")


@pytest.mark.parametrize(
    "event",
    [
        make_request_filled(source_chain_id=ELSEWHERE),
        make_request_filled(chain_id=ELSEWHERE),
        make_request_filled(chain_id=SOURCE),
        make_request_created(chain_id=TARGET),
        make_request_created(target_chain_id=ELSEWHERE),
        make_request_created(target_chain_id=SOURCE),
        make_claim_made(chain_id=TARGET),
        make_claim_made(chain_id=ELSEWHERE),
        make_fill_invalidated(chain_id=SOURCE),
        make_fill_invalidated(chain_id=ELSEWHERE),
        make_lp_added(),
    ],
    ids=str,
)
def test_events_of_other_directions_or_about_no_request_are_passed_over(
    fold: Fold, event: ClaimMade
) -> None:
    """Nothing is kept of them."""
    assert fold.apply(event) is Outcome.PASSED_OVER
    assert fold.incomplete == 0
    assert state_of(fold) == (None, None)


@pytest.mark.parametrize("is_late", [False, True])
def test_word_that_a_fill_is_not_there_belongs_to_its_request(fold: Fold, is_late: bool) -> None:
    """It does not name its source chain: it waits for a request that may never come."""
    story = [make_request_created(), make_fill_invalidated()]
    outcomes = [fold.apply(event) for event in (reversed(story) if is_late else story)]
    assert outcomes == ([Outcome.KEPT] if is_late else [Outcome.APPLIED]) + [Outcome.APPLIED]
    request = fold.requests.get(REQUEST_ID)
    assert request is not None
    assert request.invalidations == {FILL_ID: make_fill_invalidated()}
    assert fold.incomplete == 0


@pytest.mark.parametrize("is_late", [False, True])
def test_first_word_on_a_fill_counts_whatever_arrives_first(fold: Fold, is_late: bool) -> None:
    """Anybody may have it said again, to make its proof look younger than it is."""
    first, again = make_fill_invalidated(), make_fill_invalidated(block_number=26)
    for event in (make_request_created(), *((again, first) if is_late else (first, again))):
        fold.apply(event)
    request = fold.requests.get(REQUEST_ID)
    assert request is not None
    assert request.invalidations == {FILL_ID: first}


@pytest.mark.parametrize("is_late", [False, True])
def test_requests_to_other_targets_leave_nothing_behind(fold: Fold, is_late: bool) -> None:
    """They are known by their first event; what came before it is forgotten again."""
    elsewhere = make_request_created(target_chain_id=ELSEWHERE)
    own = {"request_id": elsewhere.request_id}
    events = [elsewhere, make_claim_made(**own), make_claim_stake_withdrawn(**own)]
    outcomes = [fold.apply(event) for event in (reversed(events) if is_late else events)]
    assert outcomes[-1] is Outcome.PASSED_OVER
    assert fold.incomplete == 0
    assert fold.kept == 1  # its id


def test_an_event_that_can_never_be_applied_holds_nothing_up(fold: Fold) -> None:
    """What comes after it is folded all the same."""
    fold.apply(make_request_created())
    assert fold.apply(make_claim_stake_withdrawn(claim_id=99, block_number=25)) is Outcome.KEPT
    for event in STORY[1:]:
        assert fold.apply(event) is Outcome.KEPT
    assert state_of(fold) == ("withdrawn", "withdrawn")
    assert fold.incomplete == 1


def test_requests_do_not_disturb_each_other(fold: Fold) -> None:
    """An event that is kept for one says nothing of the other."""
    other = make_request_created(nonce=2)
    assert fold.apply(make_claim_made()) is Outcome.KEPT
    assert fold.apply(other) is Outcome.APPLIED
    filled = make_request_filled(request_id=other.request_id)
    assert fold.apply(filled) is Outcome.APPLIED
    assert fold.incomplete == 1


def test_folding_anew_forgets_decisions_and_keeps_facts(fold: Fold) -> None:
    """A late event of the past makes this process decide again, as after a restart."""
    for event in (STORY[0], STORY[2]):
        fold.apply(event)
    claim = fold.claims.get(CLAIM_ID)
    assert claim is not None
    claim.advance("ignore")
    fold.apply(make_request_filled())
    assert state_of(fold) == ("claimed", "claimer_winning")
    assert len(fold.claims) == 1


def test_an_event_in_order_keeps_decisions(fold: Fold) -> None:
    """Only the past makes this process think again."""
    for event in STORY[:3]:
        fold.apply(event)
    claim = fold.claims.get(CLAIM_ID)
    assert claim is not None
    claim.advance("ignore")
    fold.apply(make_claim_made(block_number=31, challenger_stake_total=10**18))
    assert state_of(fold) == ("claimed", "ignored")


def test_a_direction_reads_as_an_arrow() -> None:
    """In logs and thread names."""
    assert str(DIRECTION) == "1001->1002"
