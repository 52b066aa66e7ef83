"""PayoutBook: what the agent has paid out for requests, all directions from all chains together.

    paid out, or about to be ---- open ----> withdrawn, or lost
    |------ counts into the hour ------|

An entry for each request, replaced when the request changes, and none for what is long over.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from beamer_agent.actions.model import Reason, Skip
from beamer_agent.types import Address, ChainId, RequestId, Seconds, Timestamp, TokenAmount, Wei
from beamer_agent.units import WEI_PER_COIN

HOUR: Final = Seconds(3_600)

Token = tuple[ChainId, Address]
"""A token of a source chain: what a price belongs to."""


@dataclass(frozen=True, slots=True)
class PayoutLimits:
    """What the operator said; by his names of tokens, in base units."""

    per_hour: Mapping[str, TokenAmount]
    open: Mapping[str, TokenAmount]
    exposure: Wei | None = None
    """Of all tokens together, in native currency; None: no limit."""

    @property
    def is_any(self) -> bool:
        """Whether there is one at all."""
        return self.exposure is not None or bool(self.per_hour or self.open)

    def is_on(self, symbol: str) -> bool:
        """Whether what is paid out of a token counts into any of them."""
        return self.exposure is not None or symbol in self.per_hour or symbol in self.open


@dataclass(frozen=True, slots=True)
class Payout:
    """What one request takes, or has taken."""

    symbol: str
    token: Token
    amount: TokenAmount
    paid_at: Timestamp | None
    """None: just now, as far as anybody knows."""
    is_open: bool
    """Whether its deposit is still to be had."""

    def is_within_hour(self, now: Timestamp) -> bool:
        """Whether it counts into what is paid out within an hour."""
        return self.paid_at is None or now - self.paid_at < HOUR


class PayoutBook:
    """Keeps the sums of all directions within the limits. Thread-safe.

    While a direction does not know what an earlier life has paid out, nobody does, and nothing is
    taken. The lock protects what is below it.

    Args:
        directions: the names of all that may pay out, whether they work yet or not.
    """

    def __init__(self, limits: PayoutLimits, directions: Iterable[str]) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._unknown = set(directions)
        """Directions that do not know."""
        self._prices: dict[Token, int] = {}
        self._payouts: dict[RequestId, Payout] = {}
        self._recent: set[RequestId] = set()
        """Those within the hour, as of `_looked_at`."""
        self._looked_at = Timestamp(0)
        self._open: Counter[tuple[str, Token]] = Counter()
        """Amounts that are open."""
        self._within_hour: Counter[str] = Counter()
        """Amounts of `_recent`."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be counted, of any token."""
        return not self._limits.is_any

    def is_limited(self, symbol: str) -> bool:
        """Whether a token has to be counted."""
        return self._limits.is_on(symbol)

    def state(self, direction: str, prices: Mapping[Token, int], *, is_known: bool) -> None:
        """Say whether all that a direction has paid out is noted, and what its tokens are worth.

        `prices` are in base units for one native coin; 0 stands for none.
        """
        with self._lock:
            self._prices.update(prices)
            if is_known:
                self._unknown.discard(direction)
            else:
                self._unknown.add(direction)

    def note(self, request_id: RequestId, payout: Payout | None, now: Timestamp) -> None:
        """Replace what is known of a request; None: nothing was paid for it."""
        with self._lock:
            self._put(request_id, payout, now)

    def close(self, request_id: RequestId, now: Timestamp) -> None:
        """Nothing more will be had for a request, which may have been paid for just now."""
        with self._lock:
            payout = self._payouts.get(request_id)
            if payout is not None:
                paid_at = now if payout.paid_at is None else payout.paid_at
                self._put(request_id, replace(payout, paid_at=paid_at, is_open=False), now)

    def take(self, request_id: RequestId, payout: Payout, now: Timestamp) -> Skip | None:
        """Note a payout that is about to be made, or say why the limits do not allow it."""
        with self._lock:
            if self._unknown:
                directions = ", ".join(sorted(self._unknown))
                return Skip(Reason.PAYOUTS_UNKNOWN, figures=(("directions", directions),))
            self._forget_old(now)
            self._put(request_id, payout, now)
            refusal = self._beyond_amounts(payout) or self._beyond_exposure()
            if refusal is not None:
                self._put(request_id, None, now)
            return refusal

    def _put(self, request_id: RequestId, payout: Payout | None, now: Timestamp) -> None:
        known = self._payouts.pop(request_id, None)
        if known is not None:
            if known.is_open:
                self._open[known.symbol, known.token] -= known.amount
            self._let_pass(request_id, known)
        if payout is None or not (payout.is_open or payout.is_within_hour(now)):
            return
        self._payouts[request_id] = payout
        if payout.is_open:
            self._open[payout.symbol, payout.token] += payout.amount
        if payout.is_within_hour(now):
            self._recent.add(request_id)
            self._within_hour[payout.symbol] += payout.amount

    def _let_pass(self, request_id: RequestId, payout: Payout) -> None:
        if request_id in self._recent:
            self._recent.remove(request_id)
            self._within_hour[payout.symbol] -= payout.amount

    def _forget_old(self, now: Timestamp) -> None:
        if now == self._looked_at:
            return  # many are taken within a second
        self._looked_at = now
        for request_id in list(self._recent):
            payout = self._payouts[request_id]
            if not payout.is_within_hour(now):
                self._let_pass(request_id, payout)
                if not payout.is_open:
                    del self._payouts[request_id]

    def _beyond_amounts(self, payout: Payout) -> Skip | None:
        symbol = payout.symbol
        still_open = sum(amount for (other, _), amount in self._open.items() if other == symbol)
        for reason, total, limits in (
            (Reason.HOUR_LIMIT, self._within_hour[symbol], self._limits.per_hour),
            (Reason.OPEN_LIMIT, still_open, self._limits.open),
        ):
            limit = limits.get(symbol)
            if limit is not None and total > limit:
                paid = total - payout.amount
                figures = (("amount", payout.amount), ("paid_out", paid), ("limit", limit))
                return Skip(reason, figures=figures)
        return None

    def _beyond_exposure(self) -> Skip | None:
        limit = self._limits.exposure
        if limit is None:
            return None
        total = 0
        for (_, token), amount in self._open.items():
            price = self._prices.get(token, 0)
            if amount and price <= 0:
                return Skip(Reason.UNPRICED, figures=(("token", token[1]),))
            total += -(-amount * WEI_PER_COIN // price) if amount else 0
        if total <= limit:
            return None
        return Skip(Reason.EXPOSURE_LIMIT, figures=(("exposure", total), ("limit", limit)))


NO_LIMITS: Final = PayoutLimits({}, {})
"""Whatever is asked for is paid out."""
