"""Budget: whether the account can pay for everything that is in flight, as nodes ask for it."""

from dataclasses import dataclass

from beamer_agent.rpc.model import Block
from beamer_agent.transactions.fees import Fees, replacement_fees
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import SentTransaction
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
        return Purse(None if funds is None else funds.native_balance, self._in_flight())

    def to_raise(self, fees: Fees, head: Block) -> int:
        """What must be left so that any one in flight, if it is too cheap now, can be mined."""
        base_fee = head.base_fee or 0
        return max((_raise(s, fees) for s in self.flight if s.fees.maximum < base_fee), default=0)

    def covers(self, cost: Wei, instead_of: Wei) -> bool:
        """Whether one of those in flight may cost so much more; yes while no balance is known."""
        funds = self.wallet.funds()
        if funds is None or cost <= instead_of:
            return True
        return self._in_flight() - instead_of + cost <= funds.native_balance

    def _in_flight(self) -> int:
        return sum(sent.newest.most_cost for sent in self.flight)


def _raise(sent: SentTransaction, offered: Fees) -> int:
    fees = replacement_fees(sent.fees, offered) or offered
    return sent.newest.gas * (fees.maximum - sent.fees.maximum)


class Purse:
    """What new transactions may cost, one after the other.

    Args:
        balance: in wei; None: none is known, and everything is covered.
        in_flight: what those could cost that are in flight already.
    """

    def __init__(self, balance: int | None, in_flight: int) -> None:
        self._balance = balance
        self._in_flight = in_flight

    def covers(self, cost: int) -> bool:
        """Whether there is so much, whatever comes."""
        return self._balance is None or self._in_flight + cost <= self._balance

    def spares(self, cost: int) -> bool:
        """Whether there is so much for what can wait; one alone may take all.

        Else half of the balance is kept: of as many as it could pay for at today's price, it could
        not replace the first at tomorrow's, and nothing behind that would be mined.
        """
        return self.covers(cost if self._in_flight == 0 else self._in_flight + 2 * cost)

    def take(self, cost: Wei) -> None:
        """Count something that is sent, covered or not."""
        self._in_flight += cost
