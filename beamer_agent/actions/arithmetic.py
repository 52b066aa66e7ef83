"""Arithmetic: what the rules see in the game of a claim, and what follows, for an operator's eyes.

claims of a request, both chains, proofs --the rules that act--> Arithmetic --> lines
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from beamer_agent.actions.game import (
    GameView,
    next_bid,
    plan_bid,
    plan_invalidation,
)
from beamer_agent.actions.judgement import Judgement, Verdict, judge_claim
from beamer_agent.actions.model import (
    ChallengeClaim,
    Decision,
    InvalidateFill,
    Reason,
    RelayMessage,
    Skip,
    WithdrawClaim,
)
from beamer_agent.actions.proof import Proof, ProofProgress
from beamer_agent.actions.resolution import plan_resolution, proof_about
from beamer_agent.actions.rules import plan_claim_end
from beamer_agent.actions.stakes import Bid, gain_of_proof, own_stake, payout
from beamer_agent.actions.view import DirectionView
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.types import Address, ClaimId, RequestId, Seconds, Timestamp, Wei
from beamer_agent.units import ether

Look = Callable[[Proof], ProofProgress | None]
"""Says how far a proof has come; None: nobody has looked."""


@dataclass(frozen=True, slots=True)
class ProofLook:
    """The proof that decides a claim, as far as it is known."""

    progress: ProofProgress | None
    matures_in: Seconds | None
    """Negative: so long ago."""
    gain: Wei
    """How much more it gives us than the games as they stand; may be negative."""
    resolution: RelayMessage | Skip


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The numbers of one claim, and what would be done now."""

    claim_id: ClaimId
    request_id: RequestId
    claimer: Address
    is_ours: bool
    judgement: Judgement
    claimer_stake: Wei
    challenger_stake_total: Wei
    own_stake: Wei
    termination: Timestamp
    seconds_left: Seconds
    """By the later of the source chain's clock and ours; negative: it is over."""
    bid: Bid
    """Its minimum is that of the side that is behind."""
    is_our_turn: bool
    proof: ProofLook | None
    """None: the target chain has sent none."""
    end: Decision
    payout: Wei
    """What our part is worth to us if the right side wins."""
    invalidation: InvalidateFill | Skip
    bidding: ChallengeClaim | Skip

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What is told of the claim: a word and a sentence each."""
        claimer = f"{self.claimer}{' (this agent)' if self.is_ours else ''}"
        judgement = f"{self.judgement.verdict.name.lower()}: {self.judgement.ground.value}"
        ahead = "claimer" if self.claimer_stake > self.challenger_stake_total else "challengers"
        stakes = (
            f"claimer {ether(self.claimer_stake)}, challengers "
            f"{ether(self.challenger_stake_total)}, of these ours {ether(self.own_stake)}"
        )
        return (
            ("claim", f"{self.claim_id} on request 0x{self.request_id.hex()}"),
            ("claimer", claimer),
            ("verdict", judgement),
            ("stakes", stakes),
            ("ahead", f"the {ahead}"),
            ("ends", f"{_in(self.seconds_left)} (at {self.termination})"),
            ("bid", self._bid_text()),
            *_proof_lines(self.proof),
            *(("now", text) for text in self._decision_texts()),
        )

    def _bid_text(self) -> str:
        room = f"room under the limits {ether(self.bid.room)}"
        if not self.is_our_turn:
            return f"our side is ahead, the other needs {ether(self.bid.minimum)}; {room}"
        worthwhile = ether(self.bid.worthwhile)
        return f"minimum {ether(self.bid.minimum)}, worthwhile {worthwhile}, {room}"

    def _decision_texts(self) -> tuple[str, ...]:
        if isinstance(self.end, WithdrawClaim):
            return (f"withdraw {ether(self.payout)}",)
        texts = []
        if isinstance(self.end, Skip) and self.end.reason is Reason.CLAIM_LOST:
            texts.append(f"nothing to withdraw: {self.end.reason.value}")
        if isinstance(self.invalidation, InvalidateFill):
            texts.append("have the target chain prove that this fill is not there")
        if isinstance(self.bidding, ChallengeClaim):
            texts.append(f"bid {ether(self.bidding.bid)}")
        else:
            texts.append(f"no bid: {self.bidding.reason.value}")
        if self.proof is not None:
            texts.append(_resolution_text(self.proof.resolution))
        return tuple(texts)


def arithmetic_of(
    request: Request, claims: ClaimTracker, view: DirectionView, look: Look, staked: Wei
) -> list[Arithmetic]:
    """The numbers of all claims of a request that are not settled; see `is_unsettled`.

    `staked` is what we have in all games of the source chain. What a running agent has on its way
    is not known here: its bids, and the target chain's refusals of what it wanted proven.
    """
    games = {
        claim.id: GameView.of(
            claim, claims, view, _progress(claim, request, look), staked, is_contradicted=False
        )
        for claim in claims.of_request(request.id)
    }
    bids = {
        claim.id: plan_bid(claim, request, claims, view, games[claim.id])
        for claim in claims.of_request(request.id)
    }
    answered = [claim_id for claim_id, bid in bids.items() if isinstance(bid, ChallengeClaim)]

    return [
        Arithmetic(
            claim_id=claim.id,
            request_id=request.id,
            claimer=claim.claimer,
            is_ours=claim.claimer == view.account,
            judgement=judge_claim(claim, request, view),
            claimer_stake=claim.claimer_stake,
            challenger_stake_total=claim.challenger_stake_total,
            own_stake=own_stake(claim, view.account),
            termination=claim.termination,
            seconds_left=Seconds(claim.termination - view.latest_time),
            bid=next_bid(claim, request, view, games[claim.id]),
            is_our_turn=claim.is_claimer_ahead != (claim.claimer == view.account),
            proof=_proof_look(claim, request, claims, view, games[claim.id].progress, answered),
            end=plan_claim_end(claim, request, claims, view),
            payout=payout(claim, view.account, is_valid=claim.claimer == view.account),
            invalidation=plan_invalidation(claim, request, claims, view),
            bidding=bids[claim.id],
        )
        for claim in claims.of_request(request.id)
        if is_unsettled(claim, request, view)
    ]


def is_unsettled(claim: Claim, request: Request, view: DirectionView) -> bool:
    """Whether a claim may still win or lose us something by bids or proofs."""
    if claim.state == ClaimMachine.withdrawn.value:
        return False
    verdict = judge_claim(claim, request, view).verdict
    if claim.claimer == view.account:
        is_plain = claim.challenger_stake_total == 0 and request.withdrawal is None
        return not is_plain or verdict is Verdict.FALSE
    if own_stake(claim, view.account) > 0:
        return True
    return verdict is not Verdict.HONEST and view.source.head.timestamp < claim.termination


def _progress(claim: Claim, request: Request, look: Look) -> ProofProgress | None:
    proof = proof_about(claim, request)
    return None if proof is None else look(proof)


def _proof_lines(proof: ProofLook | None) -> tuple[tuple[str, str], ...]:
    if proof is None:
        return (("proof", "none is sent on the target chain"),)
    progress = proof.progress
    gain = ("gain", f"the proof gives us {ether(proof.gain)} more than the game as it stands")
    if progress is None or proof.matures_in is None:
        return (("proof", "its way could not be looked at"), gain)
    stage = progress.stage.name.lower()
    rest = f"the rest of its way takes up to {progress.margin} s"
    what = "" if progress.is_resolvable else ", this agent cannot carry it"
    return (
        ("proof", f"{stage}{what}; matures {_in(proof.matures_in)}, {rest}"),
        ("cost", f"{ether(progress.cost)}: {progress.arithmetic}"),
        gain,
    )


def _proof_look(
    claim: Claim,
    request: Request,
    claims: ClaimTracker,
    view: DirectionView,
    progress: ProofProgress | None,
    answered: Collection[ClaimId],
) -> ProofLook | None:
    proof = proof_about(claim, request)
    if proof is None:
        return None
    return ProofLook(
        progress,
        None if progress is None else Seconds(progress.matures_at - view.latest_time),
        gain_of_proof(proof, request, claims, view, answered),
        plan_resolution(proof, progress, request, claims, view, answered),
    )


def _resolution_text(decision: RelayMessage | Skip) -> str:
    if isinstance(decision, RelayMessage):
        return f"carry the proof one step: {decision.step.label}"
    return f"the proof is left alone: {decision.reason.value}"


def _in(seconds: int) -> str:
    return f"in {seconds} s" if seconds >= 0 else f"{-seconds} s ago"
