"""ExposureBook: what was paid out for a chain's requests that may yet vanish, all directions."""

import threading
from collections.abc import Mapping

from beamer_agent.types import TokenAmount


class ExposureBook:
    """Keeps the sum of fills below a limit for each token, whichever direction makes them.

    Each direction states its sums anew on every turn; between two turns it may only add to them
    with `take`. Thread-safe; the lock protects `_paid`.

    Args:
        limits: by the operator's names of tokens, in base units; others are not limited.
    """

    def __init__(self, limits: Mapping[str, TokenAmount]) -> None:
        self._limits = dict(limits)
        self._lock = threading.Lock()
        self._paid: dict[str, dict[str, int]] = {}

    def is_limited(self, symbol: str | None) -> bool:
        """Whether a token has to be counted."""
        return symbol in self._limits

    def state(self, direction: str, paid: Mapping[str, int]) -> None:
        """Replace what a direction has paid out, fills on their way included."""
        with self._lock:
            self._paid[direction] = dict(paid)

    def take(self, direction: str, symbol: str, amount: TokenAmount) -> bool:
        """Add a fill if the limit of its token allows it."""
        limit = self._limits.get(symbol)
        if limit is None:
            return True
        with self._lock:
            if sum(paid.get(symbol, 0) for paid in self._paid.values()) + amount > limit:
                return False
            own = self._paid.setdefault(direction, {})
            own[symbol] = own.get(symbol, 0) + amount
            return True
