"""StakeBook: what the account has in open games on one source chain, all directions together."""

import threading

from beamer_agent.types import Wei


class StakeBook:
    """Keeps the sum of bids below a limit, whichever direction makes them.

    Each direction states its sum anew on every turn; between two turns it may only add to it
    with `take`. Thread-safe; the lock protects `_staked`.
    """

    def __init__(self, limit: Wei) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._staked: dict[str, Wei] = {}

    def state(self, direction: str, staked: Wei) -> None:
        """Replace what a direction has in its games, bids on their way included."""
        with self._lock:
            self._staked[direction] = staked

    def total(self) -> Wei:
        """What all directions have in their games."""
        with self._lock:
            return self._sum()

    def take(self, direction: str, bid: Wei) -> bool:
        """Add a bid if the limit allows it."""
        with self._lock:
            if self._sum() + bid > self._limit:
                return False
            self._staked[direction] = Wei(self._staked.get(direction, 0) + bid)
            return True

    def _sum(self) -> Wei:
        return Wei(sum(self._staked.values()))
