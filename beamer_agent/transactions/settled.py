"""Settled: our transactions that a block has, until no other block can replace it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from beamer_agent.transactions.model import (
    MinedTransaction,
    ReplacedTransaction,
    SentTransaction,
)
from beamer_agent.types import BlockNumber

FIRST_LOOK_BLOCKS: Final = 4
"""So many blocks later it is asked whether a block is still there; then at twice the depth."""


@dataclass(slots=True)
class _Settlement:
    """An end that a reorganisation may undo."""

    end: MinedTransaction | ReplacedTransaction
    look_at: BlockNumber
    """The head from which on it is to be asked again whether the block has it."""

    @property
    def nonce(self) -> int:
        """That is used up."""
        return self.end.sent.nonce


class Settled:
    """What has to be done again if its block is replaced. Owned by the sender's thread."""

    def __init__(self) -> None:
        self._settlements: dict[SentTransaction, _Settlement] = {}
        self._final_nonce = 0
        self._next_nonce = 0
        """Behind `_settlements`; 0 when there are none."""

    @property
    def next_nonce(self) -> int:
        """The nonce behind everything that is settled, or was when it became final."""
        return self._next_nonce or self._final_nonce

    def add(self, end: MinedTransaction | ReplacedTransaction) -> None:
        """Remember how a transaction ended."""
        look_at = BlockNumber(end.block_number + FIRST_LOOK_BLOCKS)
        self._settlements[end.sent] = _Settlement(end, look_at)
        self._next_nonce = max(self._next_nonce, end.sent.nonce + 1)

    def nonces(self) -> set[int]:
        """Those of all that is settled and may come back."""
        return {settlement.nonce for settlement in self._settlements.values()}

    def take_above(self, block_number: BlockNumber) -> list[SentTransaction]:
        """Take out those of the blocks above this one: they were replaced."""
        return self._take(lambda settlement: settlement.end.block_number > block_number)

    def take_from(self, nonce: int) -> list[SentTransaction]:
        """Take out those with this nonce or a higher one: the chain has it not."""
        return self._take(lambda settlement: settlement.nonce >= nonce)

    def due(self, head: BlockNumber) -> list[MinedTransaction]:
        """Those whose block is to be asked for again."""
        return [
            s.end
            for s in self._settlements.values()
            if head >= s.look_at and isinstance(s.end, MinedTransaction)
        ]

    def confirm(self, mined: MinedTransaction, head: BlockNumber) -> None:
        """A block has it, at this head; perhaps another one than before."""
        depth = max(head - mined.block_number, FIRST_LOOK_BLOCKS)
        self._settlements[mined.sent] = _Settlement(mined, BlockNumber(head + depth))

    def forget(self, until: BlockNumber) -> None:
        """Drop those of blocks that cannot be replaced any more."""
        final = self._take(lambda settlement: settlement.end.block_number <= until)
        self._final_nonce = max([self._final_nonce, *(sent.nonce + 1 for sent in final)])

    def believe(self, mined: int) -> None:
        """The chain counts less than is known here: what was final was not of this chain."""
        self._final_nonce = min(self._final_nonce, mined)

    def __len__(self) -> int:
        return len(self._settlements)

    def _take(self, is_meant: Callable[[_Settlement], bool]) -> list[SentTransaction]:
        taken = [sent for sent, s in self._settlements.items() if is_meant(s)]
        for sent in taken:
            del self._settlements[sent]
        if taken:
            nonces = (s.nonce + 1 for s in self._settlements.values())
            self._next_nonce = max(nonces, default=0)
        return taken
