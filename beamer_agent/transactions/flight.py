"""The transactions of one account that a node may have and no block has yet, by nonce."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from beamer_agent.transactions.model import SentTransaction, SignedTransaction
from beamer_agent.types import Address, TokenAmount


@dataclass(frozen=True, slots=True)
class FlightReading:
    """What is in flight at a moment."""

    count: int
    oldest_since: float | None
    """Monotonic seconds: when the first that waits for its block was sent; None: none does."""
    vacant: int
    """Nonces that nothing has, though others wait behind them."""


class Flight:
    """In-flight transactions in order of their nonces. Owned by the sender's thread."""

    def __init__(self) -> None:
        self._transactions: list[SentTransaction] = []
        self._vacant: set[int] = set()

    def add(self, transaction: SentTransaction) -> None:
        """Put a transaction behind all others; its nonce is the highest."""
        self._vacant.discard(transaction.nonce)
        self._transactions.append(transaction)

    def restore(self, transactions: Iterable[SentTransaction]) -> None:
        """Take transactions in whose block was replaced, each at the place of its nonce."""
        transactions = tuple(transactions)
        self._transactions = sorted((*self._transactions, *transactions), key=lambda t: t.nonce)
        self._vacant.difference_update(transaction.nonce for transaction in transactions)

    def remove(self, transaction: SentTransaction) -> None:
        """Take a transaction out."""
        self._transactions.remove(transaction)

    def refuse(self, transaction: SentTransaction) -> None:
        """Take out what no node has: nothing has its nonce."""
        self.remove(transaction)
        self._vacant.add(transaction.nonce)

    def vacant(self) -> list[int]:
        """Nonces that were refused, and behind which others cannot be mined; the lowest first."""
        next_nonce = self.next_nonce() or 0
        self._vacant = {nonce for nonce in self._vacant if nonce < next_nonce}
        return sorted(self._vacant)

    def occupy(self, nonces: Iterable[int]) -> None:
        """Somebody's transactions have these nonces."""
        self._vacant.difference_update(nonces)

    def first_nonce(self) -> int | None:
        """The lowest nonce; None when there is none."""
        return self._transactions[0].nonce if self._transactions else None

    def next_nonce(self) -> int | None:
        """The nonce behind the last transaction; None when there is none."""
        return self._transactions[-1].nonce + 1 if self._transactions else None

    def is_holding(self) -> bool:
        """Whether one of them waits for its action to be wanted again."""
        return any(transaction.held_since is not None for transaction in self._transactions)

    def allowance(self, token: Address) -> TokenAmount | None:
        """A token's allowance once all this is mined; None when nothing here touches it."""
        for transaction in reversed(self._transactions):
            for after in reversed(transaction.planned.allowances):
                if after.token == token:
                    return after.amount
        return None

    def has_approval(self, token: Address) -> bool:
        """Whether an approval of a token is among them."""
        steps = (step for sent in self._transactions for step in sent.planned.steps)
        found = (step.allowance_after for step in steps if step.is_approval)
        return any(after is not None and after.token == token for after in found)

    def read(self) -> FlightReading:
        """What there is, for whoever shows it."""
        times = (transaction.first_sent_at for transaction in self._transactions)
        return FlightReading(len(self), min(times, default=None), len(self.vacant()))

    def versions(self) -> list[tuple[SentTransaction, SignedTransaction]]:
        """Every version of every transaction."""
        return [(t, version) for t in self._transactions for version in t.versions]

    def __iter__(self) -> Iterator[SentTransaction]:
        return iter(tuple(self._transactions))

    def __len__(self) -> int:
        return len(self._transactions)
