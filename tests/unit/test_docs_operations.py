"""Promises of `docs/operations.md` on states, supervision and systemd."""

import re
from pathlib import Path

import pytest

from beamer_agent.service import restarts, supervisor, verdict
from beamer_agent.service.lifecycle import ServiceMachine
from beamer_agent.state.machine import transition_table

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
NUMBERS = {1: "a minute", 2: "twice", 6: "six", 10: "ten minutes", 20: "twenty"}


def test_every_state_says_how_it_is_entered_left_and_verified() -> None:
    """A row of five columns each."""
    for state in ServiceMachine.states_map.values():
        (row,) = re.findall(rf"^\| \*\*{state.name}\*\* .*$", PAGE, re.M)
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 5
        assert all(cells)


def test_every_transition_says_how_it_is_verified() -> None:
    """By the name that the diagram has, or its own words for it."""
    words = {"fail": "runtime error", "restart_initiated": "restart"}
    for event in {event for _, event in transition_table(ServiceMachine)}:
        name = words.get(event, event.replace("_", " "))
        assert re.search(rf"^\| {name} \| .+ \| .+ \|$", PAGE, re.M), name


def test_its_numbers_are_those_of_the_code() -> None:
    """Of the escalation, the budget, the pauses and the turns."""
    assert verdict.QUIET_SECONDS / 60 == 10
    assert "for the first time in ten minutes" in PAGE
    assert NUMBERS[verdict.MOST_RESTARTS] == "six"
    assert "more than six restarts within an hour" in PAGE
    assert NUMBERS[int(verdict.FIRST_PAUSE_SECONDS / 60)] == "a minute"
    assert "after a minute everything is restarted" in PAGE
    assert verdict.LONGEST_PAUSE_SECONDS / 60 == 10
    assert "doubles the pause, up to ten minutes" in PAGE
    assert 1 / supervisor.TURN_SECONDS == 2
    assert "looks at all pulses twice a second" in PAGE
    assert f"the last {NUMBERS[restarts.SHOWN]} are in `/api/status`" in PAGE


def test_restarts_that_it_shows_are_as_in_the_log() -> None:
    """Their fields, in their order; the last may be left out."""
    lines = re.findall(r'^\{"event": "Restarted".*\}$', PAGE, re.M)
    assert lines
    for line in lines:
        fields = re.findall(r'"(\w+)":', line)
        assert fields == ["event", "part", "kind", "reason", "by", "seconds"][: len(fields)]


def test_what_it_says_of_the_unit_is_in_the_unit() -> None:
    """Seconds, and where the files are."""
    unit = (ROOT / "deploy" / "systemd" / "beamer-agent.service").read_text()
    assert "WatchdogSec=30\n" in unit
    assert "Without a beat for 30 seconds" in PAGE
    assert "RestartSec=5\n" in unit
    assert "started again after five seconds" in PAGE
    for name in re.findall(r"LoadCredential=[\w.]+:(/etc/beamer-agent/)([\w.]+)", unit):
        assert name[1] in PAGE
