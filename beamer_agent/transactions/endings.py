"""Endings: what it means for actions that a transaction has ended."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from beamer_agent.economy.gas_book import APPROVE, GasBook
from beamer_agent.transactions.bundles import SINGLE, failures
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import (
    MinedTransaction,
    Outcome,
    ReplacedTransaction,
    SentTransaction,
)
from beamer_agent.transactions.observer import SenderObserver
from beamer_agent.transactions.queue import ActionQueue, longest_pause
from beamer_agent.transactions.settled import Settled
from beamer_agent.transactions.standing import reduce
from beamer_agent.types import BlockNumber, Wei

LOST_NONCE = "another transaction used the nonce"

Standing = dict[str, set[SentTransaction]]
"""By the key of an action: the transactions in flight that are the last of it."""


@dataclass(frozen=True, slots=True)
class Endings:
    """Takes transactions out of flight. Used by the sender's thread only."""

    flight: Flight
    settled: Settled
    queue: ActionQueue
    observer: SenderObserver
    gas_book: GasBook
    describe_revert: Callable[[bytes], str]
    """What the data of a revert mean, in words for the log."""
    logger: FilteringBoundLogger
    on_starved: Callable[[], None] = lambda: None
    """Told of a transaction that has used up its gas: less than it needed, most likely."""

    def take(self, mined: Sequence[MinedTransaction]) -> None:
        """Blocks have these, in the order of their nonces."""
        standing = self._standing() if mined else {}
        for end in mined:
            self._take_out(end.sent, standing)
            self._settle(end, standing)
            self.settled.add(end)
            self.observer.mined(end)

    def lose(self, sent: SentTransaction, head: BlockNumber) -> None:
        """No version of ours took the nonce: its actions need a new one."""
        standing = self._standing()
        self._take_out(sent, standing)
        sent.held_since = None
        self._give_up(sent, LOST_NONCE, standing)
        self.settled.add(ReplacedTransaction(sent, head))
        self.observer.lost(sent.planned.label, Outcome.REPLACED)
        self.observer.foreign()
        self.logger.warning(
            "Lost the nonce to another transaction", action=sent.name, nonce=sent.nonce
        )

    def _standing(self) -> Standing:
        standing: Standing = defaultdict(set)
        for sent in self.flight:
            if sent.is_last_of_action:
                for key in sent.keys:
                    standing[key].add(sent)
        return standing

    def _take_out(self, sent: SentTransaction, standing: Standing) -> None:
        self.flight.remove(sent)
        for key in sent.keys:
            standing[key].discard(sent)

    def _settle(self, mined: MinedTransaction, standing: Standing) -> None:
        sent, gas_used = mined.sent, mined.receipt.gas_used
        logger = self.logger.bind(
            action=sent.name,
            transaction=sent.planned.label,
            tx_hash=mined.version.hash,
            block_number=mined.block_number,
        )
        sent.held_since = None
        if mined.outcome is Outcome.UNDONE:
            logger.info("Cancelled transaction")
            self._give_up(sent, "cancelled", standing)
        elif mined.outcome is Outcome.REVERTED:
            logger.warning("Transaction reverted", gas_used=gas_used)
            if gas_used > mined.version.gas * 19 // 20:
                self.on_starved()
            self._give_up(sent, "reverted", standing)
        else:
            logger.info("Mined transaction", gas_used=gas_used)
            failed = failures(sent.planned, mined.receipt, self.describe_revert)
            if not failed:
                self._learn(mined)  # what fails costs less than what it was to do
            if sent.is_last_of_action:
                self._finish(mined, failed.keys(), standing)
                self._put_off(sent, failed, standing)

    def _learn(self, mined: MinedTransaction) -> None:
        planned, receipt = mined.sent.planned, mined.receipt
        count = len(set(planned.keys)) or 1
        label = SINGLE.get(planned.label, planned.label)
        # A bundle's approvals are not its fills: they count beside them, where each needs one.
        approvals = sum(part.is_approval for part in planned.parts)
        gas = receipt.gas_used - approvals * self.gas_book.usage(APPROVE).gas
        self.gas_book.learn(label, max(0, gas) // count, Wei(receipt.data_fee // count))

    def _finish(
        self, mined: MinedTransaction, failed: Collection[str], standing: Standing
    ) -> None:
        """Its actions are carried out, though perhaps others were to do so by now."""
        sent = mined.sent
        done = [key for key in sent.keys if key not in failed]
        for key in done:
            for other in tuple(standing[key]):
                left = [action for action in other.actions if action.key not in done]
                reduce(other, left, self.queue)
        sent.is_retired = False
        for key in done:
            self.queue.mark_done(key, mined.block_number)

    def _put_off(
        self, sent: SentTransaction, failed: Mapping[str, str], standing: Standing
    ) -> None:
        """Those of a bundle that failed, each alone; it stands for them still, if it comes back.

        Then not all it stands for was done: it is undone as a whole, and the rest planned anew.
        """
        for action in sent.actions:
            reason = failed.get(action.key)
            if reason is None or any(not other.is_retired for other in standing[action.key]):
                continue
            if self.queue.refuse(action.key, reason, longest=longest_pause(action)):
                self.logger.warning("Put action off", action=action.key, error=reason)

    def _give_up(self, sent: SentTransaction, reason: str, standing: Standing) -> None:
        if sent.is_retired:
            return
        sent.is_retired = True
        # The last transaction's fate decides; until it is known, nothing may be sent anew.
        for action in sent.actions:
            if all(other.is_retired for other in standing[action.key]):
                self.queue.refuse(action.key, reason, longest=longest_pause(action))
