"""Channel: messages in from any thread, out to one URL; one that hangs holds nobody up."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr
from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RecoverableError
from beamer_agent.service.alerts.delivery import AppriseDelivery
from beamer_agent.service.alerts.message import AlertMessage
from beamer_agent.service.alerts.tally import Fate, MessageTally

MOST_WAITING: Final = 100
"""Of more messages the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    message: AlertMessage
    since: float


class Channel:
    """One URL. `put` from any thread; `open` once, before the first `step` in its worker's.

    Args:
        position: in the configuration's list.
    """

    def __init__(
        self,
        position: int,
        url: SecretStr,
        tally: MessageTally,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        scheme = url.get_secret_value().partition("://")[0]
        self.name = f"{scheme}-{position}"
        """For logs and metrics: the service's scheme is no secret."""
        self.wake = threading.Event()
        self._tally = tally
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()
        """Protects `_waiting`."""
        self._waiting: deque[_Waiting] = deque()
        self._delivery: AppriseDelivery | None = None

    def open(self, delivery: AppriseDelivery) -> None:
        """Send with this from now on."""
        self._delivery = delivery

    def put(self, message: AlertMessage) -> None:
        """Send it as soon as can be; returns at once."""
        with self._lock:
            self._waiting.append(_Waiting(message, self._clock.monotonic()))
            has_dropped = len(self._waiting) > MOST_WAITING
            if has_dropped:
                self._waiting.popleft()
        if has_dropped:
            self._tally.count(self.name, Fate.DROPPED)
        self.wake.set()

    def waiting_seconds(self) -> float:
        """How long the oldest message has been waiting; 0: none does. For any thread."""
        with self._lock:
            return self._clock.monotonic() - self._waiting[0].since if self._waiting else 0.0

    def step(self) -> float | None:
        """Send the oldest message.

        Raises:
            RecoverableError: it was not taken; it will be tried again.
        """
        with self._lock:
            oldest = self._waiting[0] if self._waiting else None
        if oldest is None or self._delivery is None:
            return None
        try:
            self._delivery.send(oldest.message)
        except RecoverableError:
            self._tally.count(self.name, Fate.REFUSED)
            raise
        self._tally.count(self.name, Fate.SENT)
        self._logger.info("Alert sent", channel=self.name, title=oldest.message.title)
        with self._lock:
            if self._waiting and self._waiting[0] is oldest:  # it may have been dropped meanwhile
                self._waiting.popleft()
        return 0.0
