"""Doubt: what to think of an endpoint that does not have blocks which were seen before.

shown once ............ given up after `PATIENCE_SECONDS`: it may have been a lie
shown twice or more ... given up after `GIVE_WAY_SECONDS`: until then the endpoint is behind
"""

from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.events.view import BEFORE_ALL_BLOCKS
from beamer_agent.types import BlockNumber

PATIENCE_SECONDS: Final = 10.0
"""How long heads older than one that was seen are borne with."""
GIVE_WAY_SECONDS: Final = 600.0


class Doubt:
    """Since when answers do not fit what was seen, and how sure that was. For one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: float | None = None
        self._is_contradicted = False
        self.shown_twice = BEFORE_ALL_BLOCKS
        """The newest block that a second look has found again; those below it likewise."""

    def end(self) -> None:
        """An answer fits."""
        self._since = None
        self._is_contradicted = False

    def begin_anew(self) -> None:
        """Nothing of what was seen counts any more."""
        self._since = None
        self.shown_twice = BEFORE_ALL_BLOCKS

    def confirm(self, number: BlockNumber) -> None:
        """A block was found again."""
        self.shown_twice = max(self.shown_twice, number)

    def cut(self, last: BlockNumber) -> None:
        """What is above a block was replaced."""
        self.shown_twice = min(self.shown_twice, last)

    def is_contradicted_again(self) -> bool:
        """Whether blocks were replaced that had themselves replaced others: that may go on."""
        before, self._is_contradicted = self._is_contradicted, True
        return before

    def is_borne(self) -> bool:
        """Whether one more answer that does not fit is no reason to do anything."""
        now = self._clock.monotonic()
        if self._since is None:
            self._since = now
        return now - self._since <= PATIENCE_SECONDS

    def gives_way(self, fork: BlockNumber | None) -> bool:
        """Whether the blocks above a fork are given up; None: all that were seen."""
        waited = self._clock.monotonic() - (self._since or 0.0)
        lowest = BEFORE_ALL_BLOCKS if fork is None else fork
        return lowest >= self.shown_twice or waited > GIVE_WAY_SECONDS
