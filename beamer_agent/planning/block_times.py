"""BlockTimes: when blocks were made, by the heads that a monitor has told; nobody is asked."""

from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import Final, TypeAlias

from beamer_agent.types import BlockNumber, Timestamp

MOST_HEADS: Final = 1_024
"""Events are told soon after their block: half an hour of two-second blocks is plenty."""

_Mark: TypeAlias = tuple[BlockNumber, Timestamp]
_number_of = itemgetter(0)
_time_of = itemgetter(1)


class BlockTimes:
    """The newest heads of one chain; between two of them, blocks count as equally far apart.

    Of blocks before the first head it knows nothing: they are history. For one thread.
    """

    def __init__(self) -> None:
        self._heads: list[_Mark] = []
        """Numbers grow, and times do not fall."""

    def see(self, number: BlockNumber, timestamp: Timestamp) -> None:
        """Take in a head; those above it were replaced."""
        heads = self._heads
        while heads and (heads[-1][0] >= number or heads[-1][1] > timestamp):
            heads.pop()
        heads.append((number, timestamp))
        if len(heads) > MOST_HEADS:
            del heads[: MOST_HEADS // 2]

    def time_of(self, number: BlockNumber) -> float | None:
        """When a block was made; None for one that is too old, or not there yet."""
        index = bisect_left(self._heads, number, key=_number_of)
        if index == len(self._heads):
            return None
        after = self._heads[index]
        if after[0] == number:
            return float(after[1])
        if index == 0:
            return None
        before = self._heads[index - 1]
        share = (number - before[0]) / (after[0] - before[0])
        return before[1] + share * (after[1] - before[1])

    def number_at(self, time: float) -> float | None:
        """Which block was the newest at a time, parts of the next one included; None: too old.

        Of times after the newest head, that one.
        """
        index = bisect_right(self._heads, time, key=_time_of)
        if index == 0:
            return None
        before = self._heads[index - 1]
        if index == len(self._heads):
            return float(before[0])
        after = self._heads[index]
        share = (time - before[1]) / (after[1] - before[1])
        return before[0] + share * (after[0] - before[0])
