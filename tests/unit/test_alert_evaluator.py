"""Evaluating rules: what is told, how often, and which figures count."""

import pytest

from beamer_agent.service.alerts.evaluator import REMINDER_SECONDS, Evaluator, NewsKind
from beamer_agent.service.alerts.rule import CLOCK, QUIET_SECONDS, Comparison, Rule, Severity
from beamer_agent.service.alerts.samples import Sample
from beamer_agent.types import Timestamp

pytestmark = pytest.mark.unit

NOW = 1_000_000
DOWN = Rule("Down", Severity.CRITICAL, "{chain} is down.", "down", by=("chain",), hold=10)
GROWING = Rule(
    "Growing", Severity.WARNING, "{value}", "lost_total", window=100, by=("kind",), threshold=0
)

Series = dict[str, float]


def told(evaluator: Evaluator, at: float, metric: str, series: Series) -> list[str]:
    """Each news as one text, with these values of the only label."""
    label = "kind" if metric == "lost_total" else "chain"
    samples: dict[str, list[Sample]] = {name: [] for name in evaluator.names}
    samples[metric] = [Sample({label: key}, value) for key, value in series.items()]
    news = evaluator.look(samples, at, Timestamp(int(NOW + at)))
    return [f"{entry.kind} {entry.alert.sentence}" for entry in news]


def test_alert_is_told_once_then_daily_then_its_end() -> None:
    """However often the rule is looked at."""
    evaluator = Evaluator([DOWN])
    wrong = {"l2a": 1.0}
    assert told(evaluator, 0, "down", wrong) == []
    assert told(evaluator, 10, "down", wrong) == ["FIRING l2a is down."]
    day = int(REMINDER_SECONDS)
    later = [at for at in range(15, day + 10, 600) if told(evaluator, at, "down", wrong)]
    assert later == []
    assert told(evaluator, day + 10, "down", wrong) == ["STILL FIRING l2a is down."]
    assert told(evaluator, day + 20, "down", wrong) == []
    assert told(evaluator, day + 20 + QUIET_SECONDS, "down", {}) == ["RECOVERED l2a is down."]
    assert told(evaluator, day + 30 + QUIET_SECONDS, "down", {}) == []


def test_what_lasts_a_moment_is_not_told() -> None:
    """It must be so all the time."""
    evaluator = Evaluator([DOWN])
    for at in range(0, 100, 5):
        assert told(evaluator, at, "down", {"l2a": float(at % 10 == 0)}) == []


def test_what_flickers_is_one_alert() -> None:
    """It is over when it was quiet for a while."""
    evaluator = Evaluator([DOWN])
    told(evaluator, 0, "down", {"l2a": 1})
    assert told(evaluator, 10, "down", {"l2a": 1}) == ["FIRING l2a is down."]
    for at in range(20, 500, 20):
        assert told(evaluator, at, "down", {"l2a": float(at % 40 == 0)}) == []
    assert len(evaluator.firing()) == 1


def test_labels_are_alerts_of_their_own() -> None:
    """Each with its own time."""
    evaluator = Evaluator([DOWN])
    told(evaluator, 0, "down", {"l2a": 1})
    assert told(evaluator, 10, "down", {"l2a": 1, "l2b": 1}) == ["FIRING l2a is down."]
    assert told(evaluator, 20, "down", {"l2a": 1, "l2b": 1}) == ["FIRING l2b is down."]
    assert [alert.labels for alert in evaluator.firing()] == [{"chain": "l2a"}, {"chain": "l2b"}]


def test_alert_knows_since_when_its_rule_holds() -> None:
    """Not since it fires; the sentence has the newest figure."""
    rule = Rule("Many", Severity.WARNING, "{value} of them", "down", hold=10)
    evaluator = Evaluator([rule])
    told(evaluator, 5, "down", {"l2a": 1})
    told(evaluator, 20, "down", {"l2a": 1, "l2b": 2})
    (alert,) = evaluator.firing()
    assert (alert.since, alert.sentence) == (NOW + 5, "3 of them")


def test_increase_counts_from_the_first_look_on() -> None:
    """What was counted before is old; a series that comes later has grown."""
    evaluator = Evaluator([GROWING])
    assert told(evaluator, 0, "lost_total", {"a": 7}) == []
    assert told(evaluator, 1, "lost_total", {"a": 7, "b": 2}) == ["FIRING 2"]


def test_increase_is_that_of_the_window() -> None:
    """And of a counter that begins anew, what it has counted since."""
    evaluator = Evaluator([GROWING])
    told(evaluator, 0, "lost_total", {"a": 7})
    assert told(evaluator, 50, "lost_total", {"a": 9}) == ["FIRING 2"]
    told(evaluator, 60, "lost_total", {"a": 3})
    assert evaluator.firing()[0].sentence == "5"
    told(evaluator, 155, "lost_total", {"a": 3})
    assert evaluator.firing()[0].sentence == "3"
    told(evaluator, 170, "lost_total", {"a": 3})
    assert told(evaluator, 155 + QUIET_SECONDS, "lost_total", {"a": 3}) == ["RECOVERED 3"]


def test_seconds_until_a_moment_count_from_the_wall_clock() -> None:
    """No series, no deadline."""
    rule = Rule(
        "Near", Severity.CRITICAL, "in {value} min", "deadline", minus=CLOCK, unit=60,
        comparison=Comparison.BELOW, threshold=30,
    )  # fmt: skip
    evaluator = Evaluator([rule])
    assert told(evaluator, 0, "deadline", {}) == []
    assert told(evaluator, 0, "deadline", {"l2a": NOW + 1_800}) == []
    assert told(evaluator, 600, "deadline", {"l2a": NOW + 1_800}) == ["FIRING in 20 min"]


def test_without_the_figure_that_is_taken_off_there_is_none() -> None:
    """A balance that is not known yet is not low."""
    rule = Rule("Low", Severity.WARNING, "{value}", "needed", minus="balance", by=("chain",))
    evaluator = Evaluator([rule])
    needed = Sample({"chain": "l2a"}, 5)
    assert evaluator.look({"needed": [needed], "balance": []}, 0, Timestamp(NOW)) == []
    balance = Sample({"chain": "l2a"}, 3)
    news = evaluator.look({"needed": [needed], "balance": [balance]}, 1, Timestamp(NOW))
    assert [(entry.kind, entry.alert.sentence) for entry in news] == [(NewsKind.FIRING, "2")]
