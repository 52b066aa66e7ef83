"""RecentEvents: which events of the last blocks have been handed out, so that none is twice."""

from collections.abc import Iterable

from beamer_agent.errors import RecoverableError
from beamer_agent.events.model import Event
from beamer_agent.types import BlockHash, BlockNumber

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


class RecentEvents:
    """The positions of the events in the blocks that may be read once more."""

    def __init__(self) -> None:
        self._hashes: dict[Position, BlockHash] = {}

    def news(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Those that have not been here before.

        Raises:
            ReplacedError: another event was at the place of one of them; nothing is remembered.
        """
        news = []
        for event in events:
            known = self._hashes.get((event.block_number, event.log_index))
            if known is None:
                news.append(event)
            elif known != event.block_hash:
                raise ReplacedError(event.block_number)
        for event in news:
            self._hashes[event.block_number, event.log_index] = event.block_hash
        return tuple(news)

    def absent(
        self, events: Iterable[Event], first: BlockNumber, last: BlockNumber
    ) -> dict[BlockNumber, BlockHash]:
        """The blocks from `first` to `last` with events that were here and are not among these."""
        present = {(event.block_number, event.log_index) for event in events}
        return {
            position[0]: block_hash
            for position, block_hash in self._hashes.items()
            if first <= position[0] <= last and position not in present
        }

    def forget_above(self, last: BlockNumber) -> None:
        """Blocks above this one will be read again."""
        self._hashes = {p: h for p, h in self._hashes.items() if p[0] <= last}

    def forget_below(self, first: BlockNumber) -> None:
        """Blocks below this one will not be read again."""
        if self._hashes:
            self._hashes = {p: h for p, h in self._hashes.items() if p[0] >= first}
