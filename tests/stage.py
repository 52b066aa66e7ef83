"""Where stories of the challenge game are played: a thief, a direction, and ways to wait.

A scene is a function that plays the thief by hand and returns how it must end; agents answer by
themselves. End-to-end tests play many scenes at a time, each in a thread of its own; tests
without processes play them one by one.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import CallRevertedError
from beamer_agent.types import ClaimId, FillId, Wei
from tests.books import Gains
from tests.e2e.story import counts, history

AMOUNT: Final = 10**6
"""Something of either token."""
FILLED: Final = "DAI"
"""The token that agents are configured for."""
UNFILLED: Final = "USDT"
"""The token that they are not: nobody fills its requests, but their claims are watched."""
MADE_UP: Final = FillId(b"\x07" * 32)
"""No fill has this id."""

Until = Callable[[Callable[[], object], str], None]
"""Waits until a condition holds; the words complete "waiting for ..."."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a scene must end.

    Args:
        events: how often each event has happened to the request.
        gains: of everybody, gas left out.
    """

    request: Request
    events: Mapping[str, int]
    gains: Gains

    def is_reached(self) -> bool:
        """Whether everything has happened; it must not happen more often than that."""
        return counts(self.request) == self.events


@dataclass(frozen=True, slots=True)
class Stage:
    """One direction, for one scene.

    Args:
        until: how this scene waits.
        curtain: where all scenes meet before time jumps over everything that runs out.
    """

    world: LocalWorld
    source: L2Contracts
    target: L2Contracts
    until: Until
    curtain: threading.Barrier
    honest_role: str = "agent"
    thief_role: str = "rival"

    @property
    def thief(self) -> Participant:
        """Claims falsely, challenges what is honest; an allowed LP."""
        return self.world.participant(self.thief_role)

    @property
    def user(self) -> Participant:
        """Asks for transfers."""
        return self.world.participant("user")

    @property
    def stake(self) -> Wei:
        """Of a claim."""
        return self.world.settings.claim_stake

    def ask(self, symbol: str) -> Request:
        """A new request."""
        return self.user.create_request(self.source, self.target, symbol, AMOUNT)

    def wait_for(self, request: Request, name: str, times: int = 1) -> None:
        """Until an event has happened so often to a request."""
        what = f"{times} {name} of request {request.nonce}"
        self.until(lambda: counts(request).get(name, 0) >= times, what)

    def bids(self, claim_id: ClaimId) -> tuple[Wei, Wei]:
        """What claimer and challengers have staked."""
        call = self.source.request_manager.contract.call("claims", claim_id)
        claim = self.source.chain.client.read(call)
        return claim[2], claim[4]

    def wait_for_bids(self, claim_id: ClaimId, claimer: int, challengers: int) -> None:
        """Until both sides have staked this much."""
        wanted = (claimer, challengers)
        self.until(lambda: self.bids(claim_id) == wanted, f"{wanted} in claim {claim_id}")

    def insist(self, claim_id: ClaimId, request: Request, name: str, *, is_thief: bool) -> None:
        """The thief, as claimer or as challenger, out-bids everybody until an event decides."""

        def has_ended() -> bool:
            if name in counts(request):
                return True
            claimer, challengers = self.bids(claim_id)
            if (claimer > challengers) is not is_thief:
                ahead = claimer - challengers
                bid = ahead + 1 if ahead > 0 else self.stake - ahead
                # Somebody's turn may have ended just now.
                with suppress(CallRevertedError):
                    self.thief.challenge(self.source, claim_id, Wei(bid))
            return False

        self.until(has_ended, f"{name} of request {request.nonce}")

    def counter(self, claim_id: ClaimId) -> None:
        """The thief answers a minimal first challenge with the minimum."""
        self.wait_for_bids(claim_id, self.stake, self.stake + 1)
        self.thief.challenge(self.source, claim_id, Wei(self.stake + 1))

    def own_claim(self, request: Request) -> ClaimId:
        """The claim that the honest one has made for its fill."""
        self.wait_for(request, "ClaimMade")
        claimer = self.world.participant(self.honest_role).address
        claims = (log for log in history(request) if log.name == "ClaimMade")
        return next(ClaimId(log["claimId"]) for log in claims if log["claimer"] == claimer)


def fill_id_of(request: Request) -> FillId:
    """The fill that the target chain knows."""
    return FillId(_only(request, "RequestFilled")["fillId"])


def bids_of(request: Request) -> list[tuple[int, int]]:
    """Both sides' stakes after each bid on any claim of a request, claims included."""
    made = [log for log in history(request) if log.name == "ClaimMade"]
    return [(log["claimerStake"], log["challengerStakeTotal"]) for log in made]


def transfer(request: Request, filler: str | None, payee: str | None) -> Gains:
    """What a transfer moves: the user's deposit, the filler's payment, and who got the deposit.

    The receiver is the user; None: nobody.
    """
    created = _only(request, "RequestCreated")
    source, target = request.source.chain.name, request.target.chain.name
    amount, lp_fee, protocol_fee = (created[k] for k in ("amount", "lpFee", "protocolFee"))
    moves = [("user", source, -amount - lp_fee - protocol_fee)]
    if filler is not None:
        moves += [(filler, target, -amount), ("user", target, amount)]
    if payee is not None:
        moves.append((payee, source, amount + lp_fee))
    gains: Gains = {}
    for role, chain, amount_moved in moves:
        entry = (role, chain, request.symbol)
        gains[entry] = gains.get(entry, 0) + amount_moved
    return gains


def _only(request: Request, name: str) -> Mapping[str, Any]:
    (log,) = (log for log in history(request) if log.name == name)
    return log.arguments
