"""A sender of the agent's account on a real local chain, turned by hand."""

import threading

from beamer_agent.actions.model import FillRequest
from beamer_agent.contracts.interface import load_interfaces
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.transactions.preparation import Preparation
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import BlockNumber, RequestId, Timestamp, TokenAmount
from tests.doubles import FakeClock, RecordingLogger

INTERFACES = load_interfaces(None)


class Station:
    """A sender of the agent's account on one chain."""

    def __init__(self, world: LocalWorld, l2: L2Contracts, *, batch: bool = False) -> None:
        self.world = world
        self.l2 = l2
        self.chain = l2.chain
        self.clock = FakeClock()
        self.log = RecordingLogger()
        account = account_of("agent")
        self.account = account.address
        self.signer = Signer(account, self.chain.chain_id)
        abis = [INTERFACES.request_manager, INTERFACES.fill_manager]
        self.preparation = Preparation(
            client=self.chain.client,
            account=account.address,
            request_manager=l2.request_manager.contract,
            fill_manager=l2.fill_manager.contract,
            decoder=EventDecoder(self.chain.chain_id, abis),
        )
        tokens = [token.address for token in l2.tokens.values()]
        self.wallet = Wallet(self.chain.client, account.address, tokens)
        self.sender = TransactionSender(
            self.chain.client,
            self.signer,
            self.preparation,
            self.wallet,
            wake=threading.Event(),
            clock=self.clock,
            logger=self.log.logger,
            batch=batch,
        )

    def fill(self, nonce: int, symbol: str = "DAI", approval: int = 10) -> FillRequest:
        """A request to fill; the contract cannot know whether it exists."""
        created = self.l2.tokens[symbol].address
        return FillRequest(
            request_id=RequestId(nonce.to_bytes(32)),
            source_chain_id=self.world.pair[1].chain.chain_id,
            target_token=created,
            receiver=self.world.participant("user").address,
            amount=TokenAmount(10),
            nonce=nonce,
            approval=TokenAmount(approval),
            known_until=self.chain.client.head().number,
            deadline=Timestamp(2**32 - 1),
        )

    def turn(self, dead_above: int | None = None) -> None:
        """One step with the newest head; blocks may have been replaced."""
        head = self.chain.client.head()
        view = ChainView(self.chain.chain_id, head, head.number, True, True)
        dead = None if dead_above is None else BlockNumber(dead_above)
        self.clock.advance(1)  # what has been submitted just now is not waited for any more
        self.sender.notice(Batch(view, (), dead))
        self.sender.step()
        self.clock.advance(1)

    def reorganise(self, depth: int, method: str = "anvil_reorg") -> None:
        """Blocks are replaced by empty ones, or by none, and the monitor tells so."""
        client = self.chain.client
        before = client.head()
        client.call(method, depth, *([[]] if method == "anvil_reorg" else []))
        client.call("anvil_setTime", before.timestamp)  # else it stays back by what was replaced
        self.turn(before.number - depth)

    def blocks(self, count: int) -> None:
        """Blocks with a turn after each."""
        for _ in range(count):
            self.chain.mine()
            self.turn()

    def in_pool(self) -> int:
        """How many of the account's transactions wait."""
        mined, pending = self.chain.client.transaction_counts(self.account)
        return pending - mined

    def warnings(self) -> list[str]:
        """Sentences that tell of trouble."""
        return [line["event"] for line in self.log.lines if line["log_level"] == "warning"]
