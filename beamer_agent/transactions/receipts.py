"""Receipts: what blocks have of ours; of few transactions by hash, of many block by block.

a new head, few in flight  -> one batch of eth_getTransactionReceipt
a new head, many           -> one batch of eth_getBlockReceipts, of the blocks since the last
look; by hash only those that should have been mined long ago
no new head                -> nothing is asked, but for what the last look left open
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError, RpcPayloadError, RpcResponseError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block, Receipt, octets, receipt_from_json
from beamer_agent.types import BlockHash, BlockNumber, TransactionHash

FEW: Final = 8
"""Up to so many receipts are asked for one by one, though in one batch: a whole block's receipts
are a hundred kilobytes and more."""
MOST_BLOCKS: Final = 8
"""Of more blocks than these, receipts by hash are the shorter answer."""
UNSERVED_SECONDS: Final = 60.0
"""So long an endpoint is not asked for whole blocks after it could not serve one: some never do,
some were only behind."""
LOOK_AGAIN_SECONDS: Final = 15.0
"""After these the same head is looked at once more, on chains that make blocks on demand: receipts
may be indexed late. Longer than blocks take elsewhere, so that it costs nothing there."""


class Receipts:
    """Asks for them. Used by the sender's thread only."""

    def __init__(self, client: ChainClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._head: BlockHash | None = None
        """At which the last look was complete."""
        self._looked_at = 0.0
        self._read_until = BlockNumber(0)
        """No later look is needed at blocks up to this one."""
        self._unserved_until = 0.0

    def is_due(self, head: Block) -> bool:
        """Whether a look at this head may find something new."""
        is_old = self._clock.monotonic() - self._looked_at >= LOOK_AGAIN_SECONDS
        return is_old or self._head != head.hash

    def rewind(self, number: BlockNumber) -> None:
        """Blocks above this one were replaced."""
        self._head, self._read_until = None, min(self._read_until, number)

    def find(
        self,
        open_: Sequence[TransactionHash],
        overdue: Collection[TransactionHash],
        lowest: BlockNumber,
        head: Block,
    ) -> dict[TransactionHash, Receipt]:
        """The receipts that there are.

        Args:
            open_: what may be mined at any time.
            overdue: those of `open_` that are asked for by hash: a list of a block's receipts may
                lack one, and a block may have been replaced without anybody noticing.
            lowest: no block up to this one can have any of them, so that nothing is asked when it
                is the head.
            head: up to which blocks are read.

        Raises:
            RpcError: the chain does not answer.
        """
        is_new = self._head != head.hash
        self._head, self._looked_at = None, self._clock.monotonic()
        if is_new and lowest >= head.number:
            self._head = head.hash
            return {}
        first = max(self._read_until, lowest) + 1
        blocks = range(first, head.number + 1)
        found: dict[TransactionHash, Receipt] | None = None
        if len(open_) > FEW and 0 < len(blocks) <= MOST_BLOCKS:
            found = self._in_blocks(frozenset(open_), blocks)
        if found is None:
            found = self._found(open_)
            self._read_until = head.number
        else:
            found |= self._found([h for h in open_ if h in overdue and h not in found])
        if self._read_until >= head.number:
            self._head = head.hash
        return found

    def of(self, hashes: Sequence[TransactionHash]) -> dict[TransactionHash, Receipt | None]:
        """What there is of each, asked for by hash: its receipt, or None.

        Those of which the endpoint says that it cannot tell are left out: geth does not know what
        is not mined while it indexes, for hours.

        Raises:
            RpcError: the chain does not answer.
        """
        asked = [("eth_getTransactionReceipt", ("0x" + h.hex(),)) for h in hashes]
        told: dict[TransactionHash, Receipt | None] = {}
        for transaction_hash, result in zip(hashes, self._client.batch(asked), strict=True):
            if isinstance(result, RpcResponseError):
                continue
            if isinstance(result, RpcError):
                raise result
            told[transaction_hash] = None if result is None else receipt_from_json(result)
        return told

    def _found(self, hashes: Sequence[TransactionHash]) -> dict[TransactionHash, Receipt]:
        told = self.of(hashes) if hashes else {}
        return {h: receipt for h, receipt in told.items() if receipt is not None}

    def _in_blocks(
        self, wanted: frozenset[TransactionHash], blocks: range
    ) -> dict[TransactionHash, Receipt] | None:
        """Those in the blocks that the endpoint has; None: it does not serve whole blocks.

        A block that it does not have yet is read in the next turn.
        """
        if self._clock.monotonic() < self._unserved_until:
            return None
        asked = [("eth_getBlockReceipts", (hex(number),)) for number in blocks]
        try:
            results = self._client.batch(asked)
        except RpcError:
            results = [None]
        found: dict[TransactionHash, Receipt] = {}
        for number, result in zip(blocks, results, strict=False):
            if not isinstance(result, list):
                break
            found |= _receipts_in(result, wanted, number)
            self._read_until = BlockNumber(number)
        if self._read_until >= blocks.start:
            return found
        self._unserved_until = self._clock.monotonic() + UNSERVED_SECONDS
        return None


def _receipts_in(
    raw: list[Any], wanted: frozenset[TransactionHash], number: int
) -> dict[TransactionHash, Receipt]:
    """Those that are wanted; only these are read."""
    found: dict[TransactionHash, Receipt] = {}
    for entry in raw:
        try:
            transaction_hash = TransactionHash(octets(entry["transactionHash"]))
            if transaction_hash in wanted:
                receipt = receipt_from_json(entry)
                if receipt.block_number == number:
                    found[transaction_hash] = receipt
        except (KeyError, TypeError, RpcPayloadError):
            continue  # as if the block did not have it: it is asked for by hash in time
    return found
