"""The table of alerts: each fires and is over, names a section of the runbook, is Prometheus's."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge

from beamer_agent.cli.main import cli
from beamer_agent.orders import PERIOD
from beamer_agent.service.alerts.evaluator import AlertNews, Evaluator, NewsKind
from beamer_agent.service.alerts.message import message_of
from beamer_agent.service.alerts.promql import expression
from beamer_agent.service.alerts.rule import CLOCK, QUIET_SECONDS, RUNBOOK, Comparison, Rule
from beamer_agent.service.alerts.samples import take_samples
from beamer_agent.service.alerts.table import RULES
from beamer_agent.types import Timestamp
from tests.exhibition import Exhibition, full_exhibition
from tests.factories import US

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
NOW = Timestamp(1_700_000_000)
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


class Drive:
    """A registry with the metrics of one rule, and an evaluator that looks at it.

    Time stands still but for `pass_time`.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.registry = CollectorRegistry()
        self.evaluator = Evaluator([rule])
        self.now = 0.0
        labels = {label: f"a-{label}" for label in rule.by}
        labels |= {label: values[-1] for label, values in rule.where.items()}
        kind = Counter if rule.metric.endswith("_total") else Gauge
        metric = kind(rule.metric, "", list(labels), registry=self.registry)
        self.series = metric.labels(*labels.values()) if labels else metric
        self.least = 0.0
        if rule.minus is not None and rule.minus != CLOCK:
            self.least = 5.0 * rule.unit
            other = Gauge(rule.minus, "", list(labels), registry=self.registry)
            (other.labels(*labels.values()) if labels else other).set(self.least)
        self.set_right()

    def set_wrong(self) -> None:
        """A little beyond the threshold."""
        self._set(self.rule.threshold + self._beyond)

    def set_right(self) -> None:
        """At the threshold, exactly."""
        if not self.rule.window:
            self._set(self.rule.threshold)

    @property
    def _beyond(self) -> float:
        return 1 if self.rule.comparison is Comparison.ABOVE else -1

    def _set(self, figure: float) -> None:
        if isinstance(self.series, Counter):
            self.series.inc(figure * self.rule.unit)
        else:
            # It stands still, as a deadline does not.
            clock = NOW + self.now if self.rule.minus == CLOCK else 0.0
            self.series.set(figure * self.rule.unit + self.least + clock)

    def look(self) -> list[AlertNews]:
        """What is new now."""
        samples = take_samples(self.registry, self.evaluator.names)
        return self.evaluator.look(samples, self.now, Timestamp(int(NOW + self.now)))


@each_rule
def test_alert_fires_after_its_time_and_is_over_after_a_while(rule: Rule) -> None:
    """At the threshold nothing is wrong, beyond it something is."""
    drive = Drive(rule)
    assert drive.look() == []
    drive.set_wrong()
    if rule.hold:
        assert drive.look() == []
        drive.now += rule.hold - 1
        if rule.minus == CLOCK:
            drive.set_wrong()
        assert drive.look() == []
        drive.now += 1
    assert [entry.kind for entry in drive.look()] == [NewsKind.FIRING]
    assert [alert.name for alert in drive.evaluator.firing()] == [rule.name]
    if rule.window:
        drive.now += rule.window - 1
        assert drive.look() == []
        drive.now += 1
    drive.set_right()
    assert drive.look() == []
    drive.now += QUIET_SECONDS
    drive.set_right()
    assert [entry.kind for entry in drive.look()] == [NewsKind.RECOVERED]
    assert drive.evaluator.firing() == ()


@each_rule
def test_message_says_what_where_and_what_to_do(rule: Rule) -> None:
    """The sentence, with the labels' values; the section of the runbook; whose agent it is."""
    drive = Drive(rule)
    drive.look()
    drive.set_wrong()
    news = drive.look()
    if rule.hold:
        drive.now += rule.hold
        news = drive.look()
    message = message_of(news, US, NOW)
    assert rule.name in message.title
    assert news[0].alert.sentence in message.body
    assert f"What to do: {RUNBOOK}#{rule.anchor}\n" in message.body
    assert US in message.body
    for label in rule.by:
        assert f"a-{label}" in message.title


@each_rule
def test_expression_for_prometheus_asks_for_what_the_agent_evaluates(rule: Rule) -> None:
    """The same metrics, window and threshold."""
    text = expression(rule)
    assert rule.metric in text
    assert f"{rule.comparison.value} {rule.threshold:g}" in text
    assert (f"[{rule.window}s]" in text) == bool(rule.window)
    if rule.minus is not None:
        assert f" - {'time()' if rule.minus == CLOCK else 'sum'}" in text


def test_rules_ask_for_metrics_and_labels_that_the_agent_shows() -> None:
    """A name or a label that is not there is never wrong, and nobody is told."""
    page = (ROOT / "docs" / "metrics.md").read_text()  # made from the agent's own registry
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| (.*?) \|", page, flags=re.MULTILINE)
    labels = {name: set(re.findall(r"`(\w+)`", text)) for name, text in rows}
    for rule in RULES:
        assert {*rule.by, *rule.where} <= labels[rule.metric], rule.name
        assert rule.minus in (None, CLOCK) or {*rule.by} <= labels[rule.minus], rule.name


def test_error_that_restarts_interrupt_is_told_of_after_five_minutes() -> None:
    """Each lasts a moment: what counts is how long it was out of order, not since when."""
    exhibition = Exhibition()
    evaluator = Evaluator([rule for rule in RULES if rule.name == "ServiceInError"])
    service, clock = exhibition.service, exhibition.clock

    def look(seconds: int) -> list[NewsKind]:
        news = []
        for _ in range(0, seconds, 5):
            clock.advance(5)
            samples = take_samples(exhibition.metrics.registry, evaluator.names)
            news += evaluator.look(samples, clock.monotonic(), clock.now())
        return [entry.kind for entry in news]

    service.advance("start")
    service.advance("initialised")
    assert look(600) == []
    for pause in (60, 120):
        service.fall("it died")
        assert look(pause) == []
        service.advance("restart")
        service.advance("initialised")
        assert look(5) == []
    service.fall("it died")
    assert look(135) == [NewsKind.FIRING]
    service.advance("restart")
    service.advance("initialised")
    assert look(600) == [NewsKind.RECOVERED]


def test_restarts_that_somebody_asked_for_are_no_thrashing() -> None:
    """However many: only those that a failure asked for are."""
    exhibition = Exhibition()
    evaluator = Evaluator([rule for rule in RULES if rule.name == "ServiceThrashing"])
    for _ in range(20):
        for by in ("anna (uid 1000, pid 4242)", PERIOD):
            key = "l2a", "hard", by
            exhibition.restarts[key] = exhibition.restarts.get(key, 0) + 1
        samples = take_samples(exhibition.metrics.registry, evaluator.names)
        assert evaluator.look(samples, 0.0, NOW) == []


@pytest.mark.parametrize("rule", [r for r in RULES if r.where], ids=lambda rule: rule.name)
def test_rules_ask_for_values_of_labels_that_there_are(rule: Rule) -> None:
    """A state or a stage of another name would never be seen."""
    shown = take_samples(full_exhibition().metrics.registry, {rule.metric})[rule.metric]
    for label, values in rule.where.items():
        assert set(values) <= {sample.labels[label] for sample in shown}


def test_names_are_unique() -> None:
    """An alert is known by its name."""
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_has_a_section_of_the_runbook_and_every_section_a_rule() -> None:
    """In the same order; each says what it means, how to look, mend and go on."""
    page = (ROOT / RUNBOOK).read_text()
    sections = re.split(r"^## ", page, flags=re.MULTILINE)[1:]
    anchors = [section.partition("\n")[0].lower().replace(" ", "-") for section in sections]
    assert anchors == [rule.anchor for rule in RULES]
    for section in sections:
        parts = re.findall(r"^\*\*(\w+)\.\*\*", section, flags=re.MULTILINE)
        assert parts == ["Meaning", "Diagnose", "Fix", "Recover"]


def test_the_rules_for_prometheus_are_those_of_the_code() -> None:
    """`make docs` would change nothing."""
    script = ROOT / "docs" / "alerts.py"
    result = subprocess.run([sys.executable, str(script), "--check"], check=False)
    assert result.returncode == 0, "the rules for Prometheus are stale: run `make docs`"


def test_runbook_names_only_commands_and_sections_that_are_there() -> None:
    """Who reads it is in a hurry."""
    page = (ROOT / RUNBOOK).read_text()
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= {rule.anchor for rule in RULES}
    named = re.findall(r"beamer-agent (?!of )([a-z]+)(?: -c agent\.toml)?(?: ([a-z-]+))?", page)
    assert {name for name, _ in named} == {"alerts", "check", "ctl", "games", "health"}
    context = click.Context(cli)
    for name, below in named:
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            assert below in command.list_commands(context), f"{name} {below}"
