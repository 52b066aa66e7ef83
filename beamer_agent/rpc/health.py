"""How an endpoint does: a fold of what was observed of it. Times are the clock's `monotonic`."""

from dataclasses import dataclass, replace
from math import ceil, inf, log2
from typing import Final

LATENCY_WEIGHT: Final = 0.2
ERROR_WEIGHT: Final = 0.1
FAILING_RATE: Final = 0.25
"""With more errors than this an endpoint ranks behind those that work."""
FAST_SECONDS: Final = 0.05
"""Among endpoints as fast as this the speed makes no difference."""
LAG_SECONDS: Final = 5.0
"""Blocks take a second or two from node to node: who is this far behind stands still."""
FIRST_REST_SECONDS: Final = 0.5
LONGEST_REST_SECONDS: Final = 5.0
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0
LONGEST_RETRY_AFTER: Final = 60.0
DISTRUST_SECONDS: Final = 600.0
FIRST_FOREIGN_SECONDS: Final = 1.0
FOREIGN_SECONDS: Final = 30.0
"""At first, and at most: after which an endpoint of another chain is asked again which one it
serves. Nodes that have just been started may answer before they have read what they have."""

Rank = tuple[bool, bool, bool, bool, int]


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of an endpoint. Every method gives the health after one more observation."""

    latency: float | None = None
    """Seconds until an answer, averaged; the newest counts for a fifth."""
    error_rate: float = 0.0
    """Share of questions without an answer, averaged; the newest counts for a tenth."""
    failures: int = 0
    """Without an answer in between."""
    rests_until: float = -inf
    """After failures: others are preferred."""
    pauses: int = 0
    """Wishes to be left alone, without an answer in between."""
    paused_until: float = -inf
    """It wants to be left alone: it is not asked at all."""
    lag: float = 0.0
    """Seconds since another endpoint showed a block that this one did not know."""
    reason: str | None = None
    """Why it is distrusted, or was."""
    distrusted_until: float = -inf
    is_identified: bool = False
    """It has told its chain since it was last unreachable."""
    is_foreign: bool = False
    """It has told another chain."""
    foreign_until: float = -inf
    strangeness: int = 0
    """How often it has told another chain, without telling ours in between."""
    head_at: float = -inf
    """When it showed its newest block."""
    answers: int = 0
    errors: int = 0
    rate_limited: int = 0

    def answered(self, at: float, seconds: float | None) -> "Health":
        """It answered; `seconds` is None when it had much to do."""
        return replace(
            self,
            latency=self.latency if seconds is None else _averaged(self.latency, seconds),
            error_rate=self.error_rate * (1 - ERROR_WEIGHT),
            failures=0,
            rests_until=-inf,
            pauses=self.pauses if self.is_paused(at) else 0,
            answers=self.answers + 1,
        )

    def failed(self, at: float, share: float, *, is_cut_off: bool = False) -> "Health":
        """It did not; `share` from 0 to 1 sets its rest apart from those of others."""
        longest = min(FIRST_REST_SECONDS * 2 ** min(self.failures, 10), LONGEST_REST_SECONDS)
        return replace(
            self,
            error_rate=self.error_rate + (1 - self.error_rate) * ERROR_WEIGHT,
            failures=self.failures + 1,
            rests_until=at + longest * (1 + share) / 2,
            is_identified=self.is_identified and not is_cut_off,
            errors=self.errors + 1,
        )

    def slowed(self, at: float, retry_after: float | None) -> "Health":
        """It wants to be asked less often: after these seconds, if it says when."""
        if retry_after is None:
            pause = min(FIRST_PAUSE_SECONDS * 2 ** min(self.pauses, 10), LONGEST_PAUSE_SECONDS)
        else:
            pause = min(max(retry_after, FIRST_PAUSE_SECONDS), LONGEST_RETRY_AFTER)
        # Calls that were under way together are one wish, not many.
        is_new = not self.is_paused(at)
        until = at + pause if is_new or retry_after is not None else self.paused_until
        return replace(
            self,
            pauses=self.pauses + is_new,
            paused_until=max(self.paused_until, until),
            rate_limited=self.rate_limited + 1,
        )

    def showed_head(self, at: float, lag: float) -> "Health":
        """It showed its newest block, which was so far behind."""
        return replace(self, lag=lag, head_at=at)

    def distrusted(self, at: float, reason: str) -> "Health":
        """It said what was not true."""
        return replace(self, reason=reason, distrusted_until=at + DISTRUST_SECONDS)

    def identified(self) -> "Health":
        """It serves the chain that it should."""
        return replace(
            self, is_identified=True, is_foreign=False, foreign_until=-inf, strangeness=0
        )

    def estranged(self, at: float) -> "Health":
        """It serves another chain."""
        seconds = min(FIRST_FOREIGN_SECONDS * 2 ** min(self.strangeness, 10), FOREIGN_SECONDS)
        return replace(
            self,
            is_identified=False,
            is_foreign=True,
            foreign_until=at + seconds,
            strangeness=self.strangeness + 1,
        )

    @property
    def is_failing(self) -> bool:
        """Whether it failed just now, or often."""
        return self.failures > 0 or self.error_rate > FAILING_RATE

    def is_paused(self, now: float) -> bool:
        """Whether it wants to be left alone."""
        return now < self.paused_until

    def is_resting(self, now: float) -> bool:
        """Whether another endpoint is better asked first, because this one failed."""
        return now < self.rests_until

    def is_distrusted(self, now: float) -> bool:
        """Whether it said what was not true, not long ago."""
        return now < self.distrusted_until

    def may_be_asked(self, now: float) -> bool:
        """Whether it serves the chain, or may do so again, and does not want to be left alone."""
        return not self.is_paused(now) and now >= self.foreign_until

    def rank(self, now: float) -> Rank:
        """The less the better; equal ones stand in the order of the configuration."""
        return (
            self.is_resting(now),
            self.is_distrusted(now),
            self.lag >= LAG_SECONDS,
            self.is_failing,
            _bucket(self.latency),
        )


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """What an operator wants to know of an endpoint."""

    chain: str
    name: str
    is_usable: bool
    """It serves the right chain, does not want to be left alone, and answered last."""
    latency_seconds: float | None
    lag_seconds: float
    answers: int
    errors: int
    rate_limited: int
    distrusted: str | None
    """Why; None when it is not."""
    is_wrong_chain: bool


def report(chain: str, name: str, health: Health, now: float) -> EndpointHealth:
    """An endpoint's health in an operator's words."""
    return EndpointHealth(
        chain=chain,
        name=name,
        is_usable=health.failures == 0 and not health.is_paused(now) and not health.is_foreign,
        latency_seconds=health.latency,
        lag_seconds=health.lag,
        answers=health.answers,
        errors=health.errors,
        rate_limited=health.rate_limited,
        distrusted=health.reason if health.is_distrusted(now) else None,
        is_wrong_chain=health.is_foreign,
    )


def _averaged(before: float | None, new: float) -> float:
    return new if before is None else before + (new - before) * LATENCY_WEIGHT


def _bucket(latency: float | None) -> int:
    # Who has not answered yet counts as fast: it is found out soon.
    if latency is None or latency <= FAST_SECONDS:
        return 0
    return ceil(log2(latency / FAST_SECONDS))
