"""Endings: what it means for actions that a transaction has ended."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from beamer_agent.economy.gas_book import GasBook
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
from beamer_agent.types import BlockNumber

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
    logger: FilteringBoundLogger

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
            self._give_up(sent, "reverted", standing)
        else:
            logger.info("Mined transaction", gas_used=gas_used)
            self.gas_book.learn(sent.planned.label, gas_used, mined.receipt.data_fee)
            if sent.is_last_of_action:
                self._finish(sent, mined.block_number, standing)

    def _finish(self, sent: SentTransaction, number: BlockNumber, standing: Standing) -> None:
        """Its actions are carried out, though perhaps others were to do so by now."""
        for key in sent.keys:
            for other in tuple(standing[key]):
                left = [action for action in other.actions if action.key not in sent.keys]
                reduce(other, left, self.queue)
        sent.is_retired = False
        for key in sent.keys:
            self.queue.mark_done(key, number)

    def _give_up(self, sent: SentTransaction, reason: str, standing: Standing) -> None:
        if sent.is_retired:
            return
        sent.is_retired = True
        # The last transaction's fate decides; until it is known, nothing may be sent anew.
        for action in sent.actions:
            if all(other.is_retired for other in standing[action.key]):
                self.queue.refuse(action.key, reason, longest=longest_pause(action))
