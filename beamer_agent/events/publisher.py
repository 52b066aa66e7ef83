"""Publisher: the one owner of what is known of a chain; tells its readers of every change."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from beamer_agent.errors import SupersededError
from beamer_agent.events.model import Event
from beamer_agent.events.view import BEFORE_ALL_BLOCKS, Batch, ChainView
from beamer_agent.types import BlockNumber, Timestamp

Subscriber = Callable[[Batch], None]
"""Takes a batch without waiting for anything."""


class Publisher:
    """Where the monitor and the reader of the history meet.

    The lock protects all that is below it and is held while subscribers take a batch, which never
    wait: so all of them hear everything in one order.
    """

    def __init__(self, subscribers: Sequence[Subscriber]) -> None:
        self._lock = threading.Lock()
        self._subscribers = list(subscribers)
        self._newcomers: list[Subscriber] = []
        self._view: ChainView | None = None
        self._beginnings = 0
        self._is_closed = False

    def join(self, subscriber: Subscriber) -> None:
        """Tell one more: at once before anything was told, otherwise once it is admitted."""
        with self._lock:
            (self._subscribers if self._view is None else self._newcomers).append(subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Tell one less; nothing reaches it any more after this."""
        with self._lock:
            for readers in (self._subscribers, self._newcomers):
                if subscriber in readers:
                    readers.remove(subscriber)

    def close(self) -> None:
        """Tell nobody any more: another publisher speaks for this chain."""
        with self._lock:
            self._is_closed = True
            self._subscribers.clear()
            self._newcomers.clear()

    @property
    def has_newcomers(self) -> bool:
        """Whether somebody waits to be admitted."""
        return bool(self._newcomers)

    def admit(self, events_from: BlockNumber, events_since: Timestamp) -> None:
        """Begin to tell the newcomers: all that is known from a block on is told again.

        Until that is done, nobody is told that more is known than they were.
        """
        with self._lock:
            self._subscribers.extend(self._newcomers)
            self._newcomers.clear()
            if self._view is not None:
                self._beginnings += 1
                last = BlockNumber(min(self._view.events_until, events_from - 1))
                view = replace(
                    self._view,
                    events_from=events_from,
                    events_since=events_since,
                    events_until=last,
                    is_synced=self._view.is_synced and last == self._view.events_until,
                )
                self._tell(Batch(view, ()))

    @property
    def view(self) -> ChainView | None:
        """What was told last; None before the chain was seen."""
        return self._view

    @property
    def beginnings(self) -> int:
        """How often history that was known had to be given up."""
        return self._beginnings

    def publish(
        self,
        view: ChainView,
        events: tuple[Event, ...] = (),
        dead_above: BlockNumber | None = None,
    ) -> None:
        """Tell of the newest state of a chain, unless nothing is new.

        How far back the history is known stays as it was, except with the first view.
        """
        with self._lock:
            if self._view is not None:
                view = replace(
                    view,
                    events_from=self._view.events_from,
                    events_since=self._view.events_since,
                )
            if view != self._view or events or dead_above is not None:
                self._tell(Batch(view, events, dead_above))

    def begin_anew(self, view: ChainView) -> None:
        """Tell that nothing of what was told before is true; the given history counts."""
        with self._lock:
            self._beginnings += 1
            self._tell(Batch(view, (), BEFORE_ALL_BLOCKS))

    def retract(self, events_from: BlockNumber, events_since: Timestamp) -> None:
        """Tell that less of the history is known than was said; what was told stays true."""
        with self._lock:
            if self._view is not None:
                self._beginnings += 1
                view = replace(self._view, events_from=events_from, events_since=events_since)
                self._tell(Batch(view, ()))

    def extend(
        self,
        beginning: int,
        events_from: BlockNumber,
        events_since: Timestamp,
        events: tuple[Event, ...],
    ) -> bool:
        """Tell of older events, just below those that are known.

        False when history was given up after that beginning: they may be of blocks that are gone.
        """
        with self._lock:
            if self._view is None or self._beginnings != beginning:
                return False
            view = replace(self._view, events_from=events_from, events_since=events_since)
            self._tell(Batch(view, events, is_history=True))
            return True

    def _tell(self, batch: Batch) -> None:
        if self._is_closed:
            raise SupersededError("another generation follows this chain")
        self._view = batch.view
        for subscriber in self._subscribers:
            subscriber(batch)
