"""Tallies that remember what was counted."""

from beamer_agent.actions.model import Reason
from beamer_agent.types import Address


class RecordingTallies:
    """Every count, in order."""

    def __init__(self) -> None:
        self.losses: list[Reason] = []
        self.unfilled: list[Reason] = []
        self.races: list[tuple[Address, bool]] = []
        """Who has filled, and whether that was us."""

    def count_loss(self, reason: Reason) -> None:
        """Remember it."""
        self.losses.append(reason)

    def count_unfilled(self, reason: Reason) -> None:
        """Remember it."""
        self.unfilled.append(reason)

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """Remember it."""
        self.races.append((filler, is_won))
