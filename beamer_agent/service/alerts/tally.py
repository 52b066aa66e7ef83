"""MessageTally: what became of messages and heartbeats, as metrics."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Waiting = Callable[[], Mapping[str, float]]
"""For how many seconds the oldest message of each channel has been waiting."""

_WAITING: Final = "beamer_alert_channel_waiting_seconds"


class Fate(StrEnum):
    """What became of a message at one try."""

    SENT = "sent"
    REFUSED = "refused"
    DROPPED = "dropped"


class MessageTally:
    """The metrics, once for a registry: names are unique. For any thread."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._messages = Counter(
            "beamer_alert_messages",
            "Messages by channel and outcome. Refused ones growing: beamer-agent alerts test.",
            ["channel", "outcome"],
            registry=registry,
        )
        self._heartbeats = Counter(
            "beamer_heartbeats",
            "Heartbeats by outcome; none is sent while the agent is not well.",
            ["outcome"],
            registry=registry,
        )

    def count(self, channel: str, fate: Fate) -> None:
        """A message was tried, or given up."""
        self._messages.labels(channel, fate.value).inc()

    def count_heartbeat(self, fate: Fate) -> None:
        """A heartbeat was tried."""
        self._heartbeats.labels(fate.value).inc()

    def show_waiting(self, waiting: Waiting) -> None:
        """From now on show how long messages wait. Once."""
        _WaitingCollector(self._registry, waiting)


class _WaitingCollector(Collector):
    def __init__(self, registry: CollectorRegistry, waiting: Waiting) -> None:
        self._waiting = waiting
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        return (_family(),)

    def collect(self) -> Iterable[Metric]:
        family = _family()
        for channel, seconds in self._waiting().items():
            family.add_metric((channel,), seconds)
        yield family


def _family() -> GaugeMetricFamily:
    text = "How long the oldest message has been waiting. Growing: beamer-agent alerts test."
    return GaugeMetricFamily(_WAITING, text, labels=("channel",))
