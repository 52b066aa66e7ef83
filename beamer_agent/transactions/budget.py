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

    def covers(self, cost: Wei, instead_of: Wei) -> bool:
        """Whether one of those in flight may cost so much more; yes while no balance is known."""
        funds = self.wallet.funds()
        if funds is None or cost <= instead_of:
            return True
        in_flight = sum(sent.newest.most_cost for sent in self.flight)
        return in_flight - instead_of + cost <= funds.native_balance
