"""AlertWatch: evaluates the rules again and again; news go to the log and to all channels."""

from collections.abc import Callable, Sequence
from typing import Final

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.service.alerts.evaluator import AlertNews, Evaluator, NewsKind
from beamer_agent.service.alerts.message import AlertMessage, message_of
from beamer_agent.service.alerts.samples import take_samples
from beamer_agent.service.status import AlertStatus
from beamer_agent.types import Address

PERIOD_SECONDS: Final = 5.0


class AlertWatch:
    """Looks at a registry. `step` in one thread, the rest in any.

    Args:
        put: takes each message; must not wait.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        registry: CollectorRegistry,
        account: Address,
        put: Callable[[AlertMessage], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._evaluator = evaluator
        self._registry = registry
        self._account = account
        self._put = put
        self._clock = clock
        self._logger = logger
        self._turned_at = clock.monotonic()
        self._firing: tuple[AlertStatus, ...] = ()

    def step(self) -> float:
        """Evaluate all rules once; the seconds until the next time."""
        samples = take_samples(self._registry, self._evaluator.names)
        now = self._clock.now()
        news = self._evaluator.look(samples, self._clock.monotonic(), now)
        self._firing = self._evaluator.firing()
        self._turned_at = self._clock.monotonic()
        if news:
            self._log(news)
            self._put(message_of(news, self._account, now))
        return PERIOD_SECONDS

    def firing(self) -> tuple[AlertStatus, ...]:
        """The alerts that fire."""
        return self._firing

    def turned_seconds_ago(self) -> float:
        """Since it last evaluated all rules."""
        return self._clock.monotonic() - self._turned_at

    def _log(self, news: Sequence[AlertNews]) -> None:
        for entry in news:
            alert = entry.alert
            facts = {"alert": alert.name, **alert.labels, "runbook": alert.runbook}
            if entry.kind is NewsKind.RECOVERED:
                self._logger.info("Alert is over", **facts)
            else:
                self._logger.warning("Alert", sentence=alert.sentence, **facts)
