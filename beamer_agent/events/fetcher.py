"""EventFetcher: what is new on a chain, range after range. No thread of its own; may block."""

from collections.abc import Sequence
from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import LARGEST_LOGS, BlockRange
from beamer_agent.events.reading import RangeReader, may_be_cut_short
from beamer_agent.events.recent import RecentEvents, ReplacedError
from beamer_agent.events.repeats import Repeats
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import BlockNumber

REMEMBERED_BLOCKS: Final = 256
"""Whose events are known, so that reading them once more tells nothing twice."""
SECOND_LOOK_SECONDS: Final = 30.0
"""Between two looks for logs that an endpoint had not indexed at the first."""


class EventFetcher:
    """Follows a chain upwards from a block.

        first_block      overlap     next_block                    head
            |  handed out  |<------------>|  to be asked for         |
        ----+--------------+--------------+--------------------------+--> block number

    A range counts as read only when its events are handed out; after an error the next call asks
    for the same first block again. Near the head the last blocks are asked for once more each
    time: one of the nodes behind an endpoint may have answered before it had seen them, or with
    blocks that were replaced.

    Args:
        reader: of this thread.
        first_block: where it begins.
    """

    def __init__(self, reader: RangeReader, first_block: BlockNumber, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._first_block = first_block
        self._next_block = first_block
        self._position = first_block
        """Where the next range begins: not above `next_block`."""
        self._second_look_at = clock.monotonic() + SECOND_LOOK_SECONDS
        self._recent = RecentEvents()
        self._repeats = Repeats(reader.decode)

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
        if self._next_block > newest:
            return None
        asked = self._reader.size.range_from(self._position, newest)
        events = None if asked is None else self._reader.read(asked)
        if asked is None or events is None:
            return ()
        return self._hand_out(events, asked, newest)

    def live_range(self, head: BlockNumber) -> BlockRange | None:
        """What to ask for beside the newest block, the head having been `head` last.

        None: there is nothing yet, or too much of it for one question.
        """
        is_fit = 0 <= head - self._position < self._reader.size.blocks
        return BlockRange(self._position, head) if is_fit else None

    def take(
        self, logs: Sequence[RawLog], asked: BlockRange, newest: BlockNumber
    ) -> tuple[Event, ...] | None:
        """The news among the logs of a range, no newer than `newest`; None: better ask for them.

        Raises:
            RpcError: the endpoint failed.
            UndecodableLogError: a contract's log does not fit its ABI.
            ReplacedError: a block that was read is another one by now.
        """
        if asked.last - asked.first >= self._reader.size.blocks or may_be_cut_short(logs):
            return None
        last = BlockNumber(min(asked.last, newest))
        events = self._repeats.decode(logs)
        known = tuple(event for event in events if asked.first <= event.block_number <= last)
        return self._hand_out(known, BlockRange(asked.first, last), newest)

    def rewind(self, last: BlockNumber) -> None:
        """What was handed out above a block is not true any more."""
        self._next_block = BlockNumber(max(min(self._next_block, last + 1), self._first_block))
        self._position = min(self._position, self._next_block)
        self._recent.forget_above(last)

    def tell_again(self, first: BlockNumber) -> None:
        """Hand out once more what was handed out already, from a block on: somebody is new."""
        self._recent.tell_again()
        self.go_back(first)

    def go_back(self, first: BlockNumber) -> None:
        """Ask once more from a block on, be it below where it began."""
        self._first_block = min(self._first_block, first)
        self._next_block = min(self._next_block, first)
        self._position = min(self._position, first)

    def look_back(self) -> None:
        """Now and then ask for the last blocks once more, as far as one question goes.

        An index may have lagged.
        """
        now = self._clock.monotonic()
        if now < self._second_look_at:
            return
        self._second_look_at = now + SECOND_LOOK_SECONDS
        blocks = min(REMEMBERED_BLOCKS, self._reader.size.blocks // 2)
        # On a busy chain so many blocks are tens of megabytes; the overlap is asked for as ever.
        fitting = self._recent.first_of(LARGEST_LOGS)
        earlier = BlockNumber(max(self._next_block - blocks, self._first_block, fitting))
        self._position = min(self._position, earlier)

    def _hand_out(
        self, events: tuple[Event, ...], asked: BlockRange, newest: BlockNumber
    ) -> tuple[Event, ...]:
        now = self._clock.monotonic()
        absent = self._recent.absent(events, asked, now)
        replaced = self._reader.replaced(absent) if absent else None
        if replaced is None:
            replaced = self._recent.untrue(now)
        if replaced is not None:
            raise ReplacedError(replaced)
        news = self._recent.news(events)
        self._next_block = BlockNumber(max(self._next_block, asked.last + 1))
        self._recent.forget_below(BlockNumber(self._next_block - REMEMBERED_BLOCKS))
        self._position = BlockNumber(asked.last + 1)
        if asked.last >= newest:
            overlap_first = BlockNumber(self._next_block - self._reader.size.overlap)
            self._position = max(overlap_first, self._first_block)
        return news
