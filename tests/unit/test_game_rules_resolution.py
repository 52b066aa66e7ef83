"""The game: which proof decides a claim, and when it is carried over L1 (section 7.6)."""

from typing import Any

import pytest

from beamer_agent.actions.model import ChallengeClaim, Reason, RelayMessage, Skip
from beamer_agent.actions.proof import Proof, ProofProgress, Stage
from beamer_agent.actions.resolution import plan_resolution, proof_about
from beamer_agent.state.claim import Claim
from beamer_agent.types import ClaimId, Wei
from tests.decisions import claims_of
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    STAKE,
    TERMINATION,
    US,
    make_fill_invalidated,
    make_request,
    make_request_filled,
)
from tests.made_games import (
    game_claim,
    make_game,
    make_progress,
    make_proof,
    make_step,
    our_claim,
    our_request,
    plan,
)
from tests.made_views import TERMS, make_direction_view

pytestmark = pytest.mark.unit

OUTBID = our_claim(STAKE, (ALICE, STAKE + 1))
WON = 2 * STAKE + 1
"""What our claim gets when L1 speaks for it."""


def resolve(
    *claims: Claim,
    progress: ProofProgress | None,
    proof: Proof | None = None,
    answered: tuple[ClaimId, ...] = (),
    **view: Any,
) -> RelayMessage | Skip:
    """What is done about the proof of our fill."""
    request, tracker = our_request(), claims_of(*claims)
    return plan_resolution(
        proof or make_proof(), progress, request, tracker, make_direction_view(**view), answered
    )


def test_fill_decides_every_claim_on_its_request() -> None:
    """For its own, and against the others."""
    for claim in (our_claim(), game_claim(), game_claim(fill_id=OTHER_FILL_ID)):
        assert proof_about(claim, our_request()) == make_proof()


def test_absence_decides_the_claims_with_its_fill_id() -> None:
    """And no others."""
    absence = make_fill_invalidated()
    request = make_request(invalidations={FILL_ID: absence})
    assert proof_about(game_claim(), request) == make_proof(
        filler=None,
        block_number=absence.block_number,
        transaction_hash=absence.transaction_hash,
    )
    assert proof_about(game_claim(fill_id=OTHER_FILL_ID), request) is None
    assert proof_about(game_claim(), make_request()) is None


@pytest.mark.parametrize(("fill_block", "is_absence"), [(24, False), (26, True), (90, True)])
def test_earlier_of_two_proofs_against_a_claim_counts(fill_block: int, is_absence: bool) -> None:
    """A late fill, by the claimer for one, must not begin the way over L1 anew."""
    fill = make_request_filled(filler=ALICE, fill_id=OTHER_FILL_ID, block_number=fill_block)
    request = make_request(fill=fill, invalidations={FILL_ID: make_fill_invalidated()})
    proof = proof_about(game_claim(), request)
    assert proof is not None
    assert (proof.filler is None) is is_absence
    honest = proof_about(game_claim(fill_id=OTHER_FILL_ID), request)
    assert honest is not None
    assert (honest.filler, honest.fill_id) == (ALICE, OTHER_FILL_ID)


def test_two_proofs_of_one_block_are_ordered_by_their_logs() -> None:
    """One transaction may hold both."""
    absence = make_fill_invalidated(log_index=3)
    for log_index, is_absence in ((2, False), (4, True)):
        fill = make_request_filled(fill_id=OTHER_FILL_ID, block_number=25, log_index=log_index)
        request = make_request(fill=fill, invalidations={FILL_ID: absence})
        proof = proof_about(game_claim(), request)
        assert proof is not None
        assert (proof.filler is None) is is_absence


def test_fill_that_is_there_is_the_proof_whatever_was_said_of_it() -> None:
    """Its absence was said on another branch."""
    request = our_request(invalidations={FILL_ID: make_fill_invalidated(block_number=1)})
    assert proof_about(our_claim(), request) == make_proof()


@pytest.mark.parametrize(("cost", "is_carried"), [(WON - 1, True), (WON, False)])
def test_proof_is_carried_when_it_wins_more_than_it_costs(cost: int, is_carried: bool) -> None:
    """From here on: what was paid already is gone either way."""
    progress = make_progress(cost=Wei(cost))
    wanted = RelayMessage(make_proof().key, make_step())
    decision = resolve(OUTBID, progress=progress)
    assert decision == (wanted if is_carried else Skip(Reason.NOT_WORTH_IT))


def test_proof_that_nobody_has_looked_at_is_not_carried() -> None:
    """Its step is not known."""
    assert resolve(OUTBID, progress=None) == Skip(Reason.PROOF_UNKNOWN)


def test_proof_that_waits_is_waited_for() -> None:
    """Its next step is not possible yet."""
    assert resolve(OUTBID, progress=make_progress(step=None)) == Skip(Reason.STEP_AWAITED)


def test_proof_whose_cost_is_unknown_is_not_carried() -> None:
    """Without an answer of L1 nothing can be weighed."""
    progress = make_progress(is_resolvable=False, cost=Wei(0))
    assert isinstance(resolve(OUTBID, progress=progress), Skip)


@pytest.mark.parametrize(
    "claim",
    [our_claim(), our_claim(3 * STAKE, (ALICE, STAKE + 1)), game_claim(STAKE, (US, STAKE + 1))],
)
def test_proof_that_changes_nothing_is_not_carried(claim: Claim) -> None:
    """The right side is ahead, and can answer."""
    nothing = Skip(Reason.NOTHING_TO_WIN)
    assert resolve(claim, progress=make_progress(cost=Wei(0))) == nothing


def test_bid_on_its_way_comes_before_the_proof() -> None:
    """It is cheaper, and extends the game."""
    decision = resolve(OUTBID, progress=make_progress(), answered=(CLAIM_ID,))
    assert decision == Skip(Reason.NOTHING_TO_WIN)


@pytest.mark.parametrize("cost", [0, STAKE - 1, STAKE, 2 * STAKE, 3 * STAKE, 5 * STAKE])
def test_what_is_left_to_l1_is_carried_there(cost: int) -> None:
    """A game that is neither bid on nor proven would be lost."""
    progress = make_progress(cost=Wei(cost))
    left = 0
    for claim in (
        our_claim(2 * STAKE + 1, (ALICE, 3 * STAKE)),
        our_claim(4 * STAKE, (BOB, STAKE), (ALICE, 4 * STAKE)),
        game_claim(3 * STAKE, (US, STAKE + 1)),
        game_claim(9 * STAKE, (US, STAKE + 1), (BOB, 3 * STAKE), (US, STAKE)),
    ):
        decision = plan(claim, our_request(), make_game(progress=progress))
        if decision == Skip(Reason.L1_DECIDES):
            left += 1
            assert isinstance(resolve(claim, progress=progress), RelayMessage)
        else:
            assert isinstance(decision, ChallengeClaim)
    assert left > 0 or cost > 3 * STAKE


def ripening(**changes: Any) -> ProofProgress:
    """A proof that must ripen on L1 for longer than the answer to a bid may take."""
    defaults = {"stage": Stage.PROVABLE, "ripening": 5_000, "margin": 600}
    return make_progress(**(defaults | changes))


LAST_MOMENT = TERMINATION + TERMS.challenge_extension - 5_000 - 600 - TERMS.answer_margin


@pytest.mark.parametrize(
    "claim",
    [
        our_claim(3 * STAKE, (ALICE, STAKE + 1)),
        game_claim(STAKE, (US, STAKE + 1)),
    ],
)
def test_proof_that_ripens_is_begun_before_a_last_bid_could_come(claim: Claim) -> None:
    """The other side could wait for the last second of its turn."""
    early = resolve(claim, progress=ripening(), now=LAST_MOMENT - 1)
    assert early == Skip(Reason.NOTHING_TO_WIN)
    assert isinstance(resolve(claim, progress=ripening(), now=LAST_MOMENT), RelayMessage)


@pytest.mark.parametrize(
    "claim",
    [
        our_claim(),
        game_claim(3 * STAKE, (BOB, STAKE + 1)),
        our_claim(3 * STAKE, (ALICE, STAKE + 1), state="withdrawn"),
    ],
)
def test_proof_is_not_begun_for_a_game_in_which_we_have_nothing(claim: Claim) -> None:
    """Nobody can take it from us."""
    decision = resolve(claim, progress=ripening(), now=LAST_MOMENT)
    assert decision == Skip(Reason.NOTHING_TO_WIN)


@pytest.mark.parametrize(
    "changes", [{"ripening": 0}, {"stage": Stage.PROVEN}, {"stage": Stage.EXECUTABLE}]
)
def test_proof_that_is_ripe_or_needs_no_ripening_waits(changes: dict[str, Any]) -> None:
    """It can be executed after a last bid."""
    ahead = our_claim(3 * STAKE, (ALICE, STAKE + 1))
    decision = resolve(ahead, progress=ripening(**changes), now=LAST_MOMENT)
    assert decision == Skip(Reason.NOTHING_TO_WIN)


def test_proof_that_costs_more_than_the_game_is_not_begun() -> None:
    """The stakes that could be lost are all it would save."""
    ahead = our_claim(3 * STAKE, (ALICE, STAKE + 1))
    for cost, reason in ((4 * STAKE + 1, Reason.NOT_WORTH_IT), (4 * STAKE, None)):
        decision = resolve(ahead, progress=ripening(cost=Wei(cost)), now=LAST_MOMENT)
        assert getattr(decision, "reason", None) is reason
    assert NOW < LAST_MOMENT < TERMINATION
