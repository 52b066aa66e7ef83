"""The rules as Prometheus reads them: PromQL, and the file with all of them."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from beamer_agent.service.alerts.rule import CLOCK, QUIET_SECONDS, Rule

HEADER: Final = """\
# Generated from beamer_agent/service/alerts/table.py by `make docs`; not to be edited by hand.
# The agent evaluates the same rules itself and tells of them through [alerts] urls.
groups:
  - name: beamer-agent
    rules:
"""
_AGENT: Final = ("job", "instance")
"""Labels that Prometheus gives each agent's series; alerts are told apart by them."""


def rules_file(rules: Iterable[Rule]) -> str:
    """A file of alerting rules, as YAML."""
    return HEADER + "".join(_entry(rule) for rule in rules)


def expression(rule: Rule) -> str:
    """What is true of a series while something is wrong."""
    figure = _sum(rule, _selected(rule.metric, rule.where), rule.window)
    if rule.minus == CLOCK:
        figure = f"({figure} - {CLOCK})"
    elif rule.minus is not None:
        figure = f"({figure} - {_sum(rule, rule.minus)})"
    if rule.unit != 1:
        figure = f"{figure} / {rule.unit:g}"
    return f"{figure} {rule.comparison.value} {rule.threshold:g}"


def _entry(rule: Rule) -> str:
    named = {label: f"{{{{ $labels.{label} }}}}" for label in rule.by}
    sentence = rule.sentence.format(**named, value='{{ printf "%.4g" $value }}')
    # JSON's texts are YAML's as well.
    return f"""\
      - alert: {rule.name}
        expr: {json.dumps(expression(rule))}
        for: {rule.hold}s
        keep_firing_for: {QUIET_SECONDS}s
        labels:
          severity: {rule.severity.value}
        annotations:
          summary: {json.dumps(sentence)}
          runbook_url: {rule.runbook}
"""


def _sum(rule: Rule, selected: str, window: int = 0) -> str:
    if window:
        selected = f"increase({selected}[{window}s])"
    return f"sum by ({', '.join((*_AGENT, *rule.by))}) ({selected})"


def _selected(metric: str, where: Mapping[str, tuple[str, ...]]) -> str:
    if not where:
        return metric
    matchers = (f'{label}=~"{"|".join(values)}"' for label, values in where.items())
    return f"{metric}{{{','.join(matchers)}}}"
