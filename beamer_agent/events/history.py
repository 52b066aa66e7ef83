"""HistoryReader: what happened before the agent came, the newest first, down to the beginning.

    deployment                  events_from       (followed by the EventMonitor)
        |   still to be read   <----- |   known   |
    ----+-----------------------------+-----------+--------> block number

Current requests are worked on meanwhile.
"""

import threading
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.events.publisher import Publisher
from beamer_agent.events.reading import RangeReader
from beamer_agent.events.view import BEGINNING, Batch, ChainView
from beamer_agent.rpc.client import ChainClient
from beamer_agent.types import BlockNumber, ChainId, Timestamp

REPORT_SECONDS: Final = 10.0
"""Between two lines about how far it is."""


class HistoryReader:
    """Reads backwards behind the monitor. `step` runs in a thread of its own and may block.

    Where it goes on is what the publisher says is known: nothing of it is lost with an error.

    Args:
        reader: of this thread.
        first_block: the deployment of the contracts, which ends the search.
        wake: set when there is something to read.
    """

    def __init__(
        self,
        chain_id: ChainId,
        client: ChainClient,
        reader: RangeReader,
        publisher: Publisher,
        first_block: BlockNumber,
        *,
        wake: threading.Event,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._client = client
        self._reader = reader
        self._publisher = publisher
        self._first_block = first_block
        self._wake = wake
        self._clock = clock
        self._logger = logger.bind(chain_id=chain_id)
        self._began_at: float | None = None
        self._report_at = 0.0
        self._events = 0

    def notice(self, batch: Batch) -> None:
        """Take the chain's newest view. Never waits."""
        if _has_gap(batch.view) and not batch.is_history:
            self._wake.set()

    def step(self) -> float | None:
        """Read one range; the seconds until the next one, None when nothing is left to read.

        Raises:
            RecoverableError: the chain cannot be read now.
        """
        beginning = self._publisher.beginnings  # before the view, which may be a newer one then
        view = self._publisher.view
        if view is None or not _has_gap(view):
            return None
        self._begin()
        last = BlockNumber(view.events_from - 1)
        asked = self._reader.size.range_until(last, self._first_block)
        if asked is None:
            self._publisher.extend(beginning, view.events_from, BEGINNING, ())
            return None
        events = self._reader.read(asked)
        if events is None:
            return 0.0
        since = self._since(asked.first)
        if self._publisher.extend(beginning, asked.first, since, events):
            self._events += len(events)
            self._report(asked.first, view)
        return 0.0

    def _since(self, first: BlockNumber) -> Timestamp:
        """The time up to which everything is known; the beginning needs no question."""
        is_whole = first <= self._first_block
        return BEGINNING if is_whole else self._client.block(first).timestamp

    def _begin(self) -> None:
        if self._began_at is None:
            self._began_at = self._clock.monotonic()
            self._report_at = self._began_at + REPORT_SECONDS

    def _report(self, known_from: BlockNumber, view: ChainView) -> None:
        now = self._clock.monotonic()
        seconds = round(now - (now if self._began_at is None else self._began_at), 3)
        if known_from <= self._first_block:
            self._logger.info("History is read", events=self._events, seconds=seconds)
            self._began_at, self._events = None, 0
        elif now >= self._report_at:
            self._report_at = now + REPORT_SECONDS
            span = max(view.head.number - self._first_block, 1)
            percent = round(100 * (view.head.number - known_from) / span, 1)
            self._logger.info(
                "Reading history", events=self._events, block_number=known_from, percent=percent
            )


def _has_gap(view: ChainView) -> bool:
    return view.is_synced and not view.is_whole
