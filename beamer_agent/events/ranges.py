"""How many blocks to ask for at once: pure arithmetic.

    first                                  last
      |<------------- size --------------->|
    --+------------------------------------+----------------> block number
      next range starts at last + 1: no gap, no overlap

Ranges grow while answers come fast and shrink when the endpoint times out or says that a range is
too large; never below one block. Up to the size that last had to shrink they double, beyond it
they feel their way: a provider with a fixed limit is not run into with every other range.
"""

from dataclasses import dataclass, replace

from beamer_agent.types import BlockNumber

INITIAL_BLOCKS = 1_000
LARGEST_BLOCKS = 100_000
LARGEST_LOGS = 2_500
"""About so many in an answer, some 2 MB of JSON: larger ones are not quicker, but take memory."""
LARGEST_OVERLAP = 16
"""Blocks that are read once more with each look at the head."""
SHORT_BLOCKS = 2 * LARGEST_OVERLAP
"""Ranges up to this that fail soon grow again, if they were not refused."""
SLOW_SECONDS = 5.0
FAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class BlockRange:
    """Blocks from `first` to `last`, both included."""

    first: BlockNumber
    last: BlockNumber


@dataclass(frozen=True, slots=True)
class RangeSize:
    """The number of blocks in the next range."""

    blocks: int = INITIAL_BLOCKS
    doubles_until: int = LARGEST_BLOCKS

    def range_from(self, first: BlockNumber, newest: BlockNumber) -> BlockRange | None:
        """The next range that starts at `first`; None when nothing is left up to `newest`."""
        if first > newest:
            return None
        return BlockRange(first, BlockNumber(min(first + self.blocks - 1, newest)))

    def range_until(self, last: BlockNumber, oldest: BlockNumber) -> BlockRange | None:
        """The next range downwards that ends at `last`; None when nothing is left."""
        if last < oldest:
            return None
        return BlockRange(BlockNumber(max(last - self.blocks + 1, oldest)), last)

    @property
    def overlap(self) -> int:
        """How many blocks may be read once more without asking for much."""
        return min(LARGEST_OVERLAP, max(self.blocks, self.doubles_until) // 2)

    def after_success(self, asked: BlockRange, seconds: float, logs: int = 0) -> "RangeSize":
        """Adjusted to how long a range took and what was in it; a short one says nothing more."""
        if seconds > SLOW_SECONDS or logs > 2 * LARGEST_LOGS:
            return self.after_failure(asked)
        is_full = _length(asked) >= self.blocks
        if is_full and seconds < FAST_SECONDS and logs <= LARGEST_LOGS // 2:
            return replace(self, blocks=min(self._grown(), LARGEST_BLOCKS))
        return self

    def _grown(self) -> int:
        doubled = self.blocks * 2
        return doubled if doubled <= self.doubles_until else self.blocks + 1 + self.blocks // 16

    def after_refusal(self, asked: BlockRange) -> "RangeSize":
        """Half of what was asked for, which near the head is far less than the size."""
        half = max(_length(asked) // 2, 1)
        return RangeSize(blocks=half, doubles_until=half)

    def after_failure(self, asked: BlockRange) -> "RangeSize":
        """The same, when it is not sure that the size was the cause: a short one seldom is."""
        refused = self.after_refusal(asked)
        doubles_until = self.doubles_until
        if _length(asked) > SHORT_BLOCKS:
            doubles_until = max(refused.blocks, min(doubles_until, SHORT_BLOCKS))
        return replace(refused, doubles_until=doubles_until)


def _length(asked: BlockRange) -> int:
    return asked.last - asked.first + 1
