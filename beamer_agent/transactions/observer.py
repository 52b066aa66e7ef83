"""SenderObserver: what a sender tells of its transactions, for metrics and for what gas costs."""

from collections.abc import Mapping
from typing import Protocol

from beamer_agent.transactions.flight import FlightReading
from beamer_agent.transactions.model import MinedTransaction, Outcome


class SenderObserver(Protocol):
    """Is told in the sender's thread, and must not wait."""

    def waits(self, actions: Mapping[str, int]) -> None:
        """So many actions of each kind wait to be sent; kinds that are missing have none."""
        ...

    def flies(self, flight: FlightReading) -> None:
        """These transactions are in flight."""
        ...

    def held_back(self) -> None:
        """In this turn, something waits that was not sent: as much is in flight as may be."""
        ...

    def mined(self, mined: MinedTransaction) -> None:
        """A block has a transaction; told once more when that block was replaced by another."""
        ...

    def lost(self, label: str, outcome: Outcome) -> None:
        """A transaction came to nothing, and no block has it."""
        ...

    def sent_again(self, label: str) -> None:
        """A dearer version was sent; under `cancel`, one that only uses up the nonce."""
        ...

    def closed_gap(self) -> None:
        """A nonce that nothing of ours has was used up by a transaction that does nothing."""
        ...

    def foreign(self) -> None:
        """Somebody else has used a nonce of the account."""
        ...


class NoObserver:
    """Nobody wants to know."""

    def waits(self, actions: Mapping[str, int]) -> None:
        """See `SenderObserver`."""

    def flies(self, flight: FlightReading) -> None:
        """See `SenderObserver`."""

    def held_back(self) -> None:
        """See `SenderObserver`."""

    def mined(self, mined: MinedTransaction) -> None:
        """See `SenderObserver`."""

    def lost(self, label: str, outcome: Outcome) -> None:
        """See `SenderObserver`."""

    def sent_again(self, label: str) -> None:
        """See `SenderObserver`."""

    def closed_gap(self) -> None:
        """See `SenderObserver`."""

    def foreign(self) -> None:
        """See `SenderObserver`."""
