"""Families: metrics that are read from what is known whenever somebody asks, not counted."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

Values: TypeAlias = Iterable[tuple[Sequence[str], float]]
"""The values of the labels, and what they stand for."""


def gauge(name: str, text: str, labels: Sequence[str], values: Values) -> Metric:
    """What may rise and fall."""
    return _filled(GaugeMetricFamily(name, text, labels=labels), values)


def counter(name: str, text: str, labels: Sequence[str], values: Values) -> Metric:
    """What only rises while the process lives; `_total` is added to its name."""
    return _filled(CounterMetricFamily(name, text, labels=labels), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Values) -> Metric:
    for labels, value in values:
        family.add_metric(tuple(labels), float(value))
    return family
