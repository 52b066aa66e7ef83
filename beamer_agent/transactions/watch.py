"""What becomes of transactions in flight: mined, sent again, or undone."""

from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block, Receipt
from beamer_agent.transactions.counts import WIDEST_GAP, Counts
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import (
    MinedTransaction,
    Outcome,
    ReplacedTransaction,
    SentTransaction,
)
from beamer_agent.transactions.orphans import Orphans
from beamer_agent.transactions.queue import ActionQueue, longest_pause
from beamer_agent.transactions.settled import Settled
from beamer_agent.transactions.standing import reduce
from beamer_agent.transactions.strays import Strays
from beamer_agent.transactions.versions import Versions
from beamer_agent.types import BlockNumber, TransactionHash

RESEND_BLOCKS: Final = 4
RESEND_SECONDS: Final = 4.0
"""A transaction is sent again when it is older than both: block times differ a lot."""

HEAD_BLOCKS: Final = 64
"""So far from the heads that we know may the block of a receipt be: endpoints differ a little."""

LOST_NONCE = "another transaction used the nonce"


@dataclass(frozen=True, slots=True)
class FlightWatch:
    """Follows the transactions in flight. Used by the sender's thread only."""

    client: ChainClient
    counts: Counts
    flight: Flight
    settled: Settled
    queue: ActionQueue
    versions: Versions
    orphans: Orphans
    strays: Strays
    clock: Clock
    logger: FilteringBoundLogger

    def settle(self, head: Block) -> BlockNumber | None:
        """Find what is mined, and what is not any more; the newest block that changed something.

        Asks nothing when nothing is in flight, and nothing settled is to be looked at again.

        Raises:
            RpcError: the chain does not answer.
        """
        versions = self.flight.versions()
        due = self.settled.due(head.number)
        for sent in (*self.flight, *(mined.sent for mined in due)):
            sent.know_head(head.number)
        hashes = [*(version.hash for _, version in versions), *(m.version.hash for m in due)]
        receipts = self.client.receipts(hashes)
        mined: list[Receipt] = []
        for (sent, version), receipt in zip(versions, receipts, strict=False):
            is_open = sent in self.flight  # two versions cannot both be mined
            if is_open and receipt is not None and _is_possible(receipt, version.hash, sent, head):
                self.flight.remove(sent)
                self._settle(sent.mined(receipt))
                mined.append(receipt)
        gone = self._confirm(due, receipts[len(versions) :], head)
        self.orphans.bring_back(gone, head)
        changed = [receipt.block_number for receipt in mined] + [head.number for _ in gone]
        return max(changed, default=None)

    def push(self, head: Block) -> None:
        """Send again what is not mined, undo what is not wanted.

        Raises:
            RpcError: the chain does not answer.
        """
        self.orphans.look()
        self._undo(head)
        self._deliver_again()  # after undoing: what is cancelled must not arrive late
        overdue = [sent for sent in self.flight if self._is_overdue(sent, head)]
        if overdue:
            self._renew(overdue, head)

    def _confirm(
        self,
        due: list[MinedTransaction],
        receipts: list[Receipt | None],
        head: Block,
    ) -> list[SentTransaction]:
        """Those that no block has any more, though nobody has told of its end."""
        gone = []
        for mined, receipt in zip(due, receipts, strict=True):
            if receipt is None:
                gone.append(mined.sent.nonce)
            elif _is_possible(receipt, mined.version.hash, mined.sent, head):
                self.settled.confirm(mined.sent.mined(receipt), head.number)
        # Where one is missing, no block can have those behind it.
        return self.settled.take_from(min(gone)) if gone else []

    def _settle(self, mined: MinedTransaction) -> None:
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
            self._give_up(sent, "cancelled")
        elif mined.outcome is Outcome.REVERTED:
            logger.warning("Transaction reverted", gas_used=gas_used)
            self._give_up(sent, "reverted")
        else:
            logger.info("Mined transaction", gas_used=gas_used)
            if sent.is_last_of_action:
                self._finish(sent, mined.block_number)
        self.settled.add(mined)

    def _finish(self, sent: SentTransaction, block_number: BlockNumber) -> None:
        """Its action is carried out, though perhaps another transaction was to do so by now."""
        for other in self.flight:
            if other.is_last_of_action:
                left = [action for action in other.actions if action.key not in sent.keys]
                reduce(other, left, self.queue)
        sent.is_retired = False
        for key in sent.keys:
            self.queue.mark_done(key, block_number)

    def _give_up(self, sent: SentTransaction, reason: str) -> None:
        if sent.is_retired:
            return
        sent.is_retired = True
        # The last transaction's fate decides; until it is known, nothing may be sent anew.
        undecided = {
            key
            for other in self.flight
            if other.is_last_of_action and not other.is_retired
            for key in other.keys
        }
        for action in sent.actions:
            if action.key not in undecided:
                self.queue.refuse(action.key, reason, longest=longest_pause(action))

    def _undo(self, head: Block) -> None:
        for sent in self.flight:
            if self._is_to_be_undone(sent) and not sent.is_being_undone:
                self.versions.replace(sent, head, is_cancelling=True)

    def _is_to_be_undone(self, sent: SentTransaction) -> bool:
        is_cancelled = any(self.queue.is_cancelled(key) for key in sent.keys)
        return sent.is_retired or (sent.is_last_of_action and is_cancelled)

    def _deliver_again(self) -> None:
        """Repeat what no node has confirmed to have: the same bytes, so the same transaction."""
        is_behind_held = False
        for sent in self.flight:
            if sent.held_since is not None:
                is_behind_held = True
            elif not sent.is_delivered and not is_behind_held:
                self.versions.repeat(sent)

    def _is_overdue(self, sent: SentTransaction, head: Block) -> bool:
        is_old = self.clock.monotonic() - sent.sent_at >= RESEND_SECONDS
        return is_old and head.number - sent.sent_at_block >= RESEND_BLOCKS

    def _renew(self, overdue: list[SentTransaction], head: Block) -> None:
        counts = self.counts.look()
        if counts is None:
            return
        mined, _ = counts
        self._close_gap(mined, head)
        overdue = [sent for sent in overdue if sent in self.flight]
        for sent in overdue:
            is_too_cheap = sent.fees.maximum < (head.base_fee or 0)
            if sent.nonce < mined:
                self._lose(sent, head)
                continue
            sent.is_nonce_taken = False
            if sent.held_since is not None:
                continue
            if sent.nonce == mined or is_too_cheap:
                self.versions.replace(sent, head, is_cancelling=sent.is_being_undone)
            else:
                # It only waits for the one before it, or was dropped with it.
                self.versions.touch(sent, head)
                self.versions.repeat(sent)

    def _close_gap(self, mined: int, head: Block) -> None:
        """After a reorg, a nonce may be free that was mined before: nothing behind it can be."""
        gap = next(iter(self.flight)).nonce - mined
        if gap <= 0:
            return
        returned = self.settled.take_from(mined)
        if returned:
            self.orphans.bring_back(returned, head)
        elif gap > WIDEST_GAP:
            self.strays.set_aside(mined, head)
            self.settled.believe(mined)
        else:
            self.versions.close_gap(mined, head)

    def _lose(self, sent: SentTransaction, head: Block) -> None:
        """No version of ours took the nonce: the action needs a new one."""
        self.versions.touch(sent, head)
        if not sent.is_nonce_taken:
            # The receipt may only be late: a claim sent anew for that would be a second one.
            sent.is_nonce_taken = True
            return
        self.flight.remove(sent)
        sent.held_since = None
        self._give_up(sent, LOST_NONCE)
        self.settled.add(ReplacedTransaction(sent, head.number))
        self.logger.warning(
            "Lost the nonce to another transaction", action=sent.name, nonce=sent.nonce
        )


def _is_possible(
    receipt: Receipt, version: TransactionHash, sent: SentTransaction, head: Block
) -> bool:
    """Whether a receipt can be what it says; if not, it is as if there were none.

    One of a block far above the head would count as settled until the chain has come there; one of
    a block long before the transaction was sent would be final, and forgotten, at once.
    """
    is_in_time = sent.lowest_head - HEAD_BLOCKS <= receipt.block_number
    is_known = receipt.block_number <= head.number + HEAD_BLOCKS
    return receipt.transaction_hash == version and is_in_time and is_known
