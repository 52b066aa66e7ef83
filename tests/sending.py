"""A TransactionSender on a chain in memory, turned by hand."""

import threading
from contextlib import suppress
from typing import Any

from beamer_agent.actions.model import Action
from beamer_agent.contracts.interface import Contract, packaged_contract
from beamer_agent.errors import RpcError, RpcTimeoutError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.view import Batch
from beamer_agent.transactions.fee_limits import NO_LIMITS, FeeLimits
from beamer_agent.transactions.losses import LOSS_SECONDS
from beamer_agent.transactions.observer import SenderObserver
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from beamer_agent.transactions.preparation import Preparation
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import BlockNumber, Seconds
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, make_client, make_line
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, TARGET_TOKEN
from tests.fake_chain import PoolChain
from tests.fake_events import ACCOUNT, CHAIN_ID
from tests.made_views import make_chain_view

BLOCK_SECONDS = Seconds(2)
GIVEN_UP_BLOCKS = 3 * RESEND_BLOCKS + int(LOSS_SECONDS / BLOCK_SECONDS)
"""Within these a nonce that another transaction has is given up."""
REQUEST_MANAGER_ABI = packaged_contract("RequestManager")["abi"]
FILL_MANAGER_ABI = packaged_contract("FillManager")["abi"]
NO_ANSWER = RpcTimeoutError("no answer in time")


def make_preparation(client: Any) -> Preparation:
    """What a sender of the account prepares with."""
    return Preparation(
        client=client,
        account=ACCOUNT.address,
        request_manager=Contract(REQUEST_MANAGER, REQUEST_MANAGER_ABI),
        fill_manager=Contract(FILL_MANAGER, FILL_MANAGER_ABI),
        decoder=EventDecoder(CHAIN_ID, [REQUEST_MANAGER_ABI, FILL_MANAGER_ABI]),
    )


class Sending:
    """One life of a sender; another one on the same chain is the next life of the process.

    Args:
        chain: whose blocks and heads there are.
        others: further endpoints of it.
        finality_blocks: by which the monitor forgets.
        fee_limits: of the operator.
        observer: is told of the transactions.
    """

    def __init__(
        self,
        chain: PoolChain,
        *others: ScriptedTransport,
        finality_blocks: int = 64,
        fee_limits: FeeLimits = NO_LIMITS,
        observer: SenderObserver | None = None,
    ) -> None:
        self.chain = chain
        self.finality_blocks = finality_blocks
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.wake = threading.Event()
        self.changes = 0
        client = make_line(chain, "l2a", *others).client if others else make_client(chain)
        self.wallet = Wallet(
            client, ACCOUNT.address, [TARGET_TOKEN], on_change=self._changed, clock=self.clock
        )
        self.sender = TransactionSender(
            client,
            Signer(ACCOUNT, CHAIN_ID),
            make_preparation(client),
            self.wallet,
            wake=self.wake,
            clock=self.clock,
            logger=self.log.logger,
            fee_limits=fee_limits,
            observer=observer,
        )

    def _changed(self) -> None:
        self.changes += 1

    def notice(self, dead_above: int | None = None) -> None:
        """Tell the sender the newest head, and which blocks were replaced."""
        head = self.chain.head()
        final_until = BlockNumber(head.number - self.finality_blocks)
        view = make_chain_view(CHAIN_ID, head=head, final_until=final_until)
        dead = None if dead_above is None else BlockNumber(dead_above)
        self.sender.notice(Batch(view, (), dead))

    def reorganise(self, depth: int, *, keep_in_pool: bool) -> None:
        """Blocks are replaced by as many empty ones, and the monitor tells so."""
        self.chain.reorg(depth, keep_in_pool=keep_in_pool)
        self.notice(self.chain.number - depth)

    def turn(self) -> None:
        """One step, with the newest head; raises what the step raises."""
        self.notice()
        self.sender.step()

    def try_turn(self) -> None:
        """One step as a Worker makes it: an endpoint's trouble is not the end."""
        with suppress(RpcError):
            self.turn()

    def blocks(self, count: int) -> None:
        """Blocks as they come, with a turn after each."""
        for _ in range(count):
            self.chain.mine()
            self.clock.advance(BLOCK_SECONDS)
            self.try_turn()

    def carry_out(self, *actions: Action) -> None:
        """Submit, send and mine actions; the sender knows them as done."""
        for action in actions:
            assert self.sender.submit(action)
        self.turn()
        self.blocks(1)
        assert all(self.sender.done_at(action.key) is not None for action in actions)

    def sent_labels(self) -> list[str]:
        """What the log says was sent for the first time, in order."""
        lines = self.log.lines
        return [line["transaction"] for line in lines if line["event"] == "Sent transaction"]

    def put_off(self) -> list[str]:
        """Why actions were put off, in order."""
        return [line["error"] for line in self.log.lines if line["event"] == "Put action off"]

    def is_idle(self) -> bool:
        """Whether nothing of the account waits in the pool."""
        return not self.chain.pool
