r"""Delivery: what is ready is signed, in flight, and handed over: many in one batch.

    Ready --nonce, price--> signed, in flight --batch--> taken, or known already: stays in flight
                                                \-------> refused: out again, by rule
                                                 \------> no answer: stays, and is repeated

A nonce that was refused while others behind it were taken goes to the next transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action, Urgency
from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError, RpcResponseError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.allowances import AllowanceBook
from beamer_agent.transactions.budget import Budget, Purse
from beamer_agent.transactions.bundles import Ready
from beamer_agent.transactions.fees import Fees, FeeSource
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import Outcome, SentTransaction
from beamer_agent.transactions.nonces import Nonces
from beamer_agent.transactions.observer import SenderObserver
from beamer_agent.transactions.putting_off import PuttingOff
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.reasons import NotNowError
from beamer_agent.transactions.rejections import Rejection, rejection_of
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.strays import Strays
from beamer_agent.types import Address

MOST_TOGETHER: Final = 50
"""Signed and handed over at once: the first ones are on their way while others are signed."""

TOO_DEAR: Final = "gas is dearer than the operator pays for it"
TOO_MUCH: Final = "the account could not pay for it with all that is in flight"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Hands transactions over. Used by the sender's thread only."""

    client: ChainClient
    signer: Signer
    queue: ActionQueue
    flight: Flight
    strays: Strays
    fee_source: FeeSource
    budget: Budget
    book: AllowanceBook
    putting_off: PuttingOff
    observer: SenderObserver
    clock: Clock
    logger: FilteringBoundLogger

    def send(self, ready: Sequence[Ready], nonces: Nonces, head: Block) -> Rejection | None:
        """Hand over in this order; what stopped it, if not all can be sent in this turn.

        Raises:
            RpcError: it is not known which of them were taken.
        """
        missing: set[Address] = set()
        purse = self.budget.purse(head)
        for first in range(0, len(ready), MOST_TOGETHER):
            signed: list[SentTransaction] = []
            for place, one in enumerate(ready[first : first + MOST_TOGETHER], first):
                # What needs an allowance must stay behind what sets it.
                is_free = not one.planned.allowances
                nonce = nonces.lowest() if is_free else nonces.next()
                if self.strays.is_reached(nonce):
                    return self._hand_over(signed) or Rejection.NONCE_TOO_LOW
                fees = self._offer(ready, place, purse, head)
                for sent in self._sign(one, nonce, fees, missing, head):
                    purse.take(sent.newest.most_cost)
                    signed.append(sent)
            stop = self._hand_over(signed)
            if stop is not None:
                return stop
        return None

    def _sign(
        self, one: Ready, nonce: int, fees: Fees | None, missing: set[Address], head: Block
    ) -> list[SentTransaction]:
        """In flight from now on; none when it must not be sent after all."""
        if any(after.token in missing for after in one.planned.allowances):
            return []  # it counts on an approval that does not come
        if fees is None or not self._mark(one):
            missing.update(
                after.token
                for step in one.planned.steps
                for after in step.allowances
                if step.is_approval
            )
            return []
        signed = self.signer.sign(one.simulated, nonce, fees)
        sent = SentTransaction(
            actions=one.actions,
            simulated=one.simulated,
            is_last_of_action=one.is_last_of_action,
            versions=[signed],
            sent_at_block=head.number,
            sent_at=self.clock.monotonic(),
        )
        # Known before it is sent: when no answer comes, a node may have it all the same.
        self.flight.restore([sent])
        for after in one.planned.allowances:
            self.book.learn(after)
        self.logger.info(
            "Sent transaction",
            action=sent.name,
            transaction=one.planned.label,
            nonce=nonce,
            tx_hash=signed.hash,
        )
        return [sent]

    def _offer(self, ready: Sequence[Ready], place: int, purse: Purse, head: Block) -> Fees | None:
        """The price for one of them; None: it must not be sent now."""
        actions = ready[place].actions
        fees = self.fee_source.offer(actions, head)
        if fees is None:
            reason = TOO_DEAR
        elif _is_behind_its_own(ready, place):
            return fees
        elif _is_dated(actions):
            is_in_order = purse.leaves_enough(_most_cost_from(ready, place, fees), fees)
            return fees if is_in_order else None
        elif purse.spares(_most_cost_from(ready, place, fees)):
            return fees
        else:
            reason = TOO_MUCH
        for action in actions:
            self.putting_off.refuse(action, NotNowError(reason))
        return None

    def _mark(self, one: Ready) -> bool:
        """Whether all its actions are wanted still."""
        if not one.is_last_of_action:
            return all(self.queue.is_waiting(action.key) for action in one.actions)
        marked = [action for action in one.actions if self.queue.mark_in_flight(action.key)]
        if len(marked) == len(one.actions):
            return True
        for action in marked:
            self.queue.mark_waiting(action)
        return False

    def _hand_over(self, transactions: Sequence[SentTransaction]) -> Rejection | None:
        """What stops others of this turn, if anything does."""
        if not transactions:
            return None
        stop: Rejection | None = None
        unknown: RpcError | None = None
        results = self.client.send_raw_transactions([sent.newest.raw for sent in transactions])
        for sent, error in zip(transactions, results, strict=True):
            if error is not None and not isinstance(error, RpcResponseError):
                unknown = unknown or error
                continue
            rejection = None if error is None else rejection_of(error)
            sent.is_delivered = rejection in (None, Rejection.ALREADY_KNOWN)
            if error is not None and rejection is not None and not sent.is_delivered:
                self._take_back(sent, rejection, error)
                stop = rejection if rejection.is_of_all else stop
        if unknown is not None:
            raise unknown
        return stop

    def _take_back(
        self, sent: SentTransaction, rejection: Rejection, error: RpcResponseError
    ) -> None:
        if rejection in (Rejection.NONCE_TOO_LOW, Rejection.UNDERPRICED):
            self.flight.remove(sent)
        else:
            self.flight.refuse(sent)
        self.book.forget()
        if rejection is Rejection.POOL_FULL:
            self.fee_source.doubt()
        self.observer.lost(sent.planned.label, Outcome.DROPPED)
        for action in sent.actions:
            if not sent.is_last_of_action and self.queue.in_flight(action.key) is not None:
                # What needs the approval may be taken all the same: it would only fail.
                self.queue.cancel(action.key)
            elif rejection.is_of_the_action:
                self.putting_off.refuse(action, error)
            else:
                # Our view of the chain was a block old; the next turn has a newer one.
                self.queue.mark_waiting(action)


def _is_dated(actions: Sequence[Action]) -> bool:
    """Whether being late may cost a deposit or a stake: no balance that we know is a reason."""
    return any(action.urgency <= Urgency.INVALIDATE for action in actions)


def _is_behind_its_own(ready: Sequence[Ready], place: int) -> bool:
    """Whether the one before it is for the same actions: it was counted along with that."""
    return place > 0 and ready[place - 1].actions == ready[place].actions


def _most_cost_from(ready: Sequence[Ready], place: int, fees: Fees) -> int:
    """What a transaction could cost with those that follow for the same actions.

    An approval without the fill behind it would be for nothing.
    """
    actions = ready[place].actions
    together = takewhile(lambda one: one.actions == actions, islice(ready, place, None))
    return sum(one.planned.value + one.simulated.gas * fees.maximum for one in together)
