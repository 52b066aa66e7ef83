"""Prometheus metrics of audits at the ends of periods."""

from prometheus_client import CollectorRegistry, Counter

from beamer_agent.periods.auditor import AuditCounter, AuditOutcome


class PeriodMetrics:
    """The metrics, once for a registry: names are unique."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._periods = Counter(
            "beamer_periods",
            "Comparisons with the contracts. Only unanswered ones: look at the endpoints.",
            ["direction", "outcome"],
            registry=registry,
        )
        self._differences = Counter(
            "beamer_period_differences",
            "What was known and the contracts denied. Any: a defect; the log has both views.",
            ["direction"],
            registry=registry,
        )

    def of_direction(self, direction: str) -> AuditCounter:
        """Counts the audits of a direction, by its name. For any thread."""
        differences = self._differences.labels(direction)

        def count(outcome: AuditOutcome, found: int) -> None:
            self._periods.labels(direction, outcome.value).inc()
            differences.inc(found)

        return count
