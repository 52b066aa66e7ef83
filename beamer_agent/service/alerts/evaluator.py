"""Evaluator: samples in, alerts that fire out, and what is new about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from beamer_agent.service.alerts.figures import Figures, Labels
from beamer_agent.service.alerts.rule import CLOCK, QUIET_SECONDS, Rule
from beamer_agent.service.alerts.samples import Samples
from beamer_agent.service.status import AlertStatus
from beamer_agent.types import Timestamp

REMINDER_SECONDS: Final = 24 * 3_600.0
"""Of what goes on, somebody is told once a day."""


class NewsKind(StrEnum):
    """What is new about an alert."""

    FIRING = "FIRING"
    REMINDER = "STILL FIRING"
    RECOVERED = "RECOVERED"


@dataclass(frozen=True, slots=True)
class AlertNews:
    """Something that somebody must be told of an alert."""

    kind: NewsKind
    alert: AlertStatus


@dataclass(frozen=True, slots=True)
class _Course:
    """Of one alert. Times are monotonic, but for the alert's own."""

    alert: AlertStatus
    began: float
    held: float
    """When its rule held last."""
    told: float | None = None
    """When somebody was told last; None: it does not fire yet."""


class Evaluator:
    """Looks at rules again and again. For one thread."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._figures = [(rule, Figures(rule)) for rule in rules]
        self._courses: dict[tuple[str, Labels], _Course] = {}

    @property
    def names(self) -> frozenset[str]:
        """Of the samples that it wants to see."""
        metrics = {rule.metric for rule, _ in self._figures}
        others = {rule.minus for rule, _ in self._figures if rule.minus is not None}
        return frozenset(metrics | (others - {CLOCK}))

    def look(self, samples: Samples, now: float, wall_clock: Timestamp) -> list[AlertNews]:
        """What is new, with these samples.

        Args:
            samples: of all `names`.
            now: monotonic seconds.
            wall_clock: seconds since the Unix epoch.
        """
        news: list[AlertNews] = []
        for rule, figures in self._figures:
            holding = {
                labels: figure
                for labels, figure in figures.look(samples, now, wall_clock).items()
                if rule.comparison.holds(figure, rule.threshold)
            }
            news += self._follow(rule, holding, now, wall_clock)
        return news

    def firing(self) -> tuple[AlertStatus, ...]:
        """The alerts that fire, in the order of their rules' names."""
        courses = sorted(self._courses.items(), key=lambda entry: entry[0])
        return tuple(course.alert for _, course in courses if course.told is not None)

    def _follow(
        self, rule: Rule, holding: Mapping[Labels, float], now: float, wall_clock: Timestamp
    ) -> Iterator[AlertNews]:
        for labels, figure in holding.items():
            yield from self._go_on(rule, labels, _alert(rule, labels, figure, wall_clock), now)
        ended = [key for key in self._courses if key[0] == rule.name and key[1] not in holding]
        for key in ended:
            yield from self._end(key, now)

    def _go_on(
        self, rule: Rule, labels: Labels, alert: AlertStatus, now: float
    ) -> Iterator[AlertNews]:
        key = rule.name, labels
        course = self._courses.get(key, _Course(alert, now, now))
        alert = replace(alert, since=course.alert.since)
        course = replace(course, alert=alert, held=now)
        if course.told is None:
            if now - course.began >= rule.hold:
                course = replace(course, told=now)
                yield AlertNews(NewsKind.FIRING, alert)
        elif now - course.told >= REMINDER_SECONDS:
            course = replace(course, told=now)
            yield AlertNews(NewsKind.REMINDER, alert)
        self._courses[key] = course

    def _end(self, key: tuple[str, Labels], now: float) -> Iterator[AlertNews]:
        course = self._courses[key]
        if course.told is None:
            del self._courses[key]
        elif now - course.held >= QUIET_SECONDS:
            del self._courses[key]
            yield AlertNews(NewsKind.RECOVERED, course.alert)


def _alert(rule: Rule, labels: Labels, figure: float, since: Timestamp) -> AlertStatus:
    named = dict(labels)
    sentence = rule.sentence.format(**named, value=f"{figure:.4g}")
    return AlertStatus(rule.name, named, rule.severity.value, sentence, rule.runbook, since)
