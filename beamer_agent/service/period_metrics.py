"""Prometheus metrics of audits at the ends of periods."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter


class PeriodMetrics:
    """The metrics, once for a registry: names are unique."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._differences = Counter(
            "beamer_period_differences",
            "What was known and the contracts denied. Any: a defect; the log has both views.",
            ["direction", "field"],
            registry=registry,
        )

    def of_direction(self, direction: str) -> Callable[[str], None]:
        """Counts a difference in a field, of a direction by its name. For any thread."""
        return lambda field: self._differences.labels(direction, field).inc()
