r"""Dispatch: waiting actions become transactions that a node has.

waiting --last look--> planned --simulate--> gas --sign, next nonce--> in flight --> delivered
            \--------------\--> put off, with the reason
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
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.counts import Counts
from beamer_agent.transactions.earlier_life import EarlierLife
from beamer_agent.transactions.fees import Fees, FeeSource
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import (
    Delivery,
    PlannedTransaction,
    SentTransaction,
    SimulatedTransaction,
)
from beamer_agent.transactions.preparation import ContradictedError, NotNeededError, Prepares
from beamer_agent.transactions.queue import ActionQueue, longest_pause
from beamer_agent.transactions.rejections import Rejection, rejection_of
from beamer_agent.transactions.settled import Settled
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.simulation import Simulation
from beamer_agent.transactions.strays import Strays

SENDING_SECONDS: Final = 1.0
"""The longest time for which actions are sent in one turn, in the order of its beginning."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Turn:
    """What holds for all actions that are started in one step."""

    head: Block
    fees: Fees


class Dispatch:
    """Sends what waits. Used by the sender's thread only.

    Args:
        wake: set when a turn has left something waiting.
    """

    def __init__(
        self,
        client: ChainClient,
        signer: Signer,
        preparation: Prepares,
        queue: ActionQueue,
        flight: Flight,
        settled: Settled,
        counts: Counts,
        strays: Strays,
        earlier_life: EarlierLife,
        fee_source: FeeSource,
        *,
        wake: threading.Event,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._client = client
        self._signer = signer
        self._preparation = preparation
        self._queue = queue
        self._flight = flight
        self._settled = settled
        self._counts = counts
        self._strays = strays
        self._earlier_life = earlier_life
        self._fee_source = fee_source
        self._simulation = Simulation(client, flight, signer.address)
        self._wake = wake
        self._clock = clock
        self._logger = logger
        self._mined = 0

    def send_waiting(self, head: Block) -> None:
        """Send waiting actions, most urgent first, for some time; what is left is sent next turn.

        Raises:
            RpcError: the chain does not answer.
        """
        waiting = self._queue.waiting()
        if not waiting or self._flight.is_holding():
            return
        counts = self._counts.look()
        if counts is None:
            return
        self._mined, pending = counts
        if self._strays.bring_back(self._next_nonce(), head):
            return
        if self._is_behind_others(pending, head):
            return
        turn = _Turn(head, self._fee_source.fees(head))
        until = self._clock.monotonic() + SENDING_SECONDS
        for action in waiting:
            if not self._start(action, turn):
                return
            if self._clock.monotonic() >= until:
                # What is more urgent may have come meanwhile, newer fees and receipts too.
                self._wake.set()
                return

    def _is_behind_others(self, pending: int, head: Block) -> bool:
        """Whether transactions that are not ours of this life are still to be mined before ours.

        They may be those of an earlier life, carrying out the very actions that wait here: nothing
        is added behind them until they are mined or gone.
        """
        # After a reorganisation a node may count as before, or less than we saw mined: our own are
        # known here, whatever it says.
        known = max(self._mined, self._settled.next_nonce)
        own = self._flight.first_nonce()
        others = (pending if own is None else own) - known
        if others > 0:
            self._earlier_life.wait_for(others, self._mined, head)
        else:
            self._earlier_life.end()
        return others > 0

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
        nonce = self._next_nonce()
        if self._strays.is_reached(nonce):
            return Delivery.BLOCKED
        if is_last and not self._queue.mark_in_flight(action.key):
            return Delivery.REFUSED
        simulated = SimulatedTransaction(planned, gas)
        signed = self._signer.sign(simulated, nonce, turn.fees)
        sent = SentTransaction(
            actions=(action,),
            simulated=simulated,
            is_last_of_action=is_last,
            versions=[signed],
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

    def _next_nonce(self) -> int:
        return max(self._flight.next_nonce() or self._mined, self._settled.next_nonce)

    def _deliver(self, sent: SentTransaction) -> Delivery:
        try:
            self._client.send_raw_transaction(sent.newest.raw)
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
            for action in sent.actions:
                self._queue.mark_waiting(action)
            return Delivery.BLOCKED
        for action in sent.actions:
            self._refuse(action, str(error))
        return Delivery.BLOCKED if rejection is Rejection.UNDERPRICED else Delivery.REFUSED

    def _refuse(self, action: Action, reason: str) -> None:
        if self._queue.refuse(action.key, reason, longest=longest_pause(action)):
            self._logger.warning("Put action off", action=action.key, error=reason)
