"""Inbox: what monitors leave for a direction until its thread takes it."""

import threading
from collections import deque

from beamer_agent.events.view import Batch


class Inbox:
    """Batches in the order of their arrival. Thread-safe; nobody ever waits in it.

    It exists before the direction can act, so that a chain that connects late has missed nothing.

    Args:
        wake: set on every delivery.
    """

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake
        # deque.append and popleft are atomic; no lock is needed.
        self._batches: deque[Batch] = deque()

    def deliver(self, batch: Batch) -> None:
        """Leave a batch."""
        self._batches.append(batch)
        self._wake.set()

    def take(self) -> Batch | None:
        """The oldest batch; None when there is none."""
        return self._batches.popleft() if self._batches else None
