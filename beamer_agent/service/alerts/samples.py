"""Samples: what a registry shows at a moment, by name."""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

Samples = Mapping[str, "list[Sample]"]
"""By the name of the sample: `beamer_losses_total`."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at a moment."""

    labels: Mapping[str, str]
    value: float


def take_samples(registry: CollectorRegistry, names: Collection[str]) -> Samples:
    """The samples with these names; those that are no numbers are left out."""
    taken: dict[str, list[Sample]] = {name: [] for name in names}
    for name, sample in _all_samples(registry):
        if name in taken and not math.isnan(sample.value):
            taken[name].append(sample)
    return taken


def _all_samples(registry: CollectorRegistry) -> Iterator[tuple[str, Sample]]:
    for metric in registry.collect():
        for sample in metric.samples:
            yield sample.name, Sample(sample.labels, sample.value)
