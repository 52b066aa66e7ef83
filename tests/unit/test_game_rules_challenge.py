"""The game: challenges of false claims, first and later ones (`protocol.md` section 7.4)."""

from typing import Any

import pytest

from beamer_agent.actions.model import ChallengeClaim, Reason, Skip
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.types import BlockNumber, ClaimId, Wei
from tests.decisions import source_at
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    FILL_ID,
    NOW,
    REQUEST_ID,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    make_block,
    make_fill_invalidated,
    make_fill_invalidated_resolved,
    make_request,
    make_request_filled,
    make_request_resolved,
)
from tests.made_games import (
    ENDING,
    FALSE_FROM,
    MADE,
    bid_of,
    game_claim,
    make_game,
    make_progress,
    our_request,
    plan,
)
from tests.made_views import TERMS, make_chain_view, make_direction_view, make_funds

pytestmark = pytest.mark.unit

NO_PROOF = make_game(progress=None)
EXTENSION = TERMS.challenge_extension
OUTBID = 2 * STAKE + 1
"""What a claimer has after a challenge and its smallest answer."""


def proven() -> Request:
    """A request whose claimed fill the target chain knows not to be there."""
    return make_request(invalidations={FILL_ID: make_fill_invalidated()})


def ours_outbid() -> Claim:
    """A false claim that we challenged, and whose claimer has answered."""
    return game_claim(OUTBID, (US, STAKE + 1))


def test_false_claim_is_challenged_with_the_least_as_soon_as_a_proof_is_included() -> None:
    """A fill of another, or the word that there is none."""
    for request in (our_request(), proven(), make_request(fill=make_request_filled(filler=BOB))):
        bid = plan(game_claim(), request, make_game(progress=make_progress(cost=90 * STAKE)))
        assert bid == ChallengeClaim(
            REQUEST_ID, CLAIM_ID, STAKE, Wei(0), Wei(STAKE + 1), game_claim().termination
        )


def test_first_challenge_gives_its_proof_the_time_it_needs() -> None:
    """It extends the claim by the finality: also a proof from just now is early enough."""
    young = make_game(progress=make_progress(matures_at=TERMINATION + 10**6))
    assert bid_of(game_claim(), proven(), young) == STAKE + 1
    unresolvable = make_game(progress=make_progress(is_resolvable=False))
    assert bid_of(game_claim(), proven(), unresolvable) == STAKE + 1


def test_challenge_waits_for_a_look_at_its_proof() -> None:
    """What was seen may have moved; an absence stays, and our deposit cannot wait for ever."""
    others = make_request(fill=make_request_filled(filler=BOB))
    for request, is_urgent in ((proven(), True), (our_request(), True), (others, False)):
        early = plan(game_claim(), request, NO_PROOF, now=ENDING - 1)
        assert early == Skip(Reason.PROOF_UNKNOWN)
        decision = plan(game_claim(), request, NO_PROOF, now=ENDING)
        assert isinstance(decision, ChallengeClaim) is is_urgent


@pytest.mark.parametrize("chain", ["source", "target"])
@pytest.mark.parametrize("changes", [{"is_reachable": False}, {"is_synced": False}])
def test_nothing_is_challenged_by_a_stale_view(chain: str, changes: dict[str, bool]) -> None:
    """Of either chain, at no time, with whatever proof."""
    chain_id = TARGET if chain == "target" else make_direction_view().source.chain_id
    view: dict[str, Any] = {chain: make_chain_view(chain_id, **changes), "now": ENDING}
    for claim in (game_claim(), ours_outbid()):
        for request in (make_request(), proven(), our_request()):
            assert isinstance(plan(claim, request, **view), Skip)


def test_claim_without_a_fill_is_challenged_at_the_latest_before_it_ends() -> None:
    """No proof could be included: our own eyes have to do."""
    early = plan(game_claim(), None, NO_PROOF, now=ENDING - 1)
    assert early == Skip(Reason.PROOF_AWAITED)
    assert bid_of(game_claim(), None, NO_PROOF, now=ENDING) == STAKE + 1
    assert bid_of(game_claim(), None, NO_PROOF, source=source_at(ENDING)) == STAKE + 1


@pytest.mark.parametrize(("seconds", "is_trusted"), [(-1, False), (0, True)])
def test_eyes_that_are_older_than_the_claim_say_nothing(seconds: int, is_trusted: bool) -> None:
    """A target chain that stands still answers, and shows no new fill."""
    target = make_chain_view(TARGET, head=make_block(timestamp=MADE + seconds))
    decision = plan(game_claim(), None, NO_PROOF, target=target, now=ENDING)
    assert isinstance(decision, ChallengeClaim) is is_trusted


@pytest.mark.parametrize(
    ("seconds", "final_until", "is_trusted"), [(-1, 19, False), (-1, 20, True), (0, 19, True)]
)
def test_old_eyes_are_trusted_with_fills_that_are_final(
    seconds: int, final_until: int, is_trusted: bool
) -> None:
    """On a branch that has lost the fill may be another, and the claim about the true one."""
    head = make_block(timestamp=MADE + seconds)
    target = make_chain_view(TARGET, head=head, final_until=BlockNumber(final_until))
    other = make_request(fill=make_request_filled(filler=BOB, block_number=20))
    decision = plan(game_claim(), other, make_game(progress=make_progress()), target=target)
    assert isinstance(decision, ChallengeClaim) is is_trusted


def test_claim_is_left_alone_when_the_target_chain_has_its_fill() -> None:
    """Our events miss it; asked for its absence, the contract has said so."""
    game = make_game(progress=None, is_contradicted=True)
    assert plan(game_claim(), None, game, now=ENDING) == Skip(Reason.FILL_EXISTS)


def test_claim_that_may_be_honest_is_waited_for() -> None:
    """And one that is honest is over for us."""
    assert plan(game_claim(), None, NO_PROOF, now=FALSE_FROM - 1) == Skip(Reason.CLAIM_UNKNOWN)
    honest = make_request(fill=make_request_filled(filler=ALICE))
    assert plan(game_claim(), honest) == Skip(Reason.CLAIM_HONEST, is_final=True)


def test_claim_that_others_challenged_is_theirs_until_it_ends() -> None:
    """Theirs may be the claimer's other hand: at its end, what a proof can win is defended."""
    claim = game_claim(OUTBID, (BOB, STAKE + 1))
    progress = make_progress(matures_at=NOW)
    game = make_game(progress=progress)
    assert plan(claim, proven(), game, now=ENDING - 1) == Skip(Reason.LEFT_TO_OTHERS)
    assert bid_of(claim, proven(), make_game(progress=make_progress(margin=60)), now=ENDING) > 0


def test_game_of_others_is_theirs_where_no_proof_of_ours_can_end_it() -> None:
    """One of patience alone is not worth it."""
    claim = game_claim(OUTBID, (BOB, STAKE + 1))
    for game in (NO_PROOF, make_game(progress=make_progress(is_resolvable=False))):
        request = make_request() if game is NO_PROOF else proven()
        assert plan(claim, request, game, now=ENDING) == Skip(Reason.LEFT_TO_OTHERS)


def test_patience_is_had_for_what_is_ours() -> None:
    """With a stake, or a deposit, by the least each time."""
    game = make_game(progress=make_progress(is_resolvable=False, cost=90 * STAKE))
    assert bid_of(ours_outbid(), proven(), game) == STAKE + 1
    theirs = game_claim(OUTBID, (BOB, STAKE + 1))
    assert bid_of(theirs, our_request(), game) == STAKE + 1
    assert bid_of(ours_outbid(), None, NO_PROOF, now=FALSE_FROM) == STAKE + 1


def test_right_side_that_is_ahead_needs_no_bid() -> None:
    """Nor could it make one."""
    claim = game_claim(STAKE, (US, STAKE))
    for request in (our_request(), proven()):
        assert plan(claim, request) == Skip(Reason.AHEAD)


def test_later_bid_waits_until_its_proof_has_been_looked_at() -> None:
    """It is included; only its way is not known."""
    assert plan(ours_outbid(), proven(), NO_PROOF) == Skip(Reason.PROOF_UNKNOWN)


@pytest.mark.parametrize("seconds", [-1, 0])
def test_later_bid_needs_a_proof_that_arrives_before_the_game_ends(seconds: int) -> None:
    """It ends an extension after the bid, or when it would end anyway."""
    margin = 600
    by_bid = {"source": source_at(TERMINATION - 10), "now": TERMINATION - 10}
    by_itself = {"source": source_at(NOW), "now": NOW}
    for view, end in ((by_bid, TERMINATION - 10 + EXTENSION), (by_itself, TERMINATION)):
        progress = make_progress(matures_at=end - margin + seconds, cost=90 * STAKE)
        decision = plan(ours_outbid(), proven(), make_game(progress=progress), **view)
        if seconds < 0:
            assert isinstance(decision, ChallengeClaim)
        else:
            assert decision == Skip(Reason.PROOF_TOO_LATE)


def test_extension_is_counted_by_the_source_chains_clock() -> None:
    """Ours may be ahead of it, and the contract does not know it."""
    now = TERMINATION - 10
    progress = make_progress(matures_at=now + EXTENSION - 650, cost=90 * STAKE)
    view = {"source": source_at(now - 100), "now": now}
    late = plan(ours_outbid(), proven(), make_game(progress=progress), **view)
    assert late == Skip(Reason.PROOF_TOO_LATE)


def test_later_bids_stop_when_the_claimers_loss_pays_for_l1() -> None:
    """And go on while it does not, or when the proof would come too late."""
    won = STAKE + 1 + STAKE
    claim = game_claim(OUTBID, (US, STAKE + 1))
    enough = make_game(progress=make_progress(cost=won - 1))
    assert plan(claim, proven(), enough) == Skip(Reason.L1_DECIDES)
    assert bid_of(claim, proven(), make_game(progress=make_progress(cost=won))) == STAKE + 1
    near_end = {"source": source_at(TERMINATION - 600), "now": TERMINATION - 600}
    assert bid_of(claim, proven(), enough, **near_end) == STAKE + 1


def test_later_bid_is_made_worthwhile_at_once() -> None:
    """So that few turns are played."""
    progress = make_progress(cost=7 * STAKE)
    assert bid_of(ours_outbid(), proven(), make_game(progress=progress)) == 5 * STAKE
    assert plan(ours_outbid(), proven(), make_game(progress=progress)) == ChallengeClaim(
        REQUEST_ID,
        CLAIM_ID,
        Wei(OUTBID),
        Wei(STAKE + 1),
        Wei(5 * STAKE),
        ours_outbid().termination,
    )


@pytest.mark.parametrize(
    "over",
    [
        {"resolution": make_request_resolved(filler=BOB)},
        {"invalidated_fill_ids": {make_fill_invalidated_resolved().fill_id}},
    ],
)
def test_claim_that_l1_has_decided_takes_no_bid(over: dict[str, Any]) -> None:
    """The contract refuses it."""
    for claim in (game_claim(), ours_outbid()):
        assert plan(claim, make_request(**over)) == Skip(Reason.CLAIM_DECIDED)


@pytest.mark.parametrize("claim", [game_claim(), ours_outbid()])
def test_claim_takes_no_bid_from_its_termination_on(claim: Claim) -> None:
    """By the contract's clock; ours may be fast."""
    assert plan(claim, proven(), source=source_at(TERMINATION)) == Skip(Reason.CLAIM_DECIDED)
    assert isinstance(plan(game_claim(), proven(), now=TERMINATION), ChallengeClaim)


def test_claim_that_is_paid_out_is_over() -> None:
    """For ever."""
    claim = game_claim(state="withdrawn")
    assert plan(claim, proven()) == Skip(Reason.CLAIM_SETTLED, is_final=True)


def test_false_claim_whose_deposit_has_gone_is_challenged_for_its_stake() -> None:
    """It is invalid by now, whatever is answered; one that is in a game already is decided."""
    gone = our_request(withdrawal=DepositWithdrawal(US, ClaimId(9)))
    assert bid_of(game_claim(), gone) == STAKE + 1
    decided = Skip(Reason.CLAIM_DECIDED)
    assert plan(ours_outbid(), gone) == decided
    assert plan(game_claim(), gone, source=source_at(TERMINATION)) == decided
    for over in (
        {"resolution": make_request_resolved()},
        {"invalidated_fill_ids": {FILL_ID}},
    ):
        known = our_request(withdrawal=DepositWithdrawal(US, ClaimId(9)), **over)
        assert plan(game_claim(), known) == decided


@pytest.mark.parametrize("missing", [0, 1])
def test_bid_needs_the_funds(missing: int) -> None:
    """Those that are there, whatever they were kept back for."""
    funds = make_funds(native_balance=Wei(STAKE + 1 - missing), native_free=Wei(-STAKE))
    decision = plan(game_claim(), proven(), source_funds=funds)
    assert isinstance(decision, ChallengeClaim) is (missing == 0)
    assert missing == 0 or decision == Skip(Reason.STAKE_FUNDS)


def test_bid_needs_to_know_the_funds_and_the_limits() -> None:
    """An unread balance is no balance."""
    assert plan(game_claim(), proven(), source_funds=None) == Skip(Reason.FUNDS_UNKNOWN)
    spent = make_game(staked_in_all_games=make_direction_view().game.max_total_stake)
    assert plan(game_claim(), proven(), spent) == Skip(Reason.STAKE_LIMIT)
