"""The rules of filling: nothing is filled that the stake limits could not defend."""

from typing import Any

import pytest

from beamer_agent.actions.model import FillRequest, Reason, Skip
from beamer_agent.state.claim import Claim
from beamer_agent.types import ClaimId, Wei
from tests.decisions import decide
from tests.factories import (
    ALICE,
    BOB,
    FILL_ID,
    OTHER_FILL_ID,
    STAKE,
    US,
    make_fill_invalidated,
    make_request,
)
from tests.made_games import game_claim, our_claim
from tests.made_views import make_game_policy

pytestmark = pytest.mark.unit

BID = STAKE + 1
"""The least against a claim that nobody has challenged."""
CLAIMED = make_request(
    invalidations={i: make_fill_invalidated(fill_id=i) for i in (FILL_ID, OTHER_FILL_ID)}
)
"""The claims on it are known to be false."""


def is_filled(*claims: Claim, staked: int = 0, claim: int = 10**20, total: int = 10**20) -> bool:
    """Whether a request is filled; or not, for its deposit could not be defended."""
    game = make_game_policy(max_claim_stake=Wei(claim), max_total_stake=Wei(total))
    more: dict[str, Any] = {"game": game, "staked_in_games": Wei(staked)}
    decision = decide(CLAIMED, *claims, **more)
    assert isinstance(decision, FillRequest) or decision == Skip(Reason.UNDEFENDABLE)
    return isinstance(decision, FillRequest)


def test_request_is_filled_while_one_more_claim_could_be_answered() -> None:
    """By the limit of a claim, and by that of all games."""
    assert is_filled(claim=BID, total=BID)
    assert not is_filled(claim=BID - 1)
    assert not is_filled(total=BID - 1)


def test_what_is_staked_in_other_games_cannot_defend_a_fill() -> None:
    """Games elsewhere may last for a week."""
    assert is_filled(staked=4 * BID, total=5 * BID)
    assert not is_filled(staked=4 * BID + 1, total=5 * BID)


def test_all_claims_on_the_request_and_one_more_must_be_answerable() -> None:
    """Each of them could take the deposit."""
    claims = [game_claim(id=ClaimId(n), claimer=who) for n, who in ((7, ALICE), (8, BOB))]
    assert is_filled(*claims, total=3 * BID)
    assert not is_filled(*claims, total=3 * BID - 1)


def test_claim_that_is_beyond_the_limit_of_one_keeps_the_request_unfilled() -> None:
    """Its least answer is more than may be bid in one claim."""
    far = game_claim(4 * STAKE, (BOB, STAKE))
    assert is_filled(far, claim=3 * STAKE + 1)
    assert not is_filled(far, claim=3 * STAKE)


@pytest.mark.parametrize("claim", [our_claim(), game_claim(STAKE, (US, BID))])
def test_claim_that_needs_no_answer_of_ours_does_not_count(claim: Claim) -> None:
    """It is in our name, or out-bid."""
    assert is_filled(claim, total=BID)
