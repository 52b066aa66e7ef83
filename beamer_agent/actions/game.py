"""The rules of the challenge game (`protocol.md` sections 7.4 and 7.5): pure, like all rules.

A false claim, no fill to be seen, on the source chain's clock (finality of the fill chain):

    claim   judged false   proof included                                 proof arrives
      |----------|---------------|--------------- finality --------------------|
                 invalidateFill  first challenge
                                 |--------- finality + extension ------------------| termination
"""

from dataclasses import dataclass
from typing import Final

from beamer_agent.actions.judgement import Ground, Judgement, Verdict, judge_claim, made_at
from beamer_agent.actions.model import ChallengeClaim, InvalidateFill, Reason, Skip
from beamer_agent.actions.proof import ProofProgress, Stage
from beamer_agent.actions.resolution import proof_about
from beamer_agent.actions.stakes import (
    ALONE,
    Beside,
    Bid,
    arrival,
    beside,
    challenge_bid,
    counter_bid,
    is_at_stake,
    is_deposit_at_stake,
    minimum_bid,
    won_stake,
)
from beamer_agent.actions.view import DirectionView
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import Wei

SMALL_STAKE: Final = 3
"""In claim stakes: up to here an honest claim is defended at once, whatever may come of it."""


def plan_invalidation(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView
) -> InvalidateFill | Skip:
    """Have the absence of a claim's fill proven, as soon as it is known."""
    refusal = _not_playable(claim, request, claims, view)
    if refusal is not None:
        return refusal
    judgement = judge_claim(claim, request, view)
    if judgement.ground is not Ground.FILL_UNSEEN:
        return _of_judgement(judgement, claim, view) or Skip(Reason.AHEAD)
    if claim.claimer == view.account:
        return Skip(Reason.OWN_CLAIM_FALSE)
    # Also while challengers are ahead: they may be the claimer's own, to keep the proof late.
    created = request.created
    return InvalidateFill(
        request_id=request.id,
        fill_id=claim.fill_id,
        source_chain_id=created.chain_id,
        target_token=created.target_token_address,
        receiver=created.target_address,
        amount=created.amount,
        nonce=created.nonce,
        known_until=view.target.events_until,
    )


@dataclass(frozen=True, slots=True)
class GameView:
    """What a bid depends on besides the claim and both chains."""

    progress: ProofProgress | None
    """Of the proof about the claim, which the target chain was asked to confirm; None
    while there is none, or no such answer."""
    is_contradicted: bool
    """Whether the target chain, asked to prove the absence of the claim's fill, has the fill."""
    staked_in_all_games: Wei
    """Ours, on the source chain."""
    around: Beside = ALONE
    """What stands beside a claim of another."""
    has_twin: bool = False
    """Whether another claim in our name, with another fill id, could take the deposit."""

    @classmethod
    def of(
        cls,
        claim: Claim,
        claims: ClaimTracker,
        view: DirectionView,
        progress: ProofProgress | None,
        staked_in_all_games: Wei,
        *,
        is_contradicted: bool,
    ) -> "GameView":
        """With what the other claims on the request mean for this one."""
        return cls(
            progress,
            is_contradicted,
            staked_in_all_games,
            beside(claim, claims, view),
            _has_twin(claim, claims),
        )


def plan_bid(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView, game: GameView
) -> ChallengeClaim | Skip:
    """Bid against a false claim, or for an honest one of ours that is out-bid."""
    refusal = _not_playable(claim, request, claims, view)
    if refusal is not None:
        return refusal
    judgement = judge_claim(claim, request, view)
    refusal = _of_judgement(judgement, claim, view)
    if refusal is not None:
        return refusal
    if claim.claimer == view.account:
        refusal = _not_counter(claim, request, view, game)
    elif claim.challenger_stake_total == 0:
        refusal = _not_first_challenge(claim, request, judgement, view, game)
    else:
        refusal = _not_later_challenge(claim, request, view, game)
    return refusal or _bid(claim, request, view, game)


def next_bid(claim: Claim, request: Request, view: DirectionView, game: GameView) -> Bid:
    """How much our side would bid next, if a rule says that it should."""
    staked = game.staked_in_all_games
    if claim.claimer == view.account:
        is_first = claim.claimer_stake == view.terms.stake
        return counter_bid(claim, view, Wei(0) if is_first else _cost(game.progress), staked)
    is_first = claim.challenger_stake_total == 0
    cost = Wei(0) if is_first else _cost(game.progress)
    return challenge_bid(claim, request, view, cost, staked, game.around)


def _not_playable(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView
) -> Skip | None:
    """Why no bid is possible, whatever the claim is."""
    if claim.state == ClaimMachine.withdrawn.value:
        return Skip(Reason.CLAIM_SETTLED, is_final=True)
    if not (view.source.is_reachable and view.source.is_synced):
        return Skip(Reason.NOT_SYNCED)
    if view.source.head.timestamp >= claim.termination:
        return Skip(Reason.CLAIM_DECIDED)
    validity = claim_validity(claim, request, claims, view.source.head.timestamp)
    # A claim that is invalid because the deposit is gone has no answer to a first challenge.
    is_open = validity is Validity.OPEN
    is_lost_stake = _is_lost_with_deposit(claim, request) and claim.challenger_stake_total == 0
    if not is_open and not (validity is Validity.INVALID and is_lost_stake):
        return Skip(Reason.CLAIM_DECIDED)
    return None


def _is_lost_with_deposit(claim: Claim, request: Request) -> bool:
    """Whether a claim is invalid for no other reason than that the deposit went elsewhere."""
    is_proven = request.resolution is not None or claim.fill_id in request.invalidated_fill_ids
    return request.withdrawal is not None and not is_proven


def _of_judgement(judgement: Judgement, claim: Claim, view: DirectionView) -> Skip | None:
    """Why we do not stand by a claim, or need not bid for it now."""
    if judgement.verdict is Verdict.UNKNOWN:
        return Skip(Reason.CLAIM_UNKNOWN)
    if claim.claimer != view.account:
        is_honest = judgement.verdict is Verdict.HONEST
        return Skip(Reason.CLAIM_HONEST, is_final=True) if is_honest else None
    if judgement.verdict is Verdict.FALSE:
        return Skip(Reason.OWN_CLAIM_FALSE)
    return Skip(Reason.AHEAD) if claim.is_claimer_ahead else None


def _not_counter(
    claim: Claim, request: Request, view: DirectionView, game: GameView
) -> Skip | None:
    # A fill that was seen may have moved meanwhile: when the target chain answers, it is asked.
    if game.progress is None and view.is_live and not is_ending(claim, view):
        return Skip(Reason.PROOF_UNKNOWN)
    after_bid = claim.claimer_stake + minimum_bid(claim, view.terms)
    is_small = after_bid <= SMALL_STAKE * view.terms.stake
    if (game.has_twin or not is_small) and _is_left_to_l1(claim, view, game.progress):
        return Skip(Reason.L1_DECIDES)
    can_have_twin = view.latest_time < request.created.valid_until + view.terms.request_extension
    is_exposed = game.has_twin or (can_have_twin and not is_small)
    if is_exposed and not is_ending(claim, view):
        # Whoever pays for a twin that is paid first gets our bids: they are made late.
        return Skip(Reason.TWIN_MAY_PAY)
    return None


def _has_twin(claim: Claim, claims: ClaimTracker) -> bool:
    """Whether another claim in the same name, with another fill id, may take the deposit.

    Anybody may pay for one. When it takes the deposit, this one becomes invalid with all that was
    bid for it (`protocol.md` section 3, rule 3).
    """
    return any(
        other.claimer == claim.claimer
        and other.fill_id != claim.fill_id
        and other.is_claimer_ahead
        and other.state != ClaimMachine.withdrawn.value
        for other in claims.of_request(claim.request_id)
    )


def _not_first_challenge(
    claim: Claim, request: Request, judgement: Judgement, view: DirectionView, game: GameView
) -> Skip | None:
    if not view.is_live:
        return Skip(Reason.CHAIN_UNREACHABLE)
    if judgement.ground is not Ground.FILL_UNSEEN:
        return _not_confirmed(claim, request, judgement, view, game)
    if game.is_contradicted:
        return Skip(Reason.FILL_EXISTS)
    # Without a proof only our own eyes speak against it: they must be newer than the claim.
    if not is_ending(claim, view) or view.target.head.timestamp < made_at(claim, view):
        return Skip(Reason.PROOF_AWAITED)
    return None


def _not_confirmed(
    claim: Claim, request: Request, judgement: Judgement, view: DirectionView, game: GameView
) -> Skip | None:
    """Wait for the target chain to confirm what was seen, but not until the claim is paid."""
    is_certain = judgement.ground is Ground.ABSENCE_PROVEN  # a fill may move, its absence stays
    is_urgent = is_certain or is_deposit_at_stake(request, view.account)
    if is_urgent and is_ending(claim, view):
        return None
    fill, is_old = request.fill, view.target.head.timestamp < made_at(claim, view)
    if fill is not None and is_old and fill.block_number > view.target.final_until:
        return Skip(Reason.PROOF_AWAITED)  # what was seen may be on a branch that has lost
    return None if game.progress is not None else Skip(Reason.PROOF_UNKNOWN)


def _not_later_challenge(
    claim: Claim, request: Request, view: DirectionView, game: GameView
) -> Skip | None:
    if not claim.is_claimer_ahead:
        return Skip(Reason.AHEAD)
    if not view.is_live:
        return Skip(Reason.CHAIN_UNREACHABLE)
    is_ours = is_at_stake(claim, request, view.account) or game.around.staked > 0
    if not is_ours and not is_ending(claim, view):
        return Skip(Reason.LEFT_TO_OTHERS)
    progress = game.progress
    if progress is None and proof_about(claim, request) is not None:
        return Skip(Reason.PROOF_UNKNOWN)
    if progress is not None and progress.is_resolvable:
        return _not_worth_a_bid(claim, view, progress)
    # Without L1 the game is one of patience: only what is ours is worth it.
    return None if is_ours else Skip(Reason.LEFT_TO_OTHERS)


def _not_worth_a_bid(claim: Claim, view: DirectionView, progress: ProofProgress) -> Skip | None:
    after_bid = view.source.head.timestamp + view.terms.challenge_extension
    if arrival(progress, view) >= max(claim.termination, after_bid):
        return Skip(Reason.PROOF_TOO_LATE)
    return Skip(Reason.L1_DECIDES) if _is_left_to_l1(claim, view, progress) else None


def _is_left_to_l1(claim: Claim, view: DirectionView, progress: ProofProgress | None) -> bool:
    """Whether a proof arrives in time and pays for itself: further bids are needless."""
    if progress is None or not progress.is_resolvable:
        return False
    is_doubtful = is_ending(claim, view) or _is_l1_empty(view, progress)
    if is_doubtful and progress.stage < Stage.EXECUTED:
        return False
    is_in_time = arrival(progress, view) < claim.termination
    return is_in_time and won_stake(claim, view.account) > progress.cost


def _is_l1_empty(view: DirectionView, progress: ProofProgress) -> bool:
    funds = view.base_funds
    return funds is not None and funds.native_balance < progress.cost


def is_ending(claim: Claim, view: DirectionView) -> bool:
    """Whether an answer must be on its way now, whatever is still unknown."""
    return view.latest_time >= claim.termination - view.terms.answer_margin


def _cost(progress: ProofProgress | None) -> Wei:
    return progress.cost if progress is not None and progress.is_resolvable else Wei(0)


def _bid(
    claim: Claim, request: Request, view: DirectionView, game: GameView
) -> ChallengeClaim | Skip:
    amount = next_bid(claim, request, view, game).amount
    if amount is None:
        return Skip(Reason.STAKE_LIMIT)
    funds = view.source_funds
    if funds is None:
        return Skip(Reason.FUNDS_UNKNOWN)
    if funds.native_balance < amount:
        return Skip(Reason.STAKE_FUNDS)
    stakes = claim.claimer_stake, claim.challenger_stake_total
    return ChallengeClaim(claim.request_id, claim.id, *stakes, amount, claim.termination)
