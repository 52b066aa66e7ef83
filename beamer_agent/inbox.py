"""Inbox: what monitors leave for a direction until its thread takes it."""

import threading
from collections import deque

from beamer_agent.events.view import Batch


class Inbox:
    """Batches in the order of their arrival. Thread-safe; nobody ever waits in it.

    It exists from when both chains of its direction are at work. It keeps all events, and word of
    blocks that were replaced, in their order; but of views alone only the newest.

    Args:
        wake: set on every delivery.
    """

    def __init__(self, wake: threading.Event) -> None:
        self.wake = wake
        self._lock = threading.Lock()  # protects the two below
        self._batches: deque[Batch] = deque()
        self._is_closed = False

    def deliver(self, batch: Batch) -> None:
        """Leave a batch; of a closed inbox, nowhere."""
        with self._lock:
            if self._is_closed:
                return
            if self._batches and _is_outdated(self._batches[-1], batch):
                self._batches.pop()
            self._batches.append(batch)
        self.wake.set()

    def take(self) -> Batch | None:
        """The oldest batch; None when there is none."""
        with self._lock:
            return self._batches.popleft() if self._batches else None

    def close(self) -> None:
        """Take nothing any more, and let go of what is there: nobody will come for it."""
        with self._lock:
            self._is_closed = True
            self._batches.clear()


def _is_outdated(last: Batch, new: Batch) -> bool:
    says_only_a_view = not last.events and last.dead_above is None
    return says_only_a_view and last.view.chain_id == new.view.chain_id
