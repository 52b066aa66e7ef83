"""Supervisor: looks at every worker's pulse, and orders restarts; nobody supervises it.

pulses, past restarts  ->  judge  ->  orders to the agent's own thread, the service's state
                                      and, while that thread and this one turn, beats to systemd
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import ServiceError, ThrashingError
from beamer_agent.orders import SERVICE, SUPERVISOR, Restart, RestartKind
from beamer_agent.pulse import Pulse, PulseReading
from beamer_agent.service.lifecycle import ERROR, RUNNING, STARTING, ServiceLifecycle, Transition
from beamer_agent.service.notify import Notifier
from beamer_agent.service.restarts import PastRestart, RestartBook
from beamer_agent.service.verdict import judge, pause_before_restart

TURN_SECONDS: Final = 0.5
STILL_SECONDS: Final = 10.0
"""Who has not turned for so long stood still with all others, as a stopped process does."""

_SUPERVISED: Final = (STARTING, RUNNING, ERROR)


class Supervisor:
    """`step` runs in a thread of its own; the rest is for any thread.

    It restarts nothing itself, and waits for nobody. When it does not turn, `/healthz` says so,
    and the service manager, which hears no more beats, ends the process.

    Args:
        readings: of the workers that shall be at work; not of those that were replaced.
        give: takes an order for the agent's own thread.
        run_pulse: of the agent's own thread.
        describe: how the service is, as a sentence for people.
    """

    def __init__(
        self,
        lifecycle: ServiceLifecycle,
        book: RestartBook,
        readings: Callable[[], Iterable[PulseReading]],
        give: Callable[[Restart], None],
        run_pulse: Pulse,
        notifier: Notifier,
        clock: Clock,
        logger: FilteringBoundLogger,
        describe: Callable[[], str],
    ) -> None:
        self._lifecycle = lifecycle
        self._book = book
        self._readings = readings
        self._give = give
        self._run_pulse = run_pulse
        self._notifier = notifier
        self._clock = clock
        self._logger = logger
        self._describe = describe
        self._turned_at = clock.monotonic()
        self._has_stood_still = False
        """In the turn before: whose step took long meanwhile comes to its end by now."""
        self._is_thrashing = False
        self._thrashings = 0
        lifecycle.listen(self._log)
        lifecycle.listen(notifier.hear)

    def step(self) -> float:
        """One turn; seconds until the next."""
        now = self._clock.monotonic()
        # Before the readings: a worker that was replaced in between is not taken for the new one.
        past = self._book.past()
        has_stood_still = now - self._turned_at > STILL_SECONDS and not self._has_stood_still
        if self._lifecycle.state in _SUPERVISED and not has_stood_still:
            self._heal(past, now)
        self._has_stood_still = has_stood_still
        if self._lifecycle.state == ERROR:
            self._restart_whole(past)
        self._notifier.tell(self._describe())
        if not self._run_pulse.read().hangs(now):
            self._notifier.beat(now, TURN_SECONDS)
        self._turned_at = now
        return TURN_SECONDS

    def turned_seconds_ago(self) -> float:
        """Since the last turn was over."""
        return self._clock.monotonic() - self._turned_at

    @property
    def thrashings(self) -> int:
        """How often the service came into Error by too many restarts."""
        return self._thrashings

    def _heal(self, past: Sequence[PastRestart], now: float) -> None:
        verdict = judge(self._readings(), past, now)
        if verdict.error is not None:
            self._fall(verdict.error)
        for order in verdict.orders:
            self._order(order)

    def _fall(self, error: ServiceError) -> None:
        """Into Error, once; thrashing is told of even when the service is there already."""
        self._lifecycle.fall(str(error))
        if isinstance(error, ThrashingError) and not self._is_thrashing:
            self._is_thrashing = True
            self._thrashings += 1
            self._logger.error("Thrashing", error=str(error))

    def _restart_whole(self, past: Sequence[PastRestart]) -> None:
        if any(restart.part == SERVICE and restart.is_pending for restart in past):
            return
        look = self._lifecycle.look()
        since = self._clock.monotonic() - look.seconds
        if look.seconds >= pause_before_restart(past, since):
            self._is_thrashing = False
            self._order(Restart(SERVICE, RestartKind.HARD, str(look.reason), SUPERVISOR))

    def _order(self, order: Restart) -> None:
        self._book.given(order)
        self._give(order)

    def _log(self, change: Transition) -> None:
        is_error = change.target == ERROR and not self._lifecycle.is_ending
        log = self._logger.error if is_error else self._logger.info
        log("Service changed", state=change.target, former=change.source, reason=change.reason)
