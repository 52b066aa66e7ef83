"""TransactionSender: the only owner of an account's nonces on one chain.

    submit(action)            step(), in the sender's thread, on every head and every submit
        |                         1. what is in flight: receipts, resending (FlightWatch)
        v                         2. balances (Wallet)
    ActionQueue  ------------->   3. waiting actions: last look, simulate, sign, send

Nothing is waited for: a transaction is looked after again when the next head arrives.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.errors import (
    CallRevertedError,
    RpcHttpError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
)
from beamer_agent.events.view import Batch
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.fees import Fees, suggest_fees
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import Delivery, PlannedTransaction, SentTransaction
from beamer_agent.transactions.preparation import (
    ContradictedError,
    NotNeededError,
    Prepares,
)
from beamer_agent.transactions.queue import ActionQueue, longest_pause
from beamer_agent.transactions.rejections import Rejection, rejection_of
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.simulation import Simulation
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.transactions.watch import FlightWatch
from beamer_agent.types import BlockNumber

TURN_SECONDS: Final = 1.0
"""The longest time between two turns, for chains that make no blocks by themselves."""
BALANCE_SECONDS: Final = 30.0
"""Balances change by others' transfers too; this often we look."""
REMEMBER_BLOCKS: Final = 256
"""How long a done action is remembered beyond confirmation, until its event is folded."""
REMEMBER_SECONDS: Final = 3_600.0
"""How long a refusal is remembered after its pause, so that its reason is not logged anew."""
SENDING_SECONDS: Final = 1.0
"""The longest time for which actions are sent in one turn, in the order of its beginning."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Turn:
    """What holds for all actions that are started in one step."""

    head: Block
    fees: Fees


class TransactionSender:
    """Sends the actions of one account on one chain; many in flight, each obligation once.

    Args:
        confirmation_blocks: depth at which this chain's events are folded.
        wake: set whenever the sender's thread has something to do.
        on_change: called after new balances are known; must not wait.
    """

    def __init__(
        self,
        client: ChainClient,
        signer: Signer,
        preparation: Prepares,
        wallet: Wallet,
        *,
        confirmation_blocks: int,
        wake: threading.Event,
        on_change: Callable[[], None] = lambda: None,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._client = client
        self._signer = signer
        self._preparation = preparation
        self._wallet = wallet
        self._remember_blocks = confirmation_blocks + REMEMBER_BLOCKS
        self._wake = wake
        self._on_change = on_change
        self._clock = clock
        self._logger = logger.bind(chain_id=signer.chain_id)
        self._queue = ActionQueue(clock)
        self._flight = Flight()
        self._simulation = Simulation(client, self._flight, signer.address)
        self._watch = FlightWatch(client, signer, self._flight, self._queue, clock, self._logger)
        self._head: Block | None = None
        self._balances_due_at = 0.0
        self._is_held_up = False

    def submit(self, action: Action) -> bool:
        """Have an action carried out, once; False when its key is known or paused. Never waits."""
        is_new = self._queue.submit(action)
        if is_new:
            self._wake.set()
        return is_new

    def cancel(self, key: str) -> None:
        """Drop an action, or undo it while it is not mined. Never waits."""
        if self._queue.cancel(key):
            self._wake.set()

    def is_working_on(self, key: str) -> bool:
        """Whether the action waits, is in flight, or is done and perhaps not folded yet."""
        return self._queue.is_working_on(key)

    def done_at(self, key: str) -> BlockNumber | None:
        """The block in which the action was carried out; None when it was not, or long ago."""
        return self._queue.done_at(key)

    def is_contradicted(self, key: str) -> bool:
        """Whether the chain, at the last attempt, said the opposite of what it was to prove."""
        return self._queue.is_contradicted(key)

    def accepts(self, key: str) -> bool:
        """Whether `submit` would take the action now."""
        return self._queue.accepts(key)

    def notice(self, batch: Batch) -> None:
        """Take the newest head from the chain's monitor. Never waits."""
        self._head = batch.view.head
        self._wake.set()

    def step(self) -> float:
        """One turn; see the drawing above. The seconds until the next one.

        Raises:
            RpcError: the chain does not answer; the next turn goes on where this one stopped.
        """
        head = self._head
        if head is None:
            return TURN_SECONDS
        settled_until = self._watch.look(head) if len(self._flight) > 0 else None
        self._refresh_balances(head, settled_until)
        self._start_waiting(head)
        self._queue.forget(BlockNumber(head.number - self._remember_blocks), REMEMBER_SECONDS)
        return TURN_SECONDS

    def _refresh_balances(self, head: Block, settled_until: BlockNumber | None) -> None:
        now = self._clock.monotonic()
        if settled_until is not None:
            self._balances_due_at = 0.0  # until it has worked
        if now >= self._balances_due_at:
            # Receipts may already tell of a block that the monitor has not seen.
            self._wallet.refresh(max(head.number, settled_until or head.number))
            self._balances_due_at = now + BALANCE_SECONDS
            self._on_change()

    def _start_waiting(self, head: Block) -> None:
        waiting = self._queue.waiting()
        if not waiting or self._is_behind_others():
            return
        turn = _Turn(head, suggest_fees(self._client, head))
        until = self._clock.monotonic() + SENDING_SECONDS
        for action in waiting:
            if not self._start(action, turn):
                return
            if self._clock.monotonic() >= until:
                # What is more urgent may have come meanwhile, newer fees and receipts too.
                self._wake.set()
                return

    def _is_behind_others(self) -> bool:
        """Whether transactions that are not ours of this life wait in the pool.

        They may be those of an earlier life, carrying out the very actions that wait here: nothing
        is added behind them until they are mined or gone.
        """
        if len(self._flight) > 0:
            return False
        mined, pending = self._client.transaction_counts(self._signer.address)
        is_held_up = pending > mined
        if is_held_up and not self._is_held_up:
            self._logger.warning(
                "Waiting for transactions of an earlier life", transactions=pending - mined
            )
        self._is_held_up = is_held_up
        self._next_nonce = mined
        return is_held_up

    def _start(self, action: Action, turn: _Turn) -> bool:
        """Send an action's transactions; False when no other may be sent in this turn."""
        prepare = partial(self._preparation.prepare, action, self._flight.allowance)
        planned = self._answer(action, prepare) or []
        for place, transaction in enumerate(planned):
            gas = self._answer(action, partial(self._simulation.gas, transaction))
            if gas is None:
                return True
            is_last = place == len(planned) - 1
            delivery = self._send(action, transaction, gas, turn, is_last=is_last)
            if delivery is not Delivery.TAKEN:
                return delivery is Delivery.REFUSED
        return True

    def _answer(self, action: Action, ask: Callable[[], T]) -> T | None:
        """What the chain says to a question about an action; None: the action is put off.

        Raises:
            RpcError: the endpoint is in trouble; if for this action only, others go first next.
        """
        try:
            return ask()
        except NotNeededError as reason:
            is_contradicted = isinstance(reason, ContradictedError)
            if self._queue.refuse(
                action.key,
                str(reason),
                is_contradicted=is_contradicted,
                longest=longest_pause(action),
            ):
                self._logger.info("Put action off", action=action.key, error=str(reason))
        except CallRevertedError as error:
            self._refuse(action, error.reason)
        except (RpcTimeoutError, RpcHttpError) as error:
            self._refuse(action, str(error))
            raise
        except (RpcResponseError, RpcPayloadError) as error:
            # A no to this action, "insufficient funds" for one; the others go on.
            self._refuse(action, str(error))
        return None

    def _send(
        self,
        action: Action,
        planned: PlannedTransaction,
        gas: int,
        turn: _Turn,
        *,
        is_last: bool,
    ) -> Delivery:
        if is_last and not self._queue.mark_in_flight(action.key):
            return Delivery.REFUSED
        nonce = self._flight.next_nonce() or self._next_nonce
        signed = self._signer.sign(planned, nonce, gas, turn.fees)
        sent = SentTransaction(
            action=action,
            planned=planned,
            is_last_of_action=is_last,
            nonce=nonce,
            gas=gas,
            fees=turn.fees,
            raw=signed.raw,
            hashes=[signed.hash],
            sent_at_block=turn.head.number,
            sent_at=self._clock.monotonic(),
        )
        # Known before it is sent: when no answer comes, a node may have it all the same.
        self._flight.add(sent)
        self._logger.info(
            "Sent transaction",
            action=action.key,
            transaction=planned.label,
            nonce=nonce,
            tx_hash=signed.hash,
        )
        return self._deliver(sent)

    def _deliver(self, sent: SentTransaction) -> Delivery:
        try:
            self._client.send_raw_transaction(sent.raw)
        except RpcResponseError as error:
            if rejection_of(error) is not Rejection.ALREADY_KNOWN:
                return self._take_back(sent, error)
        sent.is_delivered = True
        return Delivery.TAKEN

    def _take_back(self, sent: SentTransaction, error: RpcResponseError) -> Delivery:
        self._flight.remove(sent)
        rejection = rejection_of(error)
        if rejection in (Rejection.NONCE_TOO_LOW, Rejection.FEE_TOO_LOW):
            # Our view of the chain was a block old; the next turn has a newer one.
            self._queue.mark_waiting(sent.action)
            return Delivery.BLOCKED
        self._refuse(sent.action, str(error))
        return Delivery.BLOCKED if rejection is Rejection.UNDERPRICED else Delivery.REFUSED

    def _refuse(self, action: Action, reason: str) -> None:
        if self._queue.refuse(action.key, reason, longest=longest_pause(action)):
            self._logger.warning("Put action off", action=action.key, error=reason)
