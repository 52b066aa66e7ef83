"""The game: when the target chain is asked to prove that a fill is not there."""

from typing import Any

import pytest

from beamer_agent.actions.model import InvalidateFill, Reason, Skip
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.types import BlockNumber, ClaimId
from tests.decisions import source_at
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
    FILL_ID,
    OTHER_FILL_ID,
    RECEIVER,
    REQUEST_ID,
    SOURCE,
    STAKE,
    TARGET,
    TARGET_TOKEN,
    TERMINATION,
    US,
    make_fill_invalidated,
    make_request,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import FALSE_FROM, game_claim, invalidation, our_claim
from tests.made_views import make_chain_view

pytestmark = pytest.mark.unit


def test_absence_of_a_claimed_fill_is_proven_once_it_is_known() -> None:
    """With what the request says, and how far the target chain was read."""
    target = make_chain_view(TARGET, events_until=BlockNumber(93))
    assert invalidation(game_claim(), now=FALSE_FROM, target=target) == InvalidateFill(
        request_id=REQUEST_ID,
        fill_id=FILL_ID,
        source_chain_id=SOURCE,
        target_token=TARGET_TOKEN,
        receiver=RECEIVER,
        amount=AMOUNT,
        nonce=1,
        known_until=BlockNumber(93),
    )
    early = invalidation(game_claim(), now=FALSE_FROM - 1)
    assert early == Skip(Reason.CLAIM_UNKNOWN)


@pytest.mark.parametrize(
    "claim",
    [
        game_claim(STAKE, (BOB, STAKE + 1)),
        game_claim(STAKE, (US, STAKE + 1)),
        game_claim(3 * STAKE, (BOB, STAKE + 1)),
    ],
)
def test_proof_is_made_whoever_is_ahead(claim: Claim) -> None:
    """The challenger may be the claimer's other hand, to keep the proof late."""
    assert isinstance(invalidation(claim, now=FALSE_FROM), InvalidateFill)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (make_request(invalidations={FILL_ID: make_fill_invalidated()}), Reason.AHEAD),
        (make_request(fill=make_request_filled(filler=BOB)), Reason.AHEAD),
        (make_request(fill=make_request_filled(filler=ALICE)), Reason.CLAIM_HONEST),
        (make_request(resolution=make_request_resolved(filler=BOB)), Reason.CLAIM_DECIDED),
        (make_request(invalidated_fill_ids={FILL_ID}), Reason.CLAIM_DECIDED),
    ],
)
def test_proof_that_is_there_or_needless_is_not_made(request_: Request, reason: Reason) -> None:
    """Each costs a transaction."""
    decision = invalidation(game_claim(), request_, now=FALSE_FROM)
    assert isinstance(decision, Skip)
    assert decision.reason is reason


def test_word_about_another_fill_is_no_proof() -> None:
    """One for each false fill id."""
    request = make_request(invalidations={OTHER_FILL_ID: make_fill_invalidated()})
    assert isinstance(invalidation(game_claim(), request, now=FALSE_FROM), InvalidateFill)


@pytest.mark.parametrize("chain", ["source", "target"])
@pytest.mark.parametrize("changes", [{"is_reachable": False}, {"is_synced": False}])
def test_nothing_is_proven_by_a_stale_view(chain: str, changes: dict[str, bool]) -> None:
    """Of either chain."""
    chain_id = SOURCE if chain == "source" else TARGET
    view: dict[str, Any] = {chain: make_chain_view(chain_id, **changes)}
    assert isinstance(invalidation(game_claim(), now=FALSE_FROM, **view), Skip)


def test_claim_of_ours_is_not_disproven_by_us() -> None:
    """Others may."""
    assert invalidation(our_claim(), now=FALSE_FROM) == Skip(Reason.OWN_CLAIM_FALSE)


def test_claim_that_has_ended_needs_no_proof() -> None:
    """No bid can follow it."""
    ended = invalidation(game_claim(), source=source_at(TERMINATION))
    assert ended == Skip(Reason.CLAIM_DECIDED)
    settled = invalidation(game_claim(state="withdrawn"), now=FALSE_FROM)
    assert settled == Skip(Reason.CLAIM_SETTLED, is_final=True)


def test_claim_whose_deposit_has_gone_is_disproven_for_its_stake() -> None:
    """Until others are at it."""
    gone = make_request(withdrawal=DepositWithdrawal(BOB, ClaimId(9)))
    assert isinstance(invalidation(game_claim(), gone, now=FALSE_FROM), InvalidateFill)
    played = invalidation(game_claim(STAKE, (BOB, STAKE + 1)), gone, now=FALSE_FROM)
    assert played == Skip(Reason.CLAIM_DECIDED)
