"""When the blocks of two chains came, and what that says about how many blocks something took.

Chains have no common numbers, and their timestamps are whole seconds: which block came first is
known only to somebody who has seen both come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from beamer_agent.types import BlockNumber

NOTICE_SECONDS: Final = 0.05
"""A target block that comes so long after a request must hold its fill."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """The moment at which each block of a chain was seen first, in seconds of one clock."""

    seen: Mapping[BlockNumber, float]

    def seen_at(self, number: BlockNumber) -> float:
        """When a block was seen.

        Raises:
            KeyError: it was not.
        """
        return self.seen[number]

    def head_at(self, moment: float) -> BlockNumber:
        """The newest block at a moment.

        Raises:
            ValueError: none had been seen.
        """
        return max(number for number, at in self.seen.items() if at <= moment)


@dataclass(frozen=True, slots=True)
class Pair:
    """What was seen of a source and a target chain, by one observer of both."""

    source: Sightings
    target: Sightings

    def blocks(self, created: BlockNumber, filled: BlockNumber) -> int:
        """From a block of the source chain to one of the target chain, in the target's blocks.

        1 is the first target block that comes after the source block was seen.
        """
        return filled - self.target.head_at(self.source.seen_at(created))

    def missed(self, created: BlockNumber, filled: BlockNumber) -> int:
        """How many target blocks a fill has missed that left it `NOTICE_SECONDS`."""
        due = self.source.seen_at(created) + NOTICE_SECONDS
        return sum(at >= due and number < filled for number, at in self.target.seen.items())
