"""RemainderDesk: where the auditor asks for a copy of what is known, and finds it."""

import threading

from beamer_agent.periods.remainder import Remainder


class RemainderDesk:
    """Between two threads, neither of which waits for the other. The lock protects both fields.

    Args:
        on_ask: set when a copy is wanted.
        on_leave: set when it is there.
    """

    def __init__(self, on_ask: threading.Event, on_leave: threading.Event) -> None:
        self._on_ask = on_ask
        self._on_leave = on_leave
        self._lock = threading.Lock()
        self._is_asked = False
        self._remainder: Remainder | None = None

    def ask(self) -> None:
        """A period has ended: a copy is wanted."""
        with self._lock:
            self._is_asked = True
        self._on_ask.set()

    @property
    def is_asked(self) -> bool:
        """Whether a copy is wanted."""
        return self._is_asked

    def leave(self, remainder: Remainder) -> None:
        """Answer what was asked."""
        with self._lock:
            self._is_asked, self._remainder = False, remainder
        self._on_leave.set()

    def take(self) -> Remainder | None:
        """The answer, once; None while there is none."""
        with self._lock:
            remainder, self._remainder = self._remainder, None
            return remainder
