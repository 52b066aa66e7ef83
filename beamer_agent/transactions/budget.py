"""Budget: whether the account can pay for everything that is in flight, as nodes ask for it."""

from collections.abc import Sequence
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

    def purse(self, head: Block) -> "Purse":
        """For the new transactions of a turn."""
        funds, base_fee = self.wallet.funds(), head.base_fee or 0
        return Purse(
            None if funds is None else funds.native_balance,
            self._in_flight(),
            [sent for sent in self.flight if sent.fees.maximum < base_fee],
        )

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
        too_cheap: those of them that cannot be mined now.
    """

    def __init__(
        self, balance: int | None, in_flight: int, too_cheap: Sequence[SentTransaction] = ()
    ) -> None:
        self._balance = balance
        self._in_flight = in_flight
        self._too_cheap = too_cheap

    def covers(self, cost: int) -> bool:
        """Whether there is so much, whatever comes."""
        return self._balance is None or self._in_flight + cost <= self._balance

    def spares(self, cost: int) -> bool:
        """Whether there is so much for what can wait; one alone may take all.

        Else half of the balance is kept: of as many as it could pay for at today's price, it could
        not replace the first at tomorrow's, and nothing behind that would be mined.
        """
        return self.covers(cost if self._in_flight == 0 else self._in_flight + 2 * cost)

    def leaves_enough(self, cost: int, fees: Fees) -> bool:
        """Whether any one that is too cheap could be raised to this price beside it.

        Behind those it would not be mined, and might take what raises them.
        """
        if not self._too_cheap:
            return True
        return self.covers(cost + max(_raise(sent, fees) for sent in self._too_cheap))

    def take(self, cost: Wei) -> None:
        """Count something that is sent, covered or not."""
        self._in_flight += cost
