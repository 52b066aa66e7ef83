"""The game: how much of ours is exposed, and when L1 is not relied on."""

from typing import Any

import pytest

from beamer_agent.actions.game import SMALL_STAKE
from beamer_agent.actions.model import ChallengeClaim, Reason, RelayMessage, Skip
from beamer_agent.actions.proof import Stage
from beamer_agent.actions.resolution import plan_resolution
from beamer_agent.state.claim import Claim
from beamer_agent.types import Seconds, Timestamp, Wei
from tests.decisions import claims_of
from tests.factories import ALICE, NOW, STAKE, TERMINATION
from tests.made_games import (
    ENDING,
    make_game,
    make_progress,
    make_proof,
    our_claim,
    our_request,
    plan,
)
from tests.made_views import TERMS, make_direction_view, make_funds

pytestmark = pytest.mark.unit

NO_L1 = make_game(progress=make_progress(is_resolvable=False))
OPEN = our_request(valid_until=NOW)
"""Somebody may still claim it in our name."""


def outbid(after: int) -> Claim:
    """Our claim, with so much in it after the least counter."""
    return our_claim(STAKE, (ALICE, after - STAKE))


def test_small_stakes_are_defended_at_once_whatever_may_come() -> None:
    """Anybody can make a twin later; more than a few claim stakes are not risked for that."""
    small = SMALL_STAKE * STAKE
    assert isinstance(plan(outbid(small), OPEN, NO_L1), ChallengeClaim)
    assert plan(outbid(small + 1), OPEN, NO_L1) == Skip(Reason.TWIN_MAY_PAY)
    assert plan(outbid(small + 1), OPEN, NO_L1, now=ENDING - 1) == Skip(Reason.TWIN_MAY_PAY)
    assert isinstance(plan(outbid(small + 1), OPEN, NO_L1, now=ENDING), ChallengeClaim)


def test_large_bids_wait_only_while_the_request_can_be_claimed() -> None:
    """Afterwards there is no new twin."""
    large = outbid(SMALL_STAKE * STAKE + 1)
    closed = our_request(valid_until=Timestamp(NOW - TERMS.request_extension))
    almost = our_request(valid_until=Timestamp(NOW - TERMS.request_extension + 1))
    assert isinstance(plan(large, closed, NO_L1), ChallengeClaim)
    assert plan(large, almost, NO_L1) == Skip(Reason.TWIN_MAY_PAY)


def test_l1_comes_before_waiting() -> None:
    """Its word makes a bid needless, now and at the end."""
    assert plan(outbid(SMALL_STAKE * STAKE + 1), OPEN) == Skip(Reason.L1_DECIDES)


@pytest.mark.parametrize("stage", list(Stage))
def test_l1_is_relied_on_until_the_end_only_when_it_has_spoken(stage: Stage) -> None:
    """Whatever keeps a proof from moving must not cost the claim."""
    game = make_game(progress=make_progress(stage=stage, margin=Seconds(1)))
    large = outbid(SMALL_STAKE * STAKE + 1)
    assert plan(large, our_request(), game, now=ENDING - 1) == Skip(Reason.L1_DECIDES)
    at_the_end = plan(large, our_request(), game, now=ENDING)
    has_spoken = stage >= Stage.EXECUTED
    assert (at_the_end == Skip(Reason.L1_DECIDES)) is has_spoken
    assert isinstance(at_the_end, ChallengeClaim) is not has_spoken


@pytest.mark.parametrize(
    ("balance", "is_relied_on"), [(STAKE // 2 - 1, False), (STAKE // 2, True)]
)
def test_l1_is_not_relied_on_when_it_cannot_be_paid(balance: int, is_relied_on: bool) -> None:
    """The price of the proof is half a claim stake."""
    funds = make_funds(native_balance=Wei(balance))
    decision = plan(outbid(SMALL_STAKE * STAKE + 1), our_request(), base_funds=funds)
    assert (decision == Skip(Reason.L1_DECIDES)) is is_relied_on


def test_proof_that_must_ripen_is_weighed_with_the_deposit_behind_it() -> None:
    """Stakes alone would not be worth it; after a last bid it would be too late."""
    ahead = our_claim(2 * STAKE, (ALICE, STAKE))
    progress = make_progress(
        stage=Stage.PROVABLE, ripening=5_000, cost=Wei(4 * STAKE), margin=Seconds(600)
    )
    late = TERMINATION + TERMS.challenge_extension - 5_600 - TERMS.answer_margin

    def decide(**view: Any) -> RelayMessage | Skip:
        seen = make_direction_view(now=late, **view)
        return plan_resolution(
            make_proof(), progress, our_request(), claims_of(ahead), seen, answered=()
        )

    created = our_request().created
    prices = {created.source_token_address: created.amount}
    assert decide() == Skip(Reason.NOT_WORTH_IT)
    assert isinstance(decide(eth_in_token=prices), RelayMessage)
