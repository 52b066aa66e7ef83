"""What blocks have of the transactions in flight, and whether they have it still."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.rpc.model import Block, Receipt
from beamer_agent.transactions.endings import Endings
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import MinedTransaction, SentTransaction
from beamer_agent.transactions.orphans import Orphans
from beamer_agent.transactions.overdue import is_overdue
from beamer_agent.transactions.receipts import Receipts
from beamer_agent.transactions.settled import Settled
from beamer_agent.types import BlockNumber, TransactionHash

HEAD_BLOCKS: Final = 64
"""So far from the heads that we know may the block of a receipt be: endpoints differ a little."""


@dataclass(frozen=True, slots=True)
class FlightWatch:
    """Follows the transactions in flight. Used by the sender's thread only."""

    receipts: Receipts
    flight: Flight
    settled: Settled
    endings: Endings
    orphans: Orphans
    clock: Clock

    def settle(self, head: Block) -> BlockNumber | None:
        """Find what is mined, and what is not any more; the newest block that changed something.

        Asks nothing when nothing is in flight, and nothing settled is to be looked at again; nor
        without a new head.

        Raises:
            RpcError: the chain does not answer.
        """
        due = self.settled.due(head.number)
        for sent in (*self.flight, *(mined.sent for mined in due)):
            sent.know_head(head.number)
        gone = self._confirm(due, head)
        self.orphans.bring_back(gone, head)
        mined = self._look(head) if len(self.flight) and self.receipts.is_due(head) else []
        self.endings.take(mined)
        changed = [end.block_number for end in mined] + [head.number for _ in gone]
        return max(changed, default=None)

    def _look(self, head: Block) -> list[MinedTransaction]:
        versions = self.flight.versions()
        overdue = {v.hash for sent, v in versions if is_overdue(sent, head, self.clock)}
        lowest = min(sent.lowest_head for sent in self.flight)
        hashes = [version.hash for _, version in versions]
        found = self.receipts.find(hashes, overdue, lowest, head)
        mined: dict[SentTransaction, MinedTransaction] = {}
        for sent, version in versions:
            receipt = found.get(version.hash)
            if receipt is not None and is_possible(receipt, version.hash, sent, head):
                mined.setdefault(sent, sent.mined(receipt))  # two versions cannot both be mined
        return list(mined.values())

    def _confirm(self, due: list[MinedTransaction], head: Block) -> list[SentTransaction]:
        """Those that no block has any more, though nobody has told of its end."""
        groups = _by_block(due)
        found = self.receipts.of([group[-1].version.hash for group in groups])
        doubtful: list[MinedTransaction] = []
        for group in groups:
            if group[-1].version.hash not in found:
                continue  # nobody could tell: it is asked again
            receipt = found[group[-1].version.hash]
            block_hash = None if receipt is None else receipt.block_hash
            if block_hash is None or block_hash != group[-1].receipt.block_hash:
                doubtful += group
                continue
            for mined in group:
                self.settled.confirm(mined, head.number)
        return self._confirm_each(doubtful, head) if doubtful else []

    def _confirm_each(self, due: list[MinedTransaction], head: Block) -> list[SentTransaction]:
        gone = []
        found = self.receipts.of([mined.version.hash for mined in due])
        for mined in due:
            if mined.version.hash not in found:
                continue
            receipt = found[mined.version.hash]
            if receipt is None:
                gone.append(mined.sent.nonce)
            elif is_possible(receipt, mined.version.hash, mined.sent, head):
                self.settled.confirm(mined.sent.mined(receipt), head.number)
        # Where one is missing, no block can have those behind it.
        return self.settled.take_from(min(gone)) if gone else []


def _by_block(due: Iterable[MinedTransaction]) -> list[list[MinedTransaction]]:
    """One receipt is enough for all of a block; those whose block is not known are alone."""
    groups: dict[object, list[MinedTransaction]] = defaultdict(list)
    for mined in due:
        groups[mined.receipt.block_hash or mined].append(mined)
    return list(groups.values())


def is_possible(
    receipt: Receipt, version: TransactionHash, sent: SentTransaction, head: Block
) -> bool:
    """Whether a receipt can be what it says; if not, it is as if there were none.

    One of a block far above the head would count as settled until the chain has come there; one of
    a block long before the transaction was sent would be final, and forgotten, at once.
    """
    is_in_time = sent.lowest_head - HEAD_BLOCKS <= receipt.block_number
    is_known = receipt.block_number <= head.number + HEAD_BLOCKS
    return receipt.transaction_hash == version and is_in_time and is_known
