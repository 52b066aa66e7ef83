"""Settled: the transactions of one account that a block has, until no other can replace it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from beamer_agent.transactions.model import SentTransaction
from beamer_agent.types import BlockNumber, TransactionHash

FIRST_LOOK_BLOCKS: Final = 4
"""So many blocks later it is asked whether a block is still there; then at twice the depth."""


@dataclass(slots=True)
class Settlement:
    """A transaction of which nothing more is expected, and the block that says so."""

    sent: SentTransaction
    block_number: BlockNumber
    mined: TransactionHash | None
    """The version in the block; None: somebody else's transaction has the nonce."""
    look_at: BlockNumber
    """The head from which on it is to be asked again whether the block has it."""


class Settled:
    """What has to be done again if its block is replaced. Owned by the sender's thread."""

    def __init__(self) -> None:
        self._settlements: list[Settlement] = []
        self._final_nonce = 0

    @property
    def next_nonce(self) -> int:
        """The nonce behind everything that is settled, or was when it became final."""
        return max((s.sent.nonce + 1 for s in self._settlements), default=self._final_nonce)

    def add(
        self, sent: SentTransaction, block_number: BlockNumber, mined: TransactionHash | None
    ) -> None:
        """Remember a transaction; `mined` is the version that the block has, if it is ours."""
        look_at = BlockNumber(block_number + FIRST_LOOK_BLOCKS)
        self._settlements.append(Settlement(sent, block_number, mined, look_at))

    def take_above(self, block_number: BlockNumber) -> list[SentTransaction]:
        """Take out those of the blocks above this one: they were replaced."""
        return self._take(lambda settlement: settlement.block_number > block_number)

    def take_from(self, nonce: int) -> list[SentTransaction]:
        """Take out those with this nonce or a higher one: the chain has it not."""
        return self._take(lambda settlement: settlement.sent.nonce >= nonce)

    def due(self, head: BlockNumber) -> list[tuple[Settlement, TransactionHash]]:
        """Those whose block is to be asked for again, with the version it should have."""
        return [(s, s.mined) for s in self._settlements if s.mined and head >= s.look_at]

    def confirm(
        self, settlement: Settlement, block_number: BlockNumber, head: BlockNumber
    ) -> None:
        """A block has it, at this head; perhaps another one than before."""
        settlement.block_number = block_number
        depth = max(head - block_number, FIRST_LOOK_BLOCKS)
        settlement.look_at = BlockNumber(head + depth)

    def forget(self, until: BlockNumber) -> None:
        """Drop those of blocks that cannot be replaced any more."""
        final = self._take(lambda settlement: settlement.block_number <= until)
        self._final_nonce = max([self._final_nonce, *(sent.nonce + 1 for sent in final)])

    def believe(self, mined: int) -> None:
        """The chain counts less than is known here: what was final was not of this chain."""
        self._final_nonce = min(self._final_nonce, mined)

    def __len__(self) -> int:
        return len(self._settlements)

    def _take(self, is_meant: Callable[[Settlement], bool]) -> list[SentTransaction]:
        taken = [s for s in self._settlements if is_meant(s)]
        self._settlements = [s for s in self._settlements if not is_meant(s)]
        return [settlement.sent for settlement in taken]
