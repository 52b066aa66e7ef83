"""PeriodMetrics: how audits ended, by direction."""

import pytest
from prometheus_client import CollectorRegistry

from beamer_agent.periods.auditor import AuditOutcome
from beamer_agent.service.metrics.periods import PeriodMetrics

pytestmark = pytest.mark.unit

NAME = "l2a->l2b"


def test_audits_and_differences_are_counted() -> None:
    """Differences are there from the start: an alert looks for their increase."""
    registry = CollectorRegistry()
    count = PeriodMetrics(registry).of_direction(NAME)
    differences = "beamer_period_differences_total"
    assert registry.get_sample_value(differences, {"direction": NAME}) == 0
    count(AuditOutcome.DIFFERED, 3)
    count(AuditOutcome.AGREED, 0)
    assert registry.get_sample_value(differences, {"direction": NAME}) == 3
    for outcome in ("differed", "agreed"):
        labels = {"direction": NAME, "outcome": outcome}
        assert registry.get_sample_value("beamer_periods_total", labels) == 1
