"""EvmSender: carries out an agent's actions on an EvmChain at once, prepared as always."""

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.errors import RpcResponseError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.transactions.preparation import Preparation
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.reasons import ContradictedError, NotNeededError
from beamer_agent.transactions.simulation import call_fields
from beamer_agent.types import Address, BlockNumber
from tests.preparing import draft_of
from tests.property.game.endpoint import make_evm_client
from tests.property.game.evm import EvmChain
from tests.property.game.world import World


class EvmSender(ActionQueue):
    """A sender whose transactions are in the open block as soon as they are sent."""

    def __init__(self, world: World, chain: EvmChain, account: Address, clock: Clock) -> None:
        super().__init__(clock)
        self._world = world
        self._chain = chain
        self._account = account
        self._client = make_evm_client(chain)
        request_manager, fill_manager = world.source_side.manager, world.target_side.manager
        self._preparation = Preparation(
            client=self._client,
            account=account,
            request_manager=request_manager,
            fill_manager=fill_manager,
            decoder=EventDecoder(chain.chain_id, [request_manager.abi, fill_manager.abi]),
        )

    def carry_out(self) -> list[Action]:
        """Everything that waits; what was not refused."""
        return [action for action in self.waiting() if self._start(action)]

    def _start(self, action: Action) -> bool:
        try:
            for transaction in draft_of(self._preparation, action).planned:
                self._client.estimate_gas(call_fields(transaction, self._account))
                is_mined = self._world.act(
                    self._chain, self._account, transaction.call, transaction.value
                )
                assert is_mined, "it has just been simulated"
        except (NotNeededError, RpcResponseError) as error:
            is_contradicted = isinstance(error, ContradictedError)
            self.refuse(action.key, str(error), is_contradicted=is_contradicted)
            return False
        self.mark_in_flight(action.key)
        self.mark_done(action.key, BlockNumber(self._chain.head.number + 1))
        return True
