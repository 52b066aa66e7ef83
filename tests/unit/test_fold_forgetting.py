"""Fold: what is kept is bounded by what is open."""

from typing import Any

import pytest

from beamer_agent.events.model import RequestEvent
from beamer_agent.state.fold import Fold, Outcome
from beamer_agent.state.histories import ORPHAN_SECONDS
from beamer_agent.types import BlockNumber, ChainId, RequestId
from tests.factories import (
    ALICE,
    DIRECTION,
    NOW,
    REQUEST_ID,
    SOURCE,
    TARGET,
    US,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.forgetting import NOTHING, at, forget, told
from tests.made_views import TERMS

pytestmark = pytest.mark.unit

CREATED, FILLED = make_request_created(), make_request_filled()
SOURCE_STORY = [
    CREATED,
    make_claim_made(),
    make_claim_stake_withdrawn(),
    make_deposit_withdrawn(),
]
PARTLY = {"events_since": NOW}
"""Of a history that is still read."""


def test_settled_request_leaves_nothing_behind() -> None:
    """Neither itself, nor its claims, nor its events."""
    fold = told(*SOURCE_STORY, FILLED)
    assert forget(fold) == {REQUEST_ID}
    assert (len(fold.requests), len(fold.claims), fold.kept, fold.incomplete) == (0, 0, 0, 0)
    assert forget(fold) == NOTHING


def test_open_request_is_kept() -> None:
    """Until its last stake has moved."""
    fold = told(*SOURCE_STORY[:3], FILLED)
    assert forget(fold) == NOTHING
    assert fold.kept == 4
    fold.apply(SOURCE_STORY[3])
    assert forget(fold) == {REQUEST_ID}


def test_request_that_nobody_claimed_is_forgotten_after_its_deadline() -> None:
    """An hour after the last moment for a claim."""
    fold = told(CREATED)
    deadline = CREATED.valid_until + TERMS.request_extension - NOW
    assert forget(fold, at(deadline + 3_599)) == NOTHING
    assert forget(fold, at(deadline + 3_600)) == {REQUEST_ID}


def test_deadline_has_passed_when_a_final_block_says_so() -> None:
    """Not the head: the block of which it was told must be final before it counts."""
    late = CREATED.valid_until + TERMS.request_extension + 3_600
    first_head = {"head": make_block(timestamp=late), "final_until": BlockNumber(99)}
    assert forget(told(CREATED), first_head) == NOTHING
    fold = told(CREATED)
    heads = make_block(100, timestamp=late - 1), make_block(200, timestamp=late)
    for head, final in ((heads[0], 60), (heads[1], 199)):
        assert forget(fold, {"head": head, "final_until": BlockNumber(final)}) == NOTHING
    later = {"head": make_block(300, timestamp=late), "final_until": BlockNumber(200)}
    assert forget(fold, later) == {REQUEST_ID}


def test_one_head_of_the_future_settles_nothing() -> None:
    """Neither at once, nor when the chain has come to its block; orphans are kept as well."""
    fold = told(CREATED, make_request_filled(request_id=RequestId(b"o" * 32)))
    future = make_block(1_000, timestamp=NOW + 10**8)
    forget(fold, {"head": make_block(100)})
    assert forget(fold, {"head": future, "final_until": BlockNumber(744)}) == NOTHING
    for number in (1_010, 1_300):
        head = make_block(number, timestamp=NOW + 12)
        assert forget(fold, {"head": head, "final_until": BlockNumber(number - 5)}) == NOTHING
    assert fold.kept == 2


def test_heads_that_are_final_are_not_kept() -> None:
    """But the newest of them; however often one is told."""
    fold = told(CREATED)
    for number in range(1_000):
        head = make_block(number, timestamp=NOW + number)
        forget(fold, {"head": head, "final_until": BlockNumber(number - 10)})
        forget(fold, {"head": head, "final_until": BlockNumber(number - 10)})
    assert len(fold._source_time._heads) == 11


@pytest.mark.parametrize(
    ("source", "target", "is_forgotten"), [(60, 20, True), (59, 20, False), (60, 19, False)]
)
def test_what_a_reorganisation_could_touch_is_kept(
    source: int, target: int, is_forgotten: bool
) -> None:
    """Each event must be final on its own chain."""
    fold = told(*SOURCE_STORY, FILLED)
    forgotten = forget(
        fold, {"final_until": BlockNumber(source)}, {"final_until": BlockNumber(target)}
    )
    assert forgotten == ({REQUEST_ID} if is_forgotten else NOTHING)
    assert fold.kept == (0 if is_forgotten else 5)


def test_nothing_is_forgotten_while_the_source_chain_is_not_read() -> None:
    """A claim may stand in the blocks that are missing."""
    fold = told(*SOURCE_STORY)
    assert forget(fold, {"is_synced": False}) == NOTHING


@pytest.mark.parametrize(("source", "target"), [(PARTLY, {}), ({}, PARTLY), (PARTLY, PARTLY)])
def test_events_of_a_forgotten_request_are_passed_over(
    source: dict[str, Any], target: dict[str, Any]
) -> None:
    """While a history is read they may still arrive; also the first one, told twice."""
    fold = told(*SOURCE_STORY)
    assert forget(fold, source, target) == {REQUEST_ID}
    for event in (FILLED, CREATED, make_request_resolved(block_number=70)):
        assert fold.apply(event) is Outcome.PASSED_OVER
    assert fold.kept == 1  # its id
    forget(fold)
    assert fold.kept == 0


def test_ids_of_requests_to_other_targets_are_forgotten_too() -> None:
    """Once the histories are whole; what still comes of one is dropped in the same turn."""
    elsewhere = make_request_created(target_chain_id=ChainId(1_003))
    fold = told(elsewhere)
    assert fold.kept == 1
    forget(fold)
    assert fold.kept == 0
    fold.apply(make_claim_made(request_id=elsewhere.request_id))
    forget(fold)
    assert (fold.kept, fold.incomplete) == (0, 0)


def test_nothing_is_kept_of_requests_that_go_the_other_way() -> None:
    """The target chain is a source as well."""
    fold = told(make_request_created(chain_id=TARGET, target_chain_id=SOURCE))
    assert fold.kept == 0


def test_source_events_wait_for_their_request_while_the_history_is_read() -> None:
    """It is older than they are."""
    fold = told(*SOURCE_STORY[1:])
    forget(fold, PARTLY)
    assert (fold.kept, fold.incomplete) == (3, 1)
    fold.apply(CREATED)
    assert forget(fold, PARTLY) == {REQUEST_ID}


@pytest.mark.parametrize(
    "orphan",
    [FILLED, make_fill_invalidated(), make_request_resolved()],
    ids=lambda e: type(e).__name__,
)
def test_word_from_elsewhere_waits_an_hour_for_its_request(orphan: RequestEvent) -> None:
    """The source chain may be behind, and L1 needs no request."""
    fold = told(orphan)
    forget(fold, {**PARTLY, **at(-ORPHAN_SECONDS)})
    forget(fold)
    forget(fold, at(ORPHAN_SECONDS - 1))
    assert fold.kept == 1
    forget(fold, at(ORPHAN_SECONDS))
    assert (fold.kept, fold.incomplete) == (0, 0)


def test_hour_of_an_orphan_begins_when_the_source_chain_is_read() -> None:
    """After an outage its head is hours ahead of what is known of it."""
    fold = told(FILLED)
    forget(fold, {"is_synced": False})
    forget(fold, {"is_synced": False, **at(2 * ORPHAN_SECONDS)})
    forget(fold, at(2 * ORPHAN_SECONDS))
    assert fold.kept == 1
    assert fold.apply(CREATED) is Outcome.APPLIED
    forget(fold, at(4 * ORPHAN_SECONDS))
    assert fold.kept == 2


def test_reorganisation_deeper_than_expected_brings_forgotten_requests_back() -> None:
    """What was settled may be open on the other branch."""
    fold = told(*SOURCE_STORY)
    forget(fold, {**PARTLY, "final_until": BlockNumber(80)})
    fold.rewind(SOURCE, BlockNumber(80))
    assert fold.apply(CREATED) is Outcome.PASSED_OVER
    fold.rewind(SOURCE, BlockNumber(79))
    assert fold.apply(CREATED) is Outcome.APPLIED


def test_long_history_that_is_read_backwards_leaves_only_what_is_open() -> None:
    """However many transfers there were, and at no time more than a few of them."""
    fold, most = Fold(DIRECTION, US), 0
    for nonce in range(300, 0, -1):
        story = settled_life(nonce)
        for event in story[:1] if nonce in (7, 77) else story:
            fold.apply(event)
        forget(fold, {**PARTLY, "final_until": BlockNumber(10**6)}, PARTLY)
        most = max(most, fold.kept - (300 - nonce))
    assert most <= 5
    assert (len(fold.requests), len(fold.claims)) == (2, 0)
    forget(fold)
    assert fold.kept == 2


def settled_life(nonce: int) -> list[RequestEvent]:
    """A transfer of another agent, from its beginning to its end."""
    created = make_request_created(nonce=nonce, block_number=10 * nonce)
    own = {"request_id": created.request_id}
    claim = {"claim_id": nonce, **own}
    paid = {"block_number": 10 * nonce + 9}
    return [
        created,
        make_claim_made(claimer=ALICE, block_number=10 * nonce + 5, **claim),
        make_claim_stake_withdrawn(stake_recipient=ALICE, **claim, **paid),
        make_deposit_withdrawn(receiver=ALICE, log_index=1, **own, **paid),
    ]
