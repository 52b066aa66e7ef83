"""The thief: plays his ploys with real transactions, and takes what he can get."""

from collections.abc import Sequence

from beamer_agent.contracts.call import ContractCall
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.games import Game, GameBook
from beamer_agent.devnet.ploys import FalseBid, FalseClaim, Ploy, next_move
from beamer_agent.devnet.wallet import NO_VALUE
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import CallRevertedError
from beamer_agent.types import Address, Wei

ROLE = "rival"


class Thief:
    """Somebody whom the owner of the bridge has trusted. Waits for no transaction.

    Args:
        world: where he may claim.
    """

    def __init__(self, world: LocalWorld) -> None:
        self.address: Address = world.participant(ROLE).address
        self._claim_stake = world.settings.claim_stake
        self._moves: set[object] = set()
        """What he has tried: nothing is tried twice."""

    def act(self, ploys: Sequence[Ploy], book: GameBook) -> None:
        """Go on with all ploys.

        Raises:
            RpcError: a chain does not answer.
        """
        for ploy in ploys:
            move = next_move(ploy, book, self.address, self._claim_stake)
            if isinstance(move, FalseClaim):
                self._claim(ploy.source, move)
            elif isinstance(move, FalseBid):
                self._bid(ploy.source, move)

    def grab(self, ploys: Sequence[Ploy], book: GameBook) -> None:
        """Try to withdraw from all games, the deposits with it.

        Raises:
            RpcError: a chain does not answer.
        """
        for ploy in ploys:
            game = ploy.game(book, self.address)
            if game is not None and self._is_paid_by(ploy.source, game):
                call = ploy.source.request_manager.contract.call("withdraw", game.claim_id)
                self._send(ploy.source, call, (game.chain, game.claim_id))

    def _claim(self, l2: L2Contracts, claim: FalseClaim) -> None:
        manager = l2.request_manager.contract
        call = manager.call("claimRequest", claim.request_id, claim.fill_id)
        self._send(l2, call, claim, self._claim_stake)

    def _bid(self, l2: L2Contracts, bid: FalseBid) -> None:
        call = l2.request_manager.contract.call("challengeClaim", bid.game.claim_id)
        turn = (bid.game.chain, bid.game.claim_id, len(bid.game.bids))
        self._send(l2, call, turn, bid.amount)

    def _is_paid_by(self, l2: L2Contracts, game: Game) -> bool:
        call = l2.request_manager.contract.call("withdraw", self.address, game.claim_id)
        try:
            return bool(l2.chain.client.read(call) == self.address)
        except CallRevertedError:
            return False

    def _send(
        self, l2: L2Contracts, call: ContractCall, move: object, value: Wei = NO_VALUE
    ) -> None:
        if move in self._moves:
            return
        try:
            l2.chain.wallet(ROLE).send(call, value)
        except CallRevertedError:
            return  # the chain has gone on: he looks again
        self._moves.add(move)
