"""Claims under dispute, the proofs about them, and what the rules of the game say of them.

Unless changed, `ALICE` has made a false claim on a request that nobody has filled, just now.
"""

from typing import Any

from beamer_agent.actions.game import GameView, plan_bid, plan_invalidation
from beamer_agent.actions.model import ChallengeClaim, InvalidateFill, Skip
from beamer_agent.actions.proof import Place, Proof, ProofProgress, RelayStep, Stage
from beamer_agent.contracts.call import ContractCall
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.types import Address, BlockNumber, Seconds, Timestamp, Wei
from tests.decisions import claims_of
from tests.factories import (
    ALICE,
    FILL_ID,
    NOBODY,
    NOW,
    REQUEST_ID,
    RESOLVER,
    SOURCE,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    made,
    make_claim,
    make_request,
    make_request_filled,
)
from tests.made_views import TERMS, make_direction_view

FINALITY = 86_400
MADE = Timestamp(TERMINATION - TERMS.claim_period)
"""When the claim of `make_claim` was made; that is `NOW`."""
MARGIN = TERMS.answer_margin
"""How long before its end a claim is answered, whatever is known."""
FALSE_FROM = Timestamp(MADE + 120)
"""When a claim without a fill is known as false, by the default fill wait time."""
ENDING = Timestamp(TERMINATION - MARGIN)


def make_step(label: str = "execute", **changes: Any) -> RelayStep:
    """A transaction on L1."""
    call = ContractCall(RESOLVER, label, label.encode(), ())
    return made(RelayStep, changes, place=Place.BASE, label=label, call=call)


def make_proof(**changes: Any) -> Proof:
    """Of our fill."""
    return made(
        Proof,
        changes,
        request_id=REQUEST_ID,
        fill_id=FILL_ID,
        filler=US,
        source_chain_id=SOURCE,
        fill_chain_id=TARGET,
        block_number=BlockNumber(20),
        transaction_hash=make_request_filled().transaction_hash,
    )


def make_progress(**changes: Any) -> ProofProgress:
    """A proof that L1 can have now, at the price of half a claim stake."""
    return made(
        ProofProgress,
        changes,
        included_at=Timestamp(NOW - FINALITY),
        matures_at=NOW,
        margin=Seconds(600),
        is_resolvable=True,
        stage=Stage.EXECUTABLE,
        step=make_step(),
        cost=Wei(STAKE // 2),
        arithmetic="100 gas x 1 gwei",
    )


def make_game(**changes: Any) -> GameView:
    """A proof at hand, and nothing at stake elsewhere."""
    return made(
        GameView,
        changes,
        progress=make_progress(),
        is_contradicted=False,
        staked_in_all_games=Wei(0),
    )


def game_claim(
    claimer_stake: int = STAKE, *bids: tuple[Address, int], claimer: Address = ALICE, **more: Any
) -> Claim:
    """A claim whose challengers have bid these stakes, the last of them last."""
    stakes: dict[Address, int] = {}
    for challenger, stake in bids:
        stakes[challenger] = stakes.get(challenger, 0) + stake
    return make_claim(
        **{
            "claimer": claimer,
            "claimer_stake": claimer_stake,
            "last_challenger": bids[-1][0] if bids else NOBODY,
            "challenger_stake_total": sum(stakes.values()),
            "challenger_stakes": stakes,
        }
        | more
    )


def our_claim(claimer_stake: int = STAKE, *bids: tuple[Address, int], **more: Any) -> Claim:
    """The same for a claim of ours."""
    return game_claim(claimer_stake, *bids, claimer=US, **more)


def our_request(**changes: Any) -> Request:
    """A request that we have filled and claimed, so long ago that no more claims can be made."""
    closed = {"valid_until": Timestamp(NOW - TERMS.request_extension)}
    return make_request(**{"fill": make_request_filled(), "state": "claimed"} | closed | changes)


def plan(
    claim: Claim, request: Request | None = None, game: GameView | None = None, **view: Any
) -> ChallengeClaim | Skip:
    """What `plan_bid` says, with a view whose fields can be changed."""
    request, game = request or make_request(), game or make_game()
    return plan_bid(claim, request, claims_of(claim), make_direction_view(**view), game)


def plan_beside(
    claim: Claim, *others: Claim, request: Request | None = None, staked: int = 0, **view: Any
) -> ChallengeClaim | Skip:
    """The same for a claim that is not alone on its request; `staked` is ours in all games."""
    request, claims = request or make_request(), claims_of(claim, *others)
    seen = make_direction_view(**view)
    game = GameView.of(claim, claims, seen, make_progress(), Wei(staked), is_contradicted=False)
    return plan_bid(claim, request, claims, seen, game)


def bid_of(*args: Any, **kwargs: Any) -> int:
    """How much `plan` bids."""
    action = plan(*args, **kwargs)
    assert isinstance(action, ChallengeClaim), action
    return action.bid


def invalidation(
    claim: Claim, request: Request | None = None, **view: Any
) -> InvalidateFill | Skip:
    """What `plan_invalidation` says, with a view whose fields can be changed."""
    request = request or make_request()
    return plan_invalidation(claim, request, claims_of(claim), make_direction_view(**view))
