"""Figures: samples in, the figure of each alert of a rule out."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from beamer_agent.service.alerts.rule import CLOCK, Rule
from beamer_agent.service.alerts.samples import Sample, Samples

Labels = tuple[tuple[str, str], ...]
"""Of an alert: the rule's `by` with their values."""


class Figures:
    """The figures of one rule; remembers how counters have grown. For one thread."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._increases: dict[Labels, _Increase] = {}
        """By all labels of a series."""
        self._has_looked = False

    def look(self, samples: Samples, now: float, wall_clock: float) -> Mapping[Labels, float]:
        """The figures at a moment.

        Args:
            samples: of the rule's metrics, at least.
            now: monotonic seconds.
            wall_clock: seconds since the Unix epoch.
        """
        rule = self._rule
        figures = self._sums(self._grown(samples[rule.metric], now), rule.where)
        if rule.minus == CLOCK:
            figures = {labels: figure - wall_clock for labels, figure in figures.items()}
        elif rule.minus is not None:
            less = self._sums(((s.labels, s.value) for s in samples[rule.minus]), {})
            figures = {k: figure - less[k] for k, figure in figures.items() if k in less}
        return {labels: figure / rule.unit for labels, figure in figures.items()}

    def _grown(
        self, samples: Iterable[Sample], now: float
    ) -> Iterator[tuple[Mapping[str, str], float]]:
        window = self._rule.window
        for sample in samples:
            value = sample.value
            if window:
                value = self._increase(sample).over(window, value, now)
            yield sample.labels, value
        self._has_looked = True

    def _increase(self, sample: Sample) -> "_Increase":
        series = tuple(sorted(sample.labels.items()))
        # What is there before anybody has looked was there before; what comes later has grown.
        first = 0.0 if self._has_looked else sample.value
        return self._increases.setdefault(series, _Increase(first))

    def _sums(
        self,
        series: Iterable[tuple[Mapping[str, str], float]],
        where: Mapping[str, tuple[str, ...]],
    ) -> dict[Labels, float]:
        sums: dict[Labels, float] = {}
        for labels, value in series:
            if all(labels.get(label) in wanted for label, wanted in where.items()):
                key = tuple((label, labels.get(label, "")) for label in self._rule.by)
                sums[key] = sums.get(key, 0.0) + value
        return sums


class _Increase:
    """How one counter has grown."""

    def __init__(self, value: float) -> None:
        self._last = value
        self._steps: deque[tuple[float, float]] = deque()
        """When it grew, and by how much."""

    def over(self, window: float, value: float, now: float) -> float:
        """Its increase until now, with its value now; one that begins anew counts from 0."""
        if value != self._last:
            self._steps.append((now, value - self._last if value > self._last else value))
            self._last = value
        while self._steps and self._steps[0][0] <= now - window:
            self._steps.popleft()
        return sum(step for _, step in self._steps)
