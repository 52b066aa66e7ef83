"""Tallies: what is counted of a direction, for whoever shows it."""

from enum import StrEnum
from typing import Final, Protocol

from beamer_agent.actions.model import Reason
from beamer_agent.planning.ledger import Ledger
from beamer_agent.types import Address, ClaimId, RequestId


class Leg(StrEnum):
    """A part of a transfer's way, between two events; also the words of the metrics."""

    REQUEST_TO_FILL = "request_to_fill"
    FILL_TO_CLAIM = "fill_to_claim"
    CLAIM_TO_WITHDRAWAL = "claim_to_withdrawal"


class Ending(StrEnum):
    """What became of a request; also the words of the metrics."""

    FILLED = "filled"
    """By us."""
    FILLED_BY_OTHER = "filled_by_other"
    EXPIRED = "expired"
    """Its deposit went back, and nobody had filled it."""


class Tallies(Protocol):
    """Counts. No method waits."""

    @property
    def ledger(self) -> Ledger:
        """What is earned and lost; the same one as long as the process lives."""
        ...

    def count_loss(self, what: RequestId | ClaimId, reason: Reason) -> None:
        """Something of ours is lost; once, however often it is found and told again."""
        ...

    def count_unfilled(self, reason: Reason) -> None:
        """A request is not filled, for good or for now."""
        ...

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """A request that we wanted to fill is filled, by us or by another."""
        ...

    def count_seen(self) -> None:
        """A request has come."""
        ...

    def count_ending(self, ending: Ending) -> None:
        """It is known what became of a request."""
        ...

    def count_missed(self, trouble: str) -> None:
        """Nobody has filled a request that we could have filled; what kept us last."""
        ...

    def count_leg(self, leg: Leg, seconds: float, blocks: float | None) -> None:
        """A transfer of ours has come further; blocks are those of the chain it has come to.

        None: nobody knows how many.
        """
        ...


class NoTallies:
    """For those who do not count."""

    def __init__(self) -> None:
        self.ledger = Ledger()

    def count_loss(self, what: RequestId | ClaimId, reason: Reason) -> None:
        """Nothing."""

    def count_unfilled(self, reason: Reason) -> None:
        """Nothing."""

    def count_race(self, filler: Address, *, is_won: bool) -> None:
        """Nothing."""

    def count_seen(self) -> None:
        """Nothing."""

    def count_ending(self, ending: Ending) -> None:
        """Nothing."""

    def count_missed(self, trouble: str) -> None:
        """Nothing."""

    def count_leg(self, leg: Leg, seconds: float, blocks: float | None) -> None:
        """Nothing."""


UNCOUNTED: Final = NoTallies()
