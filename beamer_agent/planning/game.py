r"""GamePlanner: one turn of deciding on the claims of a direction's open requests.

    claims --judge--> honest, ours  ---> counter when out-bid, withdraw
                 \--> false         ---> prove the absence of the fill, challenge, withdraw
    proofs --------------------------> carry over L1, when that wins more than it costs

Decided is on every turn anew. Remembered are only the bids on their way, for their amounts, while
the sender knows their keys (after a restart the chain tells of them), and fills that vanished.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.game import GameView, plan_bid, plan_invalidation
from beamer_agent.actions.halts import not_joined
from beamer_agent.actions.judgement import Verdict, judge_claim
from beamer_agent.actions.model import (
    ChallengeClaim,
    Reason,
    Skip,
    WithdrawClaim,
    challenge_key,
    fill_key,
    invalidation_key,
)
from beamer_agent.actions.proof import Place, Proof, ProofProgress
from beamer_agent.actions.resolution import plan_resolution, proof_about
from beamer_agent.actions.rules import plan_claim_end
from beamer_agent.actions.stakes import is_at_stake, own_stake, reserve_for
from beamer_agent.actions.testimony import Witnesses
from beamer_agent.actions.view import DirectionView
from beamer_agent.planning.absences import Absences
from beamer_agent.planning.claim_recalls import ClaimRecalls
from beamer_agent.planning.doubts import Doubts
from beamer_agent.planning.game_log import GameLog
from beamer_agent.planning.request_log import LossCounter
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.fold import Fold
from beamer_agent.state.request import Request
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.wallet import Promise
from beamer_agent.types import ClaimId, RequestId, Wei


class Proofs(Protocol):
    """Who looks where proofs are on their way; see `resolution.watch`."""

    def state_interest(self, proofs: Iterable[Proof]) -> None:
        """Replace what is looked after. Never waits."""
        ...

    def progress(self, proof: Proof) -> ProofProgress | None:
        """The last look at a proof. Never waits."""
        ...


class GamePlanner:
    """Plays the games of one direction. Used by its EventProcessor's thread only.

    Args:
        source: the account that bids and withdraws.
        target: the account that has absences proven.
        base: the account on L1, once it is there.
        count_loss: called once for each claim and reason to call it lost.
    """

    def __init__(
        self,
        name: str,
        fold: Fold,
        source: ChainAccount,
        target: ChainAccount,
        base: Callable[[], ChainAccount | None],
        proofs: Proofs,
        witness: Witnesses,
        logger: FilteringBoundLogger,
        count_loss: LossCounter = lambda _what, _reason: None,
    ) -> None:
        self._name = name
        self._fold = fold
        self._source = source
        self._target = target
        self._base = base
        self._proofs = proofs
        self._doubts = Doubts(witness)
        self._logger = logger
        self._bids: dict[ClaimId, ChallengeClaim] = {}
        """Those on their way, as far as this life knows."""
        self._absences = Absences(fold)
        self._recalls = ClaimRecalls(fold)
        self._log = GameLog(logger, count_loss)

    def state_games(self, requests: Iterable[Request], view: DirectionView) -> None:
        """Say what all open games hold, may still need, and which proofs decide them.

        Requests that are left out have no game, and the same fill as the last time.
        """
        requests = list(requests)
        self._absences.look(requests, view)
        view = self._absences.add_to(view)
        claims = [
            (claim, request)
            for request in requests
            for claim in self._fold.claims.of_request(request.id)
        ]
        self._forget_landed_bids()
        games = [(c, r) for c, r in claims if self._is_played(c, r, view)]
        proofs = [proof for proof in (proof_about(*game) for game in games) if proof is not None]
        self._proofs.state_interest(proofs)
        staked = sum(own_stake(claim, view.account) for claim, _ in games)
        on_their_way = sum(bid.bid for bid in self._bids.values())
        self._source.stakes.state(self._name, Wei(staked + on_their_way))
        self._state_reserves(games, view)

    def decide(self, request: Request, view: DirectionView) -> bool:
        """Act on the claims of a request; True when none needs anything any more."""
        view = self._absences.add_to(view)
        claims = self._fold.claims.of_request(request.id)
        settled = [self._decide_claim(claim, request, view) for claim in claims]
        for proof in self._proofs_of(request, claims, view):
            self._resolve(proof, request, view)
        return all(settled)

    def recall(self, changed: Collection[RequestId], view: DirectionView) -> None:
        """Undo what stands on claims that are gone; something has happened to these requests."""
        self._recalls.look(changed, view)

    def forget_settled(self, request_ids: Iterable[RequestId]) -> None:
        """No reorganisation can change these any more."""
        self._recalls.forget(request_ids)

    def forget(self, request_id: RequestId) -> None:
        """Nothing of a request is needed any more, or it is gone."""
        self._log.forget(request_id)

    def _forget_landed_bids(self) -> None:
        for claim_id, bid in list(self._bids.items()):
            claim = self._fold.claims.get(claim_id)
            is_landed = claim is None or _turn_key(claim) != bid.key
            if is_landed or not self._source.sender.is_working_on(bid.key):
                del self._bids[claim_id]

    def _is_played(self, claim: Claim, request: Request, view: DirectionView) -> bool:
        """Whether we take part in a game, or are about to."""
        if claim.state == ClaimMachine.withdrawn.value:
            return False
        verdict = judge_claim(claim, request, view).verdict
        if claim.claimer == view.account:
            # Not a false one: somebody else may have made it in our name, to tie up our funds.
            is_disputed = claim.challenger_stake_total > 0 or request.withdrawal is not None
            return verdict is Verdict.HONEST and is_disputed
        if own_stake(claim, view.account) > 0 or claim.id in self._bids:
            return True
        return verdict is Verdict.FALSE and view.source.head.timestamp < claim.termination

    def _state_reserves(self, games: list[tuple[Claim, Request]], view: DirectionView) -> None:
        room = max(0, view.game.max_total_stake - self._source.stakes.total())
        reserves: dict[str, Promise] = {}
        costs: dict[str, Promise] = {}
        for claim, request in games:
            proof = proof_about(claim, request)
            progress = None if proof is None else self._proofs.progress(proof)
            amount = min(reserve_for(claim, request, view, progress), room)
            room -= amount
            reserves[f"game:{claim.id}"] = Promise(None, amount)
            if proof and progress and is_at_stake(claim, request, view.account):
                costs[proof.key] = Promise(None, progress.cost)
        self._source.wallet.state_promises(f"{self._name} games", reserves)
        base = self._base()
        if base is not None:
            base.wallet.state_promises(f"{self._name} proofs", costs)

    def _decide_claim(self, claim: Claim, request: Request, view: DirectionView) -> bool:
        """Act on one claim; True when it will never need anything again."""
        claims = self._fold.claims
        end = plan_claim_end(claim, request, claims, view)
        if isinstance(end, WithdrawClaim):
            if self._source.sender.submit(end):
                self._recalls.note(claim, end, self._source.sender)
            return False
        if isinstance(end, Skip) and end.is_final:
            return True
        self._log.judged(claim, request, view)
        if isinstance(end, Skip):
            self._log.skipped(claim, request, view, end.reason)
        refusal = not_joined(request, claims, view)
        if claim.id not in self._bids:
            doubt = refusal or self._doubts.about(claim, request, view)
            self._invalidate(claim, request, view, doubt)
            return self._bid(claim, request, view, doubt)
        if refusal is not None:
            self._source.sender.drop(self._bids[claim.id].key)  # what was sent goes on
        return False

    def _invalidate(
        self, claim: Claim, request: Request, view: DirectionView, doubt: Skip | None
    ) -> None:
        action = plan_invalidation(claim, request, self._fold.claims, view)
        is_filled_by_us = self._target.sender.is_working_on(fill_key(request.id))
        if isinstance(action, Skip) or is_filled_by_us:
            return
        if doubt is None:
            if self._target.sender.submit(action):
                self._recalls.note(claim, action, self._target.sender)
        else:
            self._log.skipped(claim, request, view, doubt.reason)

    def _bid(
        self, claim: Claim, request: Request, view: DirectionView, doubt: Skip | None
    ) -> bool:
        key = invalidation_key(request.id, claim.fill_id)
        game = GameView.of(
            claim,
            self._fold.claims,
            view,
            self._progress(claim, request),
            self._source.stakes.total(),
            is_contradicted=self._target.sender.is_contradicted(key),
        )
        decision = plan_bid(claim, request, self._fold.claims, view, game)
        if isinstance(decision, ChallengeClaim) and doubt is not None:
            decision = doubt
        if isinstance(decision, ChallengeClaim):
            self._challenge(claim, request, view, decision)
            return False
        self._log.skipped(claim, request, view, decision.reason)
        if decision.reason is Reason.CLAIM_HONEST:
            self._advance(claim, "ignore")
        is_over = decision.is_final or decision.reason is Reason.CLAIM_DECIDED
        return is_over and not is_at_stake(claim, request, view.account)

    def _challenge(
        self, claim: Claim, request: Request, view: DirectionView, action: ChallengeClaim
    ) -> None:
        if not self._source.sender.accepts(action.key):
            if self._source.sender.is_working_on(action.key):
                self._bids[claim.id] = action  # of a former generation
                self._recalls.note(claim, action, self._source.sender)
            return
        if not self._source.stakes.take(self._name, action.bid):
            self._log.skipped(claim, request, view, Reason.STAKE_LIMIT)
            return
        if self._source.sender.submit(action):
            self._bids[claim.id] = action
            self._recalls.note(claim, action, self._source.sender)
            self._advance(claim, "start_challenge")
            self._logger.info(
                "Bidding on a claim",
                claim_id=claim.id,
                request_id=claim.request_id,
                bid=action.bid,
                claimer_stake=claim.claimer_stake,
                challenger_stake_total=claim.challenger_stake_total,
            )

    def _proofs_of(
        self, request: Request, claims: Iterable[Claim], view: DirectionView
    ) -> list[Proof]:
        proofs = [proof_about(c, request) for c in claims if self._is_played(c, request, view)]
        return list({proof.key: proof for proof in proofs if proof is not None}.values())

    def _resolve(self, proof: Proof, request: Request, view: DirectionView) -> None:
        progress = self._proofs.progress(proof)
        claims = self._fold.claims
        action = plan_resolution(proof, progress, request, claims, view, self._bids)
        if isinstance(action, Skip) or progress is None:
            if action == Skip(Reason.NOT_WORTH_IT) and progress is not None:
                self._log.not_worth_it(proof, progress)
            return
        account = self._source if action.step.place is Place.SOURCE else self._base()
        if account is not None and account.sender.submit(action):
            self._logger.info(
                "Carrying a proof",
                request_id=proof.request_id,
                fill_id=proof.fill_id,
                step=action.step.label,
                cost=progress.cost,
                arithmetic=progress.arithmetic,
            )

    def _progress(self, claim: Claim, request: Request) -> ProofProgress | None:
        proof = proof_about(claim, request)
        return None if proof is None else self._proofs.progress(proof)

    def _advance(self, claim: Claim, event: str) -> None:
        """Name a decision in the claim's state, where the state has a word for it."""
        if claim.state != ClaimMachine.started.value:
            return
        claim.advance(event)
        self._logger.debug(
            "Claim changed state", claim_id=claim.id, state=claim.state, decision=event
        )


def _turn_key(claim: Claim) -> str:
    return challenge_key(claim.id, claim.claimer_stake, claim.challenger_stake_total)
