"""Allowances: how much of each token the FillManager may take, after everything that was sent."""

from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import ExpectedAllowance, PlannedTransaction
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.reasons import AllowanceUnknownError
from beamer_agent.types import Address, TokenAmount


class AllowanceBook:
    """Knows them without asking, for nobody but the account changes them.

    Until something that was sent does not come about as planned: then the chain is asked anew.
    Owned by the sender's thread.
    """

    def __init__(self, flight: Flight, queue: ActionQueue) -> None:
        self._flight = flight
        self._queue = queue
        self._setbacks = 0
        self._settled: dict[Address, TokenAmount] = {}
        self._zero_first: set[Address] = set()

    def expected(self, token: Address) -> TokenAmount | None:
        """What it will be once all that is in flight is mined; None: the chain must be asked."""
        in_flight = self._flight.allowance(token)
        return self._settled.get(token) if in_flight is None else in_flight

    def learn(self, after: ExpectedAllowance) -> None:
        """The chain has said it, or a transaction was sent that leaves so much."""
        self._settled[after.token] = after.amount

    def forget(self) -> None:
        """Something did not go as planned: the chain is to be asked anew."""
        self._settled.clear()

    def tries_at_once(self, token: Address) -> bool:
        """Whether a settled allowance that is not 0 may be changed directly, for all we know."""
        is_settled = self._flight.allowance(token) is None
        return is_settled and bool(self._settled.get(token)) and token not in self._zero_first

    def note_zero_first(self, token: Address) -> None:
        """It has refused to."""
        self._zero_first.add(token)

    def draft(self) -> "AllowanceDraft":
        """To plan with: what is planned does not count before it is sent."""
        setbacks = self._queue.setbacks
        if setbacks != self._setbacks:
            self.forget()
        self._setbacks = setbacks
        return AllowanceDraft(self)


class AllowanceDraft:
    """The allowances of a turn while it is planned, transaction after transaction."""

    def __init__(self, book: AllowanceBook) -> None:
        self._book = book
        self._planned: dict[Address, TokenAmount] = {}

    def expected(self, token: Address) -> TokenAmount:
        """After all that is in flight or planned.

        Raises:
            AllowanceUnknownError: the chain must be asked.
        """
        planned = self._planned.get(token)
        expected = self._book.expected(token) if planned is None else planned
        if expected is None:
            raise AllowanceUnknownError(token)
        return expected

    def takes_at_once(self, token: Address) -> bool:
        """Whether another allowance may replace it directly; otherwise it has to be 0 first.

        Some tokens (USDT) refuse to change one non-zero allowance into another. They are tried,
        but cannot be while the present one is only on its way.
        """
        if not self.expected(token):
            return True
        return token not in self._planned and self._book.tries_at_once(token)

    def add(self, planned: PlannedTransaction) -> None:
        """Count with a transaction."""
        after = planned.allowance_after
        if after is not None:
            self._planned[after.token] = after.amount
