"""Tail: which blocks the chain had when we looked, as far back as it may still change its mind.

       final_until                                newest
            |    mark        mark  mark  mark mark   |
    --------+------x----------x-----x-----x----x-----x-->  block number
            |<-------- may still be replaced ------->|

Every look at the head leaves a mark; the highest that is still there is where a fork began.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockHash, BlockNumber

MARKS_AT_ONCE: Final = 32
"""How many blocks are asked for in one request when a fork is looked for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A block that was seen."""

    number: BlockNumber
    hash: BlockHash


class Tail:
    """Marks in ascending order, one for each look at the chain at most."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        marks = {block.number: Mark(block.number, block.hash) for block in blocks}
        self._marks = deque(marks[number] for number in sorted(marks))

    @property
    def newest(self) -> Mark | None:
        """The highest mark; None when there is none."""
        return self._marks[-1] if self._marks else None

    @property
    def oldest(self) -> Mark | None:
        """The lowest mark; None when there is none."""
        return self._marks[0] if self._marks else None

    def add(self, block: Block) -> None:
        """Remember a block above all others; the newest mark may be set anew."""
        if not self._marks or block.number > self._marks[-1].number:
            self._marks.append(Mark(block.number, block.hash))

    def contradicts(self, block: Block) -> bool:
        """Whether another block was seen at the height of this one."""
        for mark in reversed(self._marks):
            if mark.number <= block.number:
                return mark.number == block.number and mark.hash != block.hash
        return False

    def highest_below(self, number: BlockNumber) -> BlockNumber | None:
        """The newest block that was seen below a height; None when there is none."""
        return next((m.number for m in reversed(self._marks) if m.number < number), None)

    def cut(self, last: BlockNumber) -> None:
        """Forget everything above a block."""
        while self._marks and self._marks[-1].number > last:
            self._marks.pop()

    def forget_final(self, final_until: BlockNumber) -> None:
        """Forget what cannot change any more, but for the highest such mark."""
        while len(self._marks) > 1 and self._marks[1].number <= final_until:
            self._marks.popleft()

    def newest_first(self) -> Iterator[Sequence[Mark]]:
        """All marks from the newest down, some at a time."""
        marks = reversed(tuple(self._marks))
        while some := list(islice(marks, MARKS_AT_ONCE)):
            yield some


def anchors(head: BlockNumber, oldest: BlockNumber) -> list[BlockNumber]:
    """Heights to mark when a tail is begun: close to each other near the head, and the oldest."""
    distances = (2**power for power in range(head.bit_length() + 1))
    below = [head - distance for distance in distances if head - distance > oldest]
    return [BlockNumber(number) for number in (oldest, *reversed(below)) if number < head]
