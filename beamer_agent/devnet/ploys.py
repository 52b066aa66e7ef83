"""What a thief is up to: the attacks of the demo, and what each leads him to do next (pure)."""

from dataclasses import dataclass
from enum import Enum

from eth_utils.crypto import keccak

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.games import Game, GameBook
from beamer_agent.types import (
    Address,
    FillId,
    RequestId,
    TokenAmount,
    TransactionHash,
    Wei,
)


class Trick(Enum):
    """How a ploy begins. The values are sentences for the table."""

    INVENTED_FILL = "claims a fill nobody made"
    FOREIGN_FILL = "claims the agent's fill"
    FALSE_CHALLENGE = "challenges an honest claim"


@dataclass(slots=True)
class Ploy:
    """One attack, on one request of a user."""

    trick: Trick
    answers: int
    """How often the thief bids again when he is out-bid; then he gives up."""
    source: L2Contracts
    target: L2Contracts
    symbol: str
    amount: TokenAmount
    transaction_hash: TransactionHash | None = None
    """Of the request, once it was sent."""
    request_id: RequestId | None = None
    fill_id: FillId | None = None
    """Of the agent's fill."""
    deposit_receiver: Address | None = None
    """Who took the request's deposit; None: it is still there."""

    @property
    def is_fillable(self) -> bool:
        """Whether the agent can serve the request."""
        return self.trick is not Trick.INVENTED_FILL

    def game(self, book: GameBook, thief: Address) -> Game | None:
        """The game of it: that of the thief's claim, or of the one he challenges."""
        if self.request_id is None:
            return None
        is_his = self.trick is not Trick.FALSE_CHALLENGE
        games = book.of_request(self.request_id)
        return next((game for game in games if (game.claimer == thief) is is_his), None)

    def is_over(self, book: GameBook, thief: Address) -> bool:
        """Whether nothing is left to win: the stakes, nor the deposit of what was filled."""
        game = self.game(book, thief)
        if game is None or not game.is_over:
            return False
        is_lost = game.payout is not None and game.payout.receiver == thief
        return is_lost or not self.is_fillable or self.deposit_receiver is not None


@dataclass(frozen=True, slots=True)
class FalseClaim:
    """The thief claims a deposit."""

    request_id: RequestId
    fill_id: FillId


@dataclass(frozen=True, slots=True)
class FalseBid:
    """The thief bids in a game, no more than he must."""

    game: Game
    amount: Wei


def next_move(
    ploy: Ploy, book: GameBook, thief: Address, claim_stake: Wei
) -> FalseClaim | FalseBid | None:
    """What the thief does now; None: he waits, or has given up."""
    game = ploy.game(book, thief)
    if game is None:
        return _opening(ploy)
    if game.ruling is not None or game.is_claimer_ahead is (game.claimer == thief):
        return None
    own_bids = sum(bid.bidder == thief for bid in game.bids)
    if own_bids > ploy.answers:
        return None
    ahead = game.claimer_stake - game.challenger_stake
    return FalseBid(game, Wei(ahead + 1 if ahead > 0 else claim_stake - ahead))


def _opening(ploy: Ploy) -> FalseClaim | None:
    if ploy.request_id is None or ploy.trick is Trick.FALSE_CHALLENGE:
        return None
    if ploy.trick is Trick.INVENTED_FILL:
        return FalseClaim(ploy.request_id, FillId(keccak(b"never made" + ploy.request_id)))
    return None if ploy.fill_id is None else FalseClaim(ploy.request_id, ploy.fill_id)
