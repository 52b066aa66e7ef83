"""Metrics of endpoints: their health, as Prometheus reads it."""

import pytest

from beamer_agent.rpc.health import EndpointHealth
from beamer_agent.service.metrics.agent import AgentMetrics
from tests.factories import US

pytestmark = pytest.mark.unit

GOOD = EndpointHealth(
    chain="l2a",
    name="l2a/1",
    is_usable=True,
    latency_seconds=0.25,
    lag_seconds=0.0,
    answers=7,
    errors=1,
    rate_limited=0,
    distrusted=None,
    is_wrong_chain=False,
)
BAD = EndpointHealth(
    chain="l2a",
    name="l2a/2",
    is_usable=False,
    latency_seconds=None,
    lag_seconds=12.5,
    answers=0,
    errors=3,
    rate_limited=2,
    distrusted="misses logs",
    is_wrong_chain=False,
)

METRICS = {
    "beamer_endpoint_usable": (1, 0),
    "beamer_endpoint_latency_seconds": (0.25, None),
    "beamer_endpoint_lag_seconds": (0, 12.5),
    "beamer_endpoint_distrusted": (0, 1),
    "beamer_endpoint_errors_total": (1, 3),
    "beamer_endpoint_rate_limited_total": (0, 2),
}


def test_each_endpoint_has_its_own_values() -> None:
    """By chain and position; what is not known yet is left out."""
    metrics = AgentMetrics(US)
    metrics.observe_endpoints(lambda: [GOOD, BAD])
    for name, expected in METRICS.items():
        found = tuple(
            metrics.registry.get_sample_value(name, {"chain": "l2a", "endpoint": endpoint})
            for endpoint in ("l2a/1", "l2a/2")
        )
        assert found == expected, name


def test_values_are_those_of_the_moment_they_are_asked_for() -> None:
    """Endpoints may come later than the registry."""
    metrics = AgentMetrics(US)
    endpoints: list[EndpointHealth] = []
    metrics.observe_endpoints(lambda: endpoints)
    labels = {"chain": "l2a", "endpoint": "l2a/1"}
    assert metrics.registry.get_sample_value("beamer_endpoint_usable", labels) is None
    endpoints.append(GOOD)
    assert metrics.registry.get_sample_value("beamer_endpoint_usable", labels) == 1
