"""Tallies: what is counted of a direction's decisions, for whoever shows it."""

from typing import Final, Protocol

from beamer_agent.actions.model import Reason
from beamer_agent.types import Address


class Tallies(Protocol):
    """Counts. No method waits."""

    def count_loss(self, reason: Reason) -> None:
        """Something of ours is lost."""
        ...

    def count_unfilled(self, reason: Reason) -> None:
        """A request is not filled, for good or for now."""
        ...

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """A request that we wanted to fill is filled, by us or by another."""
        ...


class NoTallies:
    """For those who do not count."""

    def count_loss(self, reason: Reason) -> None:
        """Nothing."""

    def count_unfilled(self, reason: Reason) -> None:
        """Nothing."""

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """Nothing."""


UNCOUNTED: Final = NoTallies()
