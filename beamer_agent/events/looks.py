"""Looks: when a chain was asked for its newest block, and what came of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.errors import RecoverableError

PATIENCE_SHARE: Final = 0.75
"""Of a poll period: with the wait for the next look it stays below two of them."""
LEAST_PATIENCE_SECONDS: Final = 1.0
"""Some answers take so long, and some failures are over by then."""


class Looks:
    """What a monitor's looks at its chain have met. Written by its thread, read by any.

    A chain is lost when its looks have failed for `patience` seconds, or one has had no answer for
    so long: a node that was stopped refuses nothing, it is silent.

    Args:
        poll_period: seconds between two looks.
    """

    def __init__(self, poll_period: float, clock: Clock) -> None:
        self._patience = max(PATIENCE_SHARE * poll_period, LEAST_PATIENCE_SECONDS)
        self._clock = clock
        self._lock = threading.Lock()  # protects all below
        self._begun_at = clock.monotonic()
        self._asked_at: float | None = None
        """When the look began that is not answered yet; None: no question is under way."""
        self._failing_since: float | None = None
        """When the first of the looks began that failed, with none in between that did not."""
        self._answered_at: float | None = None
        self._error: str | None = None
        self._on_return: Callable[[], None] = lambda: None

    def tell_return(self, on_return: Callable[[], None]) -> None:
        """Call this, and nothing else, after a look that ends well when those before it failed.

        It must not wait.
        """
        self._on_return = on_return

    @contextmanager
    def one(self) -> Iterator[None]:
        """A look: it begins and ends with what is inside."""
        with self._lock:
            self._begun_at = self._asked_at = self._clock.monotonic()
        try:
            yield
        except RecoverableError as error:
            self._fail(str(error) or type(error).__name__)
            raise
        with self._lock:
            has_failed = self._failing_since is not None
            self._asked_at = self._failing_since = self._error = None
        if has_failed:
            self._on_return()

    def answer(self) -> None:
        """The newest block is known; what this look leads to may take its time."""
        with self._lock:
            self._asked_at, self._answered_at = None, self._clock.monotonic()

    def is_lost(self) -> bool:
        """Whether the chain is lost."""
        lost_at = self.lost_at()
        return lost_at is not None and lost_at <= self._clock.monotonic()

    def lost_at(self) -> float | None:
        """When it is lost, or was, if no answer comes; None: nothing is missing."""
        with self._lock:
            missing = [at for at in (self._asked_at, self._failing_since) if at is not None]
        return min(missing) + self._patience if missing else None

    def error(self) -> str:
        """Why it is lost, as a clause."""
        return self._error or "no answer yet"

    def answered_at(self) -> float | None:
        """When it last told its newest block, in monotonic seconds; None: never."""
        return self._answered_at

    def _fail(self, error: str) -> None:
        with self._lock:
            self._asked_at, self._error = None, error
            if self._failing_since is None:
                self._failing_since = self._begun_at
