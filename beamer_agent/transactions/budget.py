"""Budget: whether the account can pay for everything that is in flight, as nodes ask for it."""

from dataclasses import dataclass

from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import Wei


@dataclass(frozen=True, slots=True)
class Budget:
    """Used by the sender's thread only.

    A pool adds up what the transactions of an account could cost at most: value, and all their gas
    at the highest price. What goes beyond the balance is refused, or drops others.
    """

    wallet: Wallet
    flight: Flight

    def purse(self) -> "Purse":
        """For the new transactions of a turn."""
        funds = self.wallet.funds()
        return Purse(None if funds is None else funds.native_balance - self._in_flight())

    def covers(self, cost: Wei, instead_of: Wei) -> bool:
        """Whether one of those in flight may cost so much more; yes while no balance is known."""
        funds = self.wallet.funds()
        if funds is None or cost <= instead_of:
            return True
        return self._in_flight() - instead_of + cost <= funds.native_balance

    def _in_flight(self) -> int:
        return sum(sent.newest.most_cost for sent in self.flight)


class Purse:
    """What new transactions may cost, one after the other.

    Args:
        left: in wei; None: no balance is known, and everything is covered.
    """

    def __init__(self, left: int | None) -> None:
        self._left = left

    def covers(self, cost: int) -> bool:
        """Whether so much is left."""
        return self._left is None or cost <= self._left

    def take(self, cost: Wei) -> None:
        """Count something that is sent, covered or not."""
        if self._left is not None:
            self._left -= cost
