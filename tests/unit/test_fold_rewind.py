"""Fold: what a reorganisation takes away is undone, and what stands is folded again."""

import pytest

from beamer_agent.events.model import RequestEvent
from beamer_agent.state.fold import Direction, Fold, Outcome
from beamer_agent.types import BlockNumber, ChainId
from tests.factories import (
    ALICE,
    CLAIM_ID,
    DIRECTION,
    FILL_ID,
    OTHER_FILL_ID,
    REQUEST_ID,
    SOURCE,
    TARGET,
    US,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
)

pytestmark = pytest.mark.unit

CREATED, FILLED, CLAIMED = make_request_created(), make_request_filled(), make_claim_made()
NOBODYS: frozenset[object] = frozenset()


def told(*events: RequestEvent) -> Fold:
    """A fold that has seen these."""
    fold = Fold(DIRECTION, US)
    for event in events:
        fold.apply(event)
    return fold


def rewind(fold: Fold, chain_id: ChainId, above: int) -> frozenset[object]:
    """What changed."""
    return frozenset(fold.rewind(chain_id, BlockNumber(above)))


def state_of(fold: Fold) -> str | None:
    """Of the default request."""
    request = fold.requests.get(REQUEST_ID)
    return None if request is None else request.state


def test_claim_that_vanished_can_be_made_again() -> None:
    """The request is what it was before."""
    fold = told(CREATED, FILLED, CLAIMED)
    assert rewind(fold, SOURCE, 29) == {REQUEST_ID}
    assert (state_of(fold), fold.claims.get(CLAIM_ID)) == ("filled", None)
    assert fold.apply(CLAIMED) is Outcome.APPLIED
    assert state_of(fold) == "claimed"


def test_fill_that_vanished_leaves_the_claim() -> None:
    """And another fill takes its place."""
    fold = told(CREATED, FILLED, CLAIMED)
    assert rewind(fold, TARGET, 19) == {REQUEST_ID}
    request = fold.requests.get(REQUEST_ID)
    assert request is not None
    assert (request.fill, request.state) == (None, "claimed")
    moved = make_request_filled(block_number=21, fill_id=OTHER_FILL_ID)
    fold.apply(moved)
    request = fold.requests.get(REQUEST_ID)
    assert request is not None
    assert request.fill == moved
    assert len(fold.claims) == 1


def test_request_that_vanished_leaves_the_fill_waiting_for_it() -> None:
    """It may come back in another block."""
    fold = told(CREATED, FILLED, CLAIMED)
    assert rewind(fold, SOURCE, 9) == {REQUEST_ID}
    assert (state_of(fold), len(fold.claims), fold.incomplete) == (None, 0, 1)
    fold.apply(make_request_created(block_number=12))
    assert (state_of(fold), fold.incomplete) == ("filled", 0)


def test_blocks_up_to_the_height_stand() -> None:
    """And so does everything of other chains."""
    fold = told(CREATED, FILLED, CLAIMED)
    for chain_id, above in ((SOURCE, 30), (TARGET, 20), (ChainId(77), 0)):
        assert rewind(fold, chain_id, above) == NOBODYS
    assert state_of(fold) == "claimed"
    assert fold.apply(CLAIMED) is Outcome.PASSED_OVER


def test_only_requests_that_lost_something_are_folded_again() -> None:
    """Decisions about the others stay."""
    other = make_request_created(nonce=2)
    fold = told(CREATED, other, CLAIMED)
    kept = fold.requests.get(other.request_id)
    assert kept is not None
    kept.advance("ignore")
    assert rewind(fold, SOURCE, 20) == {REQUEST_ID}
    assert kept is fold.requests.get(other.request_id)
    assert kept.state == "ignored"


def test_event_at_the_same_place_of_another_branch_counts_after_the_rewind() -> None:
    """It was passed over as a duplicate before."""
    theirs = make_claim_made(claimer=ALICE)
    fold = told(CREATED, CLAIMED)
    rewind(fold, SOURCE, 29)
    assert fold.apply(theirs) is Outcome.APPLIED
    claim = fold.claims.get(CLAIM_ID)
    assert claim is not None
    assert claim.claimer == ALICE


def test_claim_id_of_another_request_changes_no_claim() -> None:
    """A branch that is not whole may tell so; the rewind would not undo it there."""
    other = make_request_created(nonce=2)
    fold = told(CREATED, other, CLAIMED)
    bid = make_claim_made(
        request_id=other.request_id, challenger_stake_total=10**18, block_number=31
    )
    assert fold.apply(bid) is Outcome.KEPT
    paid = make_claim_stake_withdrawn(request_id=other.request_id)
    assert fold.apply(paid) is Outcome.KEPT
    rewind(fold, SOURCE, 30)
    claim = fold.claims.get(CLAIM_ID)
    assert claim is not None
    assert (claim.challenger_stake_total, claim.state) == (0, "claimer_winning")
    assert fold.incomplete == 0


def test_rewind_below_everything_empties_the_chains_part() -> None:
    """The deepest of all; what the other chain told waits."""
    fold = told(CREATED, CLAIMED, FILLED)
    assert rewind(fold, SOURCE, -1) == {REQUEST_ID}
    assert rewind(fold, TARGET, -1) == {REQUEST_ID}
    assert (fold.kept, fold.incomplete, len(fold.requests)) == (0, 0, 0)


def test_events_that_wait_vanish_too() -> None:
    """Though nothing was made of them yet."""
    fold = told(CLAIMED, make_fill_invalidated())
    assert rewind(fold, SOURCE, 29) == {REQUEST_ID}
    assert rewind(fold, TARGET, 0) == {REQUEST_ID}
    assert (fold.kept, fold.incomplete) == (0, 0)


def test_event_that_made_no_sense_is_forgiven_when_it_vanishes() -> None:
    """The request is complete without it."""
    fold = told(CREATED, make_deposit_withdrawn(block_number=40))
    assert fold.apply(make_deposit_withdrawn(block_number=41)) is Outcome.KEPT
    assert fold.incomplete == 1
    rewind(fold, SOURCE, 40)
    assert (fold.incomplete, state_of(fold)) == (0, "withdrawn")


def test_chain_that_is_source_and_target_loses_both_parts() -> None:
    """Fill and claim stand on it."""
    fold = Fold(Direction(SOURCE, SOURCE), US)
    own = {"request_id": REQUEST_ID}
    fold.apply(make_request_created(target_chain_id=SOURCE, **own))
    fold.apply(make_request_filled(chain_id=SOURCE, fill_id=FILL_ID, **own))
    fold.apply(make_claim_made(**own))
    assert rewind(fold, SOURCE, 15) == {REQUEST_ID}
    assert (state_of(fold), len(fold.claims)) == ("pending", 0)
