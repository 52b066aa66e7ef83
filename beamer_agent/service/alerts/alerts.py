"""Alerts: the threads that look for trouble, tell of it, and say that all is well.

    registry --samples--> AlertWatch --messages--> Channel[url], one thread for each
                                   Heartbeat --GET--> whoever misses it

They are under no supervision: a channel that hangs is no defect of ours, and alerts about restarts
must survive them. Without the watch there are no heartbeats.
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.config.alerts import AlertsConfig
from beamer_agent.errors import FatalError
from beamer_agent.service.alerts import table
from beamer_agent.service.alerts.channel import Channel
from beamer_agent.service.alerts.delivery import open_all
from beamer_agent.service.alerts.evaluator import Evaluator
from beamer_agent.service.alerts.heartbeat import Heartbeat
from beamer_agent.service.alerts.message import AlertMessage
from beamer_agent.service.alerts.tally import Fate, MessageTally
from beamer_agent.service.alerts.watch import AlertWatch
from beamer_agent.service.keeper import Keeper
from beamer_agent.service.lifecycle import ERROR
from beamer_agent.service.status import AlertStatus, Status
from beamer_agent.types import Address

WATCH_SECONDS: Final = 60.0
"""The watch must have turned within so long, or nothing is well."""


class Alerts:
    """Of one agent. `start` and `stop` once each, the rest in any thread.

    Args:
        look: the status now; must not wait.
        on_fatal: told what cannot go on, from another thread.
    """

    def __init__(
        self,
        config: AlertsConfig,
        registry: CollectorRegistry,
        account: Address,
        look: Callable[[], Status],
        clock: Clock,
        logger: FilteringBoundLogger,
        on_fatal: Callable[[FatalError], None],
    ) -> None:
        self._urls = config.urls
        self._look = look
        self._tally = MessageTally(registry)
        self._channels = [
            Channel(position, url, self._tally, clock, logger)
            for position, url in enumerate(config.urls)
        ]
        self._tally.show_waiting(lambda: {c.name: c.waiting_seconds() for c in self._channels})
        evaluator = Evaluator(table.RULES)
        self._watch = AlertWatch(evaluator, registry, account, self._put, clock, logger)
        self._keeper = Keeper("AlertKeeper", on_fatal, clock, logger)
        self._keeper.add("AlertWatch", self._watch.step)
        for channel in self._channels:
            self._keeper.add(f"AlertChannel[{channel.name}]", channel.step, channel.wake)
        if (url := config.heartbeat_url) is not None:
            period = config.heartbeat_period
            heartbeat = Heartbeat(url, period, self._is_well, self._tell_of_heartbeat)
            self._keeper.add("Heartbeat", heartbeat.step, longest_retry=period)

    def start(self) -> None:
        """Look for trouble from now on. Takes a second with the first URL.

        Raises:
            ConfigurationError: with all URLs that cannot be used.
        """
        for channel, delivery in zip(self._channels, open_all(self._urls), strict=True):
            channel.open(delivery)
        self._keeper.start()

    def stop(self) -> None:
        """End; what was not sent by now is not sent."""
        self._keeper.stop()

    def firing(self) -> tuple[AlertStatus, ...]:
        """The alerts that fire."""
        return self._watch.firing()

    def _put(self, message: AlertMessage) -> None:
        for channel in self._channels:
            channel.put(message)

    def _is_well(self) -> bool:
        status = self._look()
        return (
            status.service.state != ERROR
            and status.is_alive
            and self._watch.turned_seconds_ago() < WATCH_SECONDS
        )

    def _tell_of_heartbeat(self, is_heard: bool) -> None:
        self._tally.count_heartbeat(Fate.SENT if is_heard else Fate.REFUSED)
