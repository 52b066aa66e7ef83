"""The games of claims, bid by bid: events of RequestManagers in, turns of games out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from beamer_agent.devnet.logs import Log
from beamer_agent.types import Address, ClaimId, FillId, RequestId, Wei


class Ground(StrEnum):
    """What decides a game, the strongest first (`protocol.md` section 3, withdraw)."""

    FILL_PROVEN = "L1 said who filled it"
    ABSENCE_PROVEN = "L1 said: there is no such fill"
    DEPOSIT_GONE = "another claim was paid out"
    TIME_OVER = "time over, higher stake wins"


@dataclass(frozen=True, slots=True)
class Bid:
    """The claim itself, which is the first bid, or one that answers another."""

    number: int
    """From 1, in this game."""
    bidder: Address
    amount: Wei
    claimer_stake: Wei
    challenger_stake: Wei
    """Both after the bid."""
    seconds: float
    """When it was seen, on the clock of whoever looks."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What decides the game, before or when the stakes are paid out."""

    ground: Ground
    seconds: float


@dataclass(frozen=True, slots=True)
class Payout:
    """All stakes of the game go to one side."""

    receiver: Address
    amount: Wei
    seconds: float


Turn = Bid | Ruling | Payout


@dataclass(slots=True)
class Game:
    """What has happened to one claim. One challenger at most: nobody shares the stakes."""

    chain: str
    claim_id: ClaimId
    request_id: RequestId
    fill_id: FillId
    claimer: Address
    turns: list[Turn] = field(default_factory=list)

    @property
    def bids(self) -> list[Bid]:
        """The claim and all that followed."""
        return [turn for turn in self.turns if isinstance(turn, Bid)]

    @property
    def claimer_stake(self) -> Wei:
        """Wei."""
        return self.bids[-1].claimer_stake

    @property
    def challenger_stake(self) -> Wei:
        """Wei; 0 when nobody has challenged."""
        return self.bids[-1].challenger_stake

    @property
    def is_claimer_ahead(self) -> bool:
        """Whether the claimer would win if the time were over now."""
        return self.claimer_stake > self.challenger_stake

    @property
    def ruling(self) -> Ruling | None:
        """The latest one: each is stronger than the one before."""
        return next((turn for turn in reversed(self.turns) if isinstance(turn, Ruling)), None)

    @property
    def payout(self) -> Payout | None:
        """Who got the stakes; None while they are there."""
        return next((turn for turn in self.turns if isinstance(turn, Payout)), None)

    @property
    def is_over(self) -> bool:
        """Whether the stakes are gone, or nobody has anything to take from a false claim."""
        is_abandoned = self.ruling is not None and self.challenger_stake == 0
        return self.payout is not None or is_abandoned

    def stake_of(self, account: Address) -> Wei:
        """What somebody has put into the game."""
        return Wei(sum(bid.amount for bid in self.bids if bid.bidder == account))


OnTurn = Callable[[Game, Turn], None]
"""Told about a game and the turn that it has just taken."""


class GameBook:
    """Keeps the games of all claims.

    Args:
        on_turn: told about every turn, in the order in which a chain's events are applied.
    """

    def __init__(self, on_turn: OnTurn = lambda *_: None) -> None:
        self.games: list[Game] = []
        self._on_turn = on_turn

    def of_request(self, request_id: RequestId) -> list[Game]:
        """The games of all claims on a request, oldest first."""
        return [game for game in self.games if game.request_id == request_id]

    def apply(self, chain: str, log: Log, seconds: float) -> None:
        """Apply one event of the RequestManager of a chain; others change nothing."""
        match log.name:
            case "ClaimMade":
                self._bid(chain, log, seconds)
            case "RequestResolved":
                self._rule(RequestId(log["requestId"]), None, Ground.FILL_PROVEN, seconds)
            case "FillInvalidatedResolved":
                request_id, fill_id = RequestId(log["requestId"]), FillId(log["fillId"])
                self._rule(request_id, fill_id, Ground.ABSENCE_PROVEN, seconds)
            case "DepositWithdrawn":
                self._rule(RequestId(log["requestId"]), None, Ground.DEPOSIT_GONE, seconds)
            case "ClaimStakeWithdrawn":
                self._pay(chain, log, seconds)

    def _bid(self, chain: str, log: Log, seconds: float) -> None:
        game = self._game(chain, ClaimId(log["claimId"])) or self._open(chain, log)
        claimer_stake, challenger_stake = log["claimerStake"], log["challengerStakeTotal"]
        former = game.bids[-1] if game.bids else None
        by_claimer = claimer_stake - (former.claimer_stake if former else 0)
        by_challenger = challenger_stake - (former.challenger_stake if former else 0)
        bid = Bid(
            number=len(game.bids) + 1,
            bidder=game.claimer if by_claimer else log["lastChallenger"],
            amount=Wei(by_claimer or by_challenger),
            claimer_stake=Wei(claimer_stake),
            challenger_stake=Wei(challenger_stake),
            seconds=seconds,
        )
        self._take(game, bid)

    def _open(self, chain: str, log: Log) -> Game:
        game = Game(
            chain=chain,
            claim_id=ClaimId(log["claimId"]),
            request_id=RequestId(log["requestId"]),
            fill_id=FillId(log["fillId"]),
            claimer=log["claimer"],
        )
        self.games.append(game)
        return game

    def _rule(
        self, request_id: RequestId, fill_id: FillId | None, ground: Ground, seconds: float
    ) -> None:
        for game in self.of_request(request_id):
            if fill_id in {None, game.fill_id} and game.payout is None and _is_news(game, ground):
                self._take(game, Ruling(ground, seconds))

    def _pay(self, chain: str, log: Log, seconds: float) -> None:
        game = self._game(chain, ClaimId(log["claimId"]))
        if game is None:
            return
        if game.ruling is None:
            self._take(game, Ruling(Ground.TIME_OVER, seconds))
        amount = Wei(game.claimer_stake + game.challenger_stake)
        self._take(game, Payout(log["stakeRecipient"], amount, seconds))

    def _take(self, game: Game, turn: Turn) -> None:
        game.turns.append(turn)
        self._on_turn(game, turn)

    def _game(self, chain: str, claim_id: ClaimId) -> Game | None:
        for game in self.games:
            if (game.chain, game.claim_id) == (chain, claim_id):
                return game
        return None


def _is_news(game: Game, ground: Ground) -> bool:
    order = list(Ground)
    return game.ruling is None or order.index(ground) < order.index(game.ruling.ground)
