"""Tallies that remember what was counted."""

from beamer_agent.actions.model import Reason
from beamer_agent.planning.ledger import Ledger
from beamer_agent.planning.tallies import Ending, Leg
from beamer_agent.types import Address, ClaimId, RequestId


class RecordingTallies:
    """Every count, in order."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger = Ledger() if ledger is None else ledger
        self.losses: list[Reason] = []
        self.unfilled: list[Reason] = []
        self.races: list[tuple[Address, bool]] = []
        """Who has filled, and whether that was us."""
        self.seen = 0
        self.endings: list[Ending] = []
        self.missed: list[str] = []
        self.legs: list[tuple[Leg, float, float | None]] = []
        """With seconds and blocks."""

    def count_loss(self, what: RequestId | ClaimId, reason: Reason) -> None:
        """Remember it."""
        self.losses.append(reason)

    def count_unfilled(self, reason: Reason) -> None:
        """Remember it."""
        self.unfilled.append(reason)

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """Remember it."""
        self.races.append((filler, is_won))

    def count_seen(self) -> None:
        """One more."""
        self.seen += 1

    def count_ending(self, ending: Ending) -> None:
        """Remember it."""
        self.endings.append(ending)

    def count_missed(self, hindrance: str) -> None:
        """Remember it."""
        self.missed.append(hindrance)

    def count_leg(self, leg: Leg, seconds: float, blocks: float | None) -> None:
        """Remember it."""
        self.legs.append((leg, seconds, blocks))
