"""The arithmetic of a claim's game (`protocol.md` section 3): bids, pay-outs, what proofs win.

C is the claimer's stake, S the challengers' total, both wei. C > S: the claimer is ahead.
"""

from collections.abc import Collection
from dataclasses import dataclass

from beamer_agent.actions.proof import Proof, ProofProgress
from beamer_agent.actions.view import ClaimTerms, DirectionView
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import Address, ClaimId, Timestamp, Wei

ETHER = 10**18


@dataclass(frozen=True, slots=True)
class Bid:
    """How much to bid, and the numbers it comes from."""

    minimum: Wei
    """What the contract asks for."""
    worthwhile: Wei
    """What makes the other side's answer, or its absence, cover the cost of L1 resolution."""
    room: Wei
    """What the configured limits still allow."""

    @property
    def amount(self) -> Wei | None:
        """The bid; None when not even the minimum is allowed."""
        if self.minimum > self.room:
            return None
        return Wei(min(max(self.minimum, self.worthwhile), self.room))


@dataclass(frozen=True, slots=True)
class Beside:
    """The other claims with a claim's claimer and fill id: one game in truth.

    Whichever of them takes the deposit makes all of them valid (`protocol.md` section 3, rule 3).
    """

    staked: Wei
    """What is ours in them."""
    unanswered: Wei
    """The least that turns all of them against a claimer who is ahead."""


ALONE = Beside(Wei(0), Wei(0))


def beside(claim: Claim, claims: ClaimTracker, view: DirectionView) -> Beside:
    """What stands beside a claim of another."""
    others = [
        other
        for other in claims.of_request(claim.request_id)
        if (other.claimer, other.fill_id) == (claim.claimer, claim.fill_id)
        and other.id != claim.id
        and other.state != ClaimMachine.withdrawn.value
    ]
    unanswered = (minimum_bid(other, view.terms) for other in others if other.is_claimer_ahead)
    staked = (own_stake(other, view.account) for other in others)
    return Beside(Wei(sum(staked)), Wei(sum(unanswered)))


def own_stake(claim: Claim, account: Address) -> Wei:
    """What the account has in a claim, on either side."""
    if claim.claimer == account:
        return claim.claimer_stake
    return claim.challenger_stakes.get(account, Wei(0))


def minimum_bid(claim: Claim, terms: ClaimTerms) -> Wei:
    """The least that turns the game: C - S + 1 against it, S - C + claim stake for it."""
    ahead = claim.claimer_stake - claim.challenger_stake_total
    return Wei(ahead + 1 if ahead > 0 else terms.stake - ahead)


def challenge_bid(
    claim: Claim,
    request: Request,
    view: DirectionView,
    cost: Wei,
    staked_in_all_games: Wei,
    around: Beside = ALONE,
) -> Bid:
    """A bid against a claim; without a cost, as for a first bid, the minimum is worthwhile.

    After the smallest answer to a worthwhile bid b, our own stake + b, and the claim stake on
    top, are lost to us by the claimer: more than the cost. What is unanswered beside the claim is
    kept free; unless a deposit of ours is behind them, all of them share the room of one.
    """
    own = own_stake(claim, view.account)
    is_deposit_ours = is_deposit_at_stake(request, view.account)
    worthwhile = Wei(max(0, cost - view.terms.stake - own + 1))
    limit = view.game.max_total_stake
    if not is_at_stake(claim, request, view.account) and around.staked == 0:
        # Many cheap false claims elsewhere must not use up what defends our own.
        limit = Wei(limit // 2)
    in_game = own if is_deposit_ours else Wei(own + around.staked)
    room = _room(in_game, limit - staked_in_all_games, view)
    if is_deposit_ours:
        left = min(room, limit - staked_in_all_games - around.unanswered)
    else:
        left = room - around.unanswered
    return Bid(minimum_bid(claim, view.terms), worthwhile, Wei(max(0, left)))


def counter_bid(claim: Claim, view: DirectionView, cost: Wei, staked_in_all_games: Wei) -> Bid:
    """A bid for a claim of ours; without a cost, as for a first bid, the minimum is worthwhile.

    The smallest answer to a worthwhile bid b makes S = C + b + 1: more than the cost.
    """
    own = claim.claimer_stake
    room = _room(own, view.game.max_total_stake - staked_in_all_games, view)
    return Bid(minimum_bid(claim, view.terms), Wei(max(0, cost - own)), room)


def won_stake(claim: Claim, account: Address) -> Wei:
    """What the other side loses to the account when the account's side is proven right."""
    return Wei(
        payout(claim, account, is_valid=claim.claimer == account) - own_stake(claim, account)
    )


def payout(claim: Claim, account: Address, *, is_valid: bool) -> Wei:
    """What the contract pays the account from the stakes of a decided claim."""
    claimer, challengers = claim.claimer_stake, claim.challenger_stake_total
    if is_valid:
        return Wei(claimer + challengers if claim.claimer == account else 0)
    own = claim.challenger_stakes.get(account, 0)
    if own == 0:
        return Wei(0)
    # The last challenger has the difference: twice the others' stakes may be more or less than
    # what there is to share.
    rest = claimer - challengers if claim.last_challenger == account else 0
    return Wei(2 * own + rest)


def deposit_value(request: Request, view: DirectionView) -> Wei:
    """Amount and fee of a request in wei, at the RequestManager's price; 0 without a price."""
    created = request.created
    price = view.eth_in_token.get(created.source_token_address, 0)
    return Wei((created.amount + created.lp_fee) * ETHER // price) if price else Wei(0)


def is_at_stake(claim: Claim, request: Request, account: Address) -> bool:
    """Whether a claim, if it is paid wrongly, costs us a stake or a deposit."""
    return own_stake(claim, account) > 0 or is_deposit_at_stake(request, account)


def is_deposit_at_stake(request: Request, account: Address) -> bool:
    """Whether we paid a request out and its deposit is still to be had."""
    is_ours = request.fill is not None and request.fill.filler == account
    return is_ours and request.withdrawal is None


def arrival(progress: ProofProgress, view: DirectionView) -> Timestamp:
    """When the source chain can know of a proof, if it is carried from now on."""
    ripe = view.latest_time + progress.ripening
    return Timestamp(max(progress.matures_at, ripe) + progress.margin)


def gain_of_proof(
    proof: Proof,
    request: Request,
    claims: ClaimTracker,
    view: DirectionView,
    answered: Collection[ClaimId],
) -> Wei:
    """How much more of stakes and deposit a proof gives us than the games as they stand.

    Claims that are `answered` by a bid just now are taken to end rightly without it.
    """
    gain = 0
    has_claim, is_deposit_safe, is_thief_ahead = False, False, False
    for claim in claims.of_request(request.id):
        proven = says_of(proof, claim)
        is_ours = claim.claimer == view.account
        if claim.state == ClaimMachine.withdrawn.value or (is_ours and proven is False):
            # A false claim in our name is lost anyway: whoever made it must not outweigh the rest.
            continue
        stands = _stands(claim, request, claims, view)
        if proven is None or claim.id in answered:
            proven = stands = is_ours
        gain += payout(claim, view.account, is_valid=proven)
        gain -= payout(claim, view.account, is_valid=stands)
        has_claim = has_claim or is_ours
        is_deposit_safe = is_deposit_safe or (is_ours and stands)
        is_thief_ahead = is_thief_ahead or (not is_ours and stands and not proven)
    is_ours_to_win = proof.filler == view.account and is_deposit_at_stake(request, view.account)
    if is_ours_to_win and has_claim and (is_thief_ahead or not is_deposit_safe):
        gain += deposit_value(request, view)
    return Wei(gain)


def reserve_for(
    claim: Claim, request: Request, view: DirectionView, progress: ProofProgress | None
) -> Wei:
    """What must be kept back for a game before new fills are accepted.

    Games of others are not ours to reserve for: whoever plays both sides could stop our fills.
    """
    if is_at_stake(claim, request, view.account):
        return worst_case(claim, view, progress)
    is_unanswered = claim.challenger_stake_total == 0
    return minimum_bid(claim, view.terms) if is_unanswered else Wei(0)


def worst_case(claim: Claim, view: DirectionView, progress: ProofProgress | None) -> Wei:
    """The most that the rules may still bid in a game before L1 has the last word.

    With a proof that arrives in time they stop as soon as the other side's stake covers its cost;
    without one, only the configured limit stops them.
    """
    own = own_stake(claim, view.account)
    room = max(0, view.game.max_claim_stake - own)
    is_in_time = (
        progress is not None
        and progress.is_resolvable
        and arrival(progress, view) < claim.termination
    )
    if progress is None or not is_in_time:
        return Wei(room)
    is_our_turn = claim.is_claimer_ahead != (claim.claimer == view.account)
    next_bid = minimum_bid(claim, view.terms) if is_our_turn else 0
    until_worthwhile = max(next_bid, progress.cost + 2 * view.terms.stake - own)
    return Wei(min(room, until_worthwhile))


def _room(own: Wei, in_all: int, view: DirectionView) -> Wei:
    in_claim = view.game.max_claim_stake - own
    return Wei(max(0, min(in_claim, in_all)))


def _stands(claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView) -> bool:
    validity = claim_validity(claim, request, claims, view.source.head.timestamp)
    return claim.is_claimer_ahead if validity is Validity.OPEN else validity is Validity.VALID


def says_of(proof: Proof, claim: Claim) -> bool | None:
    """Whether a claim is valid by a proof; None: it says nothing of it."""
    if proof.filler is not None:
        return (claim.claimer, claim.fill_id) == (proof.filler, proof.fill_id)
    return False if claim.fill_id == proof.fill_id else None
