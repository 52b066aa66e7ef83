"""Nonces: the next one of the account, and those between others that nothing has."""

from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.settled import Settled


class Nonces:
    """Gives each nonce once. Used by the sender's thread, in one turn.

    Args:
        mined: how many transactions of the account the chain counts.
    """

    def __init__(self, flight: Flight, settled: Settled, mined: int) -> None:
        self._flight = flight
        self._settled = settled
        self._mined = mined

    def next(self) -> int:
        """Behind everything that is in flight or settled."""
        return max(self._flight.next_nonce() or self._mined, self._settled.next_nonce)

    def lowest(self) -> int:
        """One that a node has refused, if others are behind it; else `next`.

        What is behind cannot be mined before it is used.
        """
        vacant = (nonce for nonce in self._flight.vacant() if nonce >= self._mined)
        return next(vacant, self.next())
