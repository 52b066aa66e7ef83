"""Prometheus metrics of endpoints, read from their health whenever somebody asks."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from beamer_agent.rpc.health import EndpointHealth

Look = Callable[[], Iterable[EndpointHealth]]
"""How the endpoints do now."""

LABELS = ("chain", "endpoint")


class EndpointCollector(Collector):
    """The endpoints' health as metrics; keeps nothing itself.

    Args:
        registry: which asks.
        look: the health of all endpoints.
    """

    def __init__(self, registry: CollectorRegistry, look: Look) -> None:
        self._look = look
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing: endpoints need not be known when the collector is made."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """One value of each metric for each endpoint."""
        healths = list(self._look())
        yield _gauge(
            "beamer_endpoint_usable",
            "1 when the endpoint serves its chain and answered last. 0: others stand in for it.",
            [(h, h.is_usable) for h in healths],
        )
        yield _gauge(
            "beamer_endpoint_latency_seconds",
            "Seconds until an answer, averaged over the last few. Above 1: look for a nearer one.",
            [(h, h.latency_seconds) for h in healths if h.latency_seconds is not None],
        )
        yield _gauge(
            "beamer_endpoint_lag_seconds",
            "How long other endpoints had known a newer block. Above 5: it is asked last.",
            [(h, h.lag_seconds) for h in healths],
        )
        yield _gauge(
            "beamer_endpoint_distrusted",
            "1 when the endpoint said what others deny, within ten minutes. Often: replace it.",
            [(h, h.distrusted is not None) for h in healths],
        )
        yield _counter(
            "beamer_endpoint_answers",
            "Questions with an answer. Flat: others are asked first, see their latency.",
            [(h, h.answers) for h in healths],
        )
        yield _counter(
            "beamer_endpoint_errors",
            "Questions without an answer. Growing with the answers: look for a better endpoint.",
            [(h, h.errors) for h in healths],
        )
        yield _counter(
            "beamer_endpoint_rate_limited",
            "Times that the endpoint asked to slow down. Growing: ask it less, or pay it more.",
            [(h, h.rate_limited) for h in healths],
        )


def _gauge(name: str, text: str, values: Iterable[tuple[EndpointHealth, float]]) -> Metric:
    return _filled(GaugeMetricFamily(name, text, labels=LABELS), values)


def _counter(name: str, text: str, values: Iterable[tuple[EndpointHealth, float]]) -> Metric:
    return _filled(CounterMetricFamily(name, text, labels=LABELS), values)


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily,
    values: Iterable[tuple[EndpointHealth, float]],
) -> Metric:
    for health, value in values:
        family.add_metric((health.chain, health.name), float(value))
    return family
