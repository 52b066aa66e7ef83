"""EventFetcher: what is new on a chain, range after range. No thread of its own; may block."""

from beamer_agent.errors import RpcError
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import BlockRange
from beamer_agent.events.reading import RangeReader
from beamer_agent.events.recent import RecentEvents
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import BlockNumber


class EventFetcher:
    """Follows a chain upwards from a block.

        first_block      overlap     next_block                    head
            |  handed out  |<------------>|  to be asked for         |
        ----+--------------+--------------+--------------------------+--> block number

    A range counts as read only when its events are handed out; after an error the next call asks
    for the same first block again. Near the head the last blocks are asked for once more each
    time: one of the nodes behind an endpoint may have answered before it had seen them.

    Args:
        reader: of this thread.
        first_block: where it begins.
    """

    def __init__(self, reader: RangeReader, first_block: BlockNumber) -> None:
        self._reader = reader
        self._first_block = first_block
        self._next_block = first_block
        self._recent = RecentEvents()

    @property
    def next_block(self) -> BlockNumber:
        """The first block whose events have not been handed out."""
        return self._next_block

    def fetch(self, newest: BlockNumber) -> tuple[Event, ...] | None:
        """The events of the next range up to `newest` in chain order; None when all is read.

        An empty range is handed out when the endpoint refused one that can be made smaller: the
        next call asks for less, and need not wait.

        Raises:
            RpcError: the endpoint failed.
            UndecodableLogError: a contract's log does not fit its ABI.
            ReplacedError: a block that was read is another one by now.
        """
        asked = self._reader.size.range_from(self._next_block, newest)
        if asked is None:
            return None
        events = self._reader.read(asked)
        if events is None:
            return ()
        return self._hand_out(events, asked.last)

    def live_range(self, head: BlockNumber) -> BlockRange | None:
        """What to ask for beside the newest block, the head having been `head` last.

        None: there is too much of it for one question.
        """
        overlap = self._reader.size.overlap
        first = BlockNumber(max(self._next_block - overlap, self._first_block))
        if head - first >= self._reader.size.blocks:
            return None
        return BlockRange(first, BlockNumber(max(head, first)))

    def take(
        self, logs: list[RawLog], asked: BlockRange, newest: BlockNumber
    ) -> tuple[Event, ...]:
        """The news among the logs from `asked.first` to the head, no newer than `newest`.

        Raises:
            UndecodableLogError: a contract's log does not fit its ABI.
            ReplacedError: a block that was read is another one by now.
        """
        events = self._reader.decode(logs)
        known = tuple(e for e in events if asked.first <= e.block_number <= newest)
        return self._hand_out(known, newest)

    def refuse(self, asked: BlockRange, error: RpcError) -> None:
        """The endpoint refused what was asked beside the newest block."""
        self._reader.refuse(asked, error)

    def rewind(self, last: BlockNumber) -> None:
        """Ask again for everything above a block."""
        self._next_block = BlockNumber(max(min(self._next_block, last + 1), self._first_block))
        self._recent.forget_above(last)

    def _hand_out(self, events: tuple[Event, ...], last: BlockNumber) -> tuple[Event, ...]:
        news = self._recent.news(events)
        self._next_block = BlockNumber(max(self._next_block, last + 1))
        self._recent.forget_below(BlockNumber(self._next_block - self._reader.size.overlap))
        return news
