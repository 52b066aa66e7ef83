"""RecentEvents: which events of the last blocks have been handed out, so that none is twice."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from beamer_agent.errors import RecoverableError
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import BlockRange
from beamer_agent.events.view import FIRST_BLOCK
from beamer_agent.types import BlockHash, BlockNumber

MISSED_SECONDS: Final = 10.0
"""How long an event must be lacking: a node may be behind, or its index."""

Position = tuple[BlockNumber, int]
"""Block number and log index."""


class ReplacedError(RecoverableError):
    """Logs of a block that is not the one that was read before.

    Attributes:
        block_number: the lowest such block.
    """

    def __init__(self, block_number: BlockNumber) -> None:
        super().__init__(f"block {block_number} was replaced")
        self.block_number = block_number


class _Places:
    """Where the events of one height stand: indices of logs, by the hash of their block.

    Eight bytes each: of busy chains a hundred thousand are remembered.
    """

    __slots__ = ("_indices",)

    def __init__(self) -> None:
        self._indices: dict[BlockHash, array[int]] = {}

    def add(self, index: int, block_hash: BlockHash) -> None:
        """Remember one."""
        indices = self._indices.setdefault(block_hash, array("Q"))
        place = bisect_left(indices, index)
        if indices[place : place + 1] != array("Q", [index]):
            indices.insert(place, index)

    def hash_at(self, index: int) -> BlockHash | None:
        """Of the block whose event it is; None: there is none."""
        for block_hash, indices in self._indices.items():
            place = bisect_left(indices, index)
            if place < len(indices) and indices[place] == index:
                return block_hash
        return None

    def __iter__(self) -> Iterator[tuple[int, BlockHash]]:
        return ((i, block_hash) for block_hash, indices in self._indices.items() for i in indices)

    def __len__(self) -> int:
        return sum(map(len, self._indices.values()))


class RecentEvents:
    """The positions of the events in the blocks that may be read once more."""

    def __init__(self) -> None:
        self._blocks: dict[BlockNumber, _Places] = {}
        self._missed: dict[Position, float] = {}
        """Those that the last look lacked, and since when."""
        self._again: set[Position] = set()

    def news(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Those that have not been here before, or are to be told again.

        Raises:
            ReplacedError: another event was at the place of one of them; nothing is remembered.
        """
        news = []
        for event in events:
            position = event.block_number, event.log_index
            block = self._blocks.get(event.block_number)
            known = None if block is None else block.hash_at(event.log_index)
            if known is not None and known != event.block_hash:
                raise ReplacedError(event.block_number)
            if known is None or position in self._again:
                news.append(event)
        for event in news:
            position = event.block_number, event.log_index
            block = self._blocks.setdefault(event.block_number, _Places())
            block.add(event.log_index, event.block_hash)
            self._again.discard(position)
        return tuple(news)

    def tell_again(self) -> None:
        """All of them count as news once more, whenever they are seen next."""
        self._again = {(n, index) for n, block in self._blocks.items() for index, _ in block}

    def first_of(self, count: int) -> BlockNumber:
        """The block from which on there are at most so many events."""
        for number in sorted(self._blocks, reverse=True):
            count -= len(self._blocks[number])
            if count < 0:
                return BlockNumber(number + 1)
        return FIRST_BLOCK

    def absent(
        self, events: Iterable[Event], asked: BlockRange, now: float
    ) -> dict[BlockNumber, BlockHash]:
        """The blocks of a range with events that were here and are not among these."""
        present = {(event.block_number, event.log_index) for event in events}
        missed = {p: t for p, t in self._missed.items() if not asked.first <= p[0] <= asked.last}
        lacking: dict[BlockNumber, BlockHash] = {}
        for number, block in self._blocks.items():
            if asked.first <= number <= asked.last:
                for index, block_hash in block:
                    position = number, index
                    if position not in present:
                        missed[position] = self._missed.get(position, now)
                        lacking[number] = block_hash
        self._missed = missed
        return lacking

    def untrue(self, now: float) -> BlockNumber | None:
        """The lowest block of an event that only earlier looks have shown, for long enough.

        Either they lied or the later ones do: what was said last counts, not what was said first.
        """
        old = [p for p, since in self._missed.items() if now - since >= MISSED_SECONDS]
        return min(old)[0] if old else None

    def forget_above(self, last: BlockNumber) -> None:
        """Blocks above this one will be read again."""
        self._keep([number for number in self._blocks if number <= last])

    def forget_below(self, first: BlockNumber) -> None:
        """Blocks below this one will not be read again."""
        self._keep([number for number in self._blocks if number >= first])

    def _keep(self, numbers: Sequence[BlockNumber]) -> None:
        if len(numbers) == len(self._blocks):
            return
        self._blocks = {number: self._blocks[number] for number in numbers}
        self._missed = {p: t for p, t in self._missed.items() if p[0] in self._blocks}
        self._again = {p for p in self._again if p[0] in self._blocks}
