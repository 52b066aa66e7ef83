"""How a chain may be read: forward and backward, with reorganisations, some ranges twice.

`Reading` hands a fold the events of one chain as monitor and history reader would; at its end
the fold has heard of exactly the canonical ones, whatever happened in between.
"""

from collections.abc import Sequence
from random import Random

from beamer_agent.events.model import RequestEvent
from beamer_agent.state.fold import Fold
from beamer_agent.types import BlockNumber, ChainId

FIRST_BLOCK = 1


class Reading:
    """One chain on its way to being known from its first block to its last.

    Args:
        events: the canonical ones of the chain.
        dead: events of other branches, from anywhere.
    """

    def __init__(
        self,
        fold: Fold,
        chain_id: ChainId,
        events: Sequence[RequestEvent],
        dead: Sequence[RequestEvent],
        chance: Random,
    ) -> None:
        self._fold = fold
        self._chain_id = chain_id
        self._events = [event for event in events if event.chain_id == chain_id]
        self._dead = [event for event in dead if event.chain_id == chain_id]
        self._chance = chance
        self._last = max((event.block_number for event in events), default=FIRST_BLOCK)
        start = chance.randint(FIRST_BLOCK, self._last)
        self._from, self._until = start, start - 1
        """The blocks that are known: none yet."""
        self.final_until = BlockNumber(0)
        """No reorganisation goes below."""

    @property
    def is_whole(self) -> bool:
        """Whether the history is known from the first block on."""
        return self._from <= FIRST_BLOCK

    @property
    def is_over(self) -> bool:
        """Whether everything is known."""
        return self.is_whole and self._until >= self._last

    def turn(self) -> None:
        """One batch of some kind."""
        repeat = self._forward if self.is_whole else self._repeat
        kinds = [self._forward, self._backward, repeat, self._reorganise, self._settle]
        self._chance.choices(kinds, [6, 6, 2, 1, 2])[0]()

    def finish(self) -> None:
        """All the rest."""
        while not self.is_over:
            self._forward()
            self._backward()
        self.final_until = BlockNumber(self._last)

    def _forward(self) -> None:
        first, self._until = self._until + 1, min(self._last, self._until + self._size())
        self._tell(first, self._until)

    def _backward(self) -> None:
        last, self._from = self._from - 1, max(FIRST_BLOCK, self._from - self._size())
        self._tell(self._from, last)

    def _repeat(self) -> None:
        first = self._chance.randint(self._from, self._until + 1)
        self._tell(first, min(self._until, first + self._size()))

    def _reorganise(self) -> None:
        """Some blocks of another branch, and then none of them, nor some that stood before."""
        for event in self._dead:
            if self._until < event.block_number <= self._until + self._size():
                self._fold.apply(event)
        above = max(self.final_until, self._until - self._size(), 0)
        self._fold.rewind(self._chain_id, BlockNumber(above))
        self._until = min(self._until, above)
        self._from = min(self._from, self._until + 1)

    def _settle(self) -> None:
        self.final_until = BlockNumber(max(self.final_until, self._until - self._size()))

    def _size(self) -> int:
        return self._chance.randint(1, 12)

    def _tell(self, first: int, last: int) -> None:
        for event in self._events:
            if first <= event.block_number <= last:
                self._fold.apply(event)
