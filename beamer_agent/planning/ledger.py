"""Ledger: what a direction has earned and lost since the process began.

It crosses what else is forgotten: periods, settled requests, and a hard restart, after which all
events are told once more. What stood in a chain before the process began is not in it.

    began            counted for good         counted, may be told again        head
      |-------- no more is remembered -----------|------ each by its key -----------|
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from beamer_agent.planning.earnings import Earning, EarningKey, EarningKind
from beamer_agent.types import BlockNumber, Wei


@dataclass(frozen=True, slots=True)
class LedgerReading:
    """The sums at a moment."""

    fees: Mapping[str, int]
    """Base units by the operator's names of tokens."""
    stakes_won: Wei
    """In the source chain's native currency; beyond our own stake."""
    stakes_lost: Wei


class Ledger:
    """The sums of one direction. Thread-safe; the lock protects all that is below it.

    What a reorganisation takes away for good stays counted: sums never fall, and what it moves to
    another block is known by its key.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted_until: BlockNumber | None = None
        """On the source chain: nothing up to this block is to be counted any more."""
        self._recent: dict[EarningKey, BlockNumber] = {}
        """What is counted above it."""
        self._fees: Counter[str] = Counter()
        self._stakes: Counter[EarningKind] = Counter()

    def begin(self, at: BlockNumber) -> BlockNumber:
        """Count what happens after a block; only the first time, the next is a restart.

        Returns:
            the block after which something may still be counted.
        """
        with self._lock:
            if self._counted_until is None:
                self._counted_until = at
            return self._counted_until

    def book(self, earnings: Iterable[Earning], symbol: str) -> None:
        """Count what is not counted yet; `symbol` names the token of fees."""
        with self._lock:
            for earning in earnings:
                if self._counted_until is None or earning.block_number <= self._counted_until:
                    continue
                if earning.key not in self._recent:
                    self._count(earning, symbol)
                self._recent[earning.key] = earning.block_number

    def close(self, until: BlockNumber) -> None:
        """All events up to a block were booked, and no reorganisation will replace it."""
        with self._lock:
            if self._counted_until is None or until <= self._counted_until:
                return
            self._counted_until = until
            for key, number in list(self._recent.items()):
                if number <= until:
                    del self._recent[key]

    def read(self) -> LedgerReading:
        """The sums now."""
        with self._lock:
            return LedgerReading(
                dict(self._fees),
                Wei(self._stakes[EarningKind.STAKE_WON]),
                Wei(self._stakes[EarningKind.STAKE_LOST]),
            )

    def __len__(self) -> int:
        """How much is remembered."""
        with self._lock:
            return len(self._recent)

    def _count(self, earning: Earning, symbol: str) -> None:
        if earning.kind is EarningKind.FEE:
            self._fees[symbol] += earning.amount
        else:
            self._stakes[earning.kind] += earning.amount
