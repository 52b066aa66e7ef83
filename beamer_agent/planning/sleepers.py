"""Sleepers: open requests on which nothing is decided until something happens, or a time comes.

quiet, no part in promises --> asleep --event, reorganisation, its time, an ebb--> awake
"""

from collections.abc import Collection
from heapq import heapify, heappop, heappush
from typing import Final

from beamer_agent.actions.quiet import FOREVER
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.view import BEFORE_ALL_BLOCKS
from beamer_agent.types import RequestId, Timestamp

MOST_OUTDATED: Final = 256
"""So many outdated entries may be more than there are sleepers, before they are sorted out."""


class Sleepers:
    """The requests of one direction that sleep. For one thread."""

    def __init__(self) -> None:
        self._until: dict[RequestId, Timestamp] = {}
        self._dues: list[tuple[Timestamp, RequestId]] = []
        """A heap; entries that do not fit `_until` any more are passed over, or sorted out."""

    def add(self, request_id: RequestId, until: Timestamp) -> None:
        """Let a request sleep until a time of the source chain."""
        self._until[request_id] = until
        if until < FOREVER:
            heappush(self._dues, (until, request_id))
        if len(self._dues) > 2 * len(self._until) + MOST_OUTDATED:
            self._sort_out()

    def wake(self, request_id: RequestId) -> None:
        """A request does not sleep; nothing happens when it did not."""
        self._until.pop(request_id, None)

    def wake_due(self, now: Timestamp) -> Collection[RequestId]:
        """Those whose time has come do not sleep any more."""
        woken: list[RequestId] = []
        while self._dues and self._dues[0][0] <= now:
            until, request_id = heappop(self._dues)
            if self._until.get(request_id) == until:
                del self._until[request_id]
                woken.append(request_id)
        return woken

    def wake_all(self) -> Collection[RequestId]:
        """Nobody sleeps any more."""
        woken = list(self._until)
        self._until.clear()
        self._dues.clear()
        return woken

    def _sort_out(self) -> None:
        """Drop what is outdated: times may be days away, and woken is who sleeps many times."""
        self._dues = [(until, i) for i, until in self._until.items() if until < FOREVER]
        heapify(self._dues)

    def __contains__(self, request_id: object) -> bool:
        return request_id in self._until

    def __len__(self) -> int:
        return len(self._until)


class Ebb:
    """Notices when what only rises has fallen. For one thread.

    A request of ours sleeps once it is final, where that counts, and its fill is deducted from
    the balance: it is so for good, unless a head or a balance is told that is older.
    """

    def __init__(self) -> None:
        self._final_until = BEFORE_ALL_BLOCKS
        self._funds_of = BEFORE_ALL_BLOCKS

    def is_lower(self, view: DirectionView) -> bool:
        """Whether something is lower than in the view before."""
        funds = view.target_funds
        before = self._final_until, self._funds_of
        self._final_until = view.source.final_until
        self._funds_of = BEFORE_ALL_BLOCKS if funds is None else funds.block_number
        return self._final_until < before[0] or self._funds_of < before[1]
