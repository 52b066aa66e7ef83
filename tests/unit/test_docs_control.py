"""Promises of `docs/operations.md` on control at run time."""

import json
import re
from pathlib import Path

import pytest

from beamer_agent.planning.report import ObligationStage, StageReport
from beamer_agent.service.control.risk import describe_risk
from beamer_agent.service.control.words import LONGEST_LINE, Verb, read_command
from beamer_agent.transactions.queue import Work
from beamer_agent.types import Timestamp, Wei
from tests.control_room import BY_ANNA, ControlRoom
from tests.factories import NOW
from tests.made_reports import NOTHING_OPEN, make_report

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
SECTION = PAGE.partition("\n## Control at run time\n")[2].partition("\n## ")[0]


def shown_after(command: str) -> list[str]:
    """What the page shows that a command prints."""
    return SECTION.partition(f"$ {command}\n")[2].partition("\n```")[0].splitlines()


def test_every_command_is_there() -> None:
    """As an example."""
    assert set(re.findall(r"^beamer-agent ctl -c agent.toml (\S+)", SECTION, re.M)) == set(Verb)


def test_the_risk_it_shows_is_as_told() -> None:
    """Stages, sums, time, and the sentence."""
    ether, unit = 10**18, 10**18
    stages = {
        ObligationStage.FILLED: StageReport(
            1, {"DAI": 100 * unit}, Wei(0), Timestamp(NOW + 2_832)
        ),
        ObligationStage.CLAIMED: StageReport(3, {"DAI": 740 * unit}, Wei(3 * ether // 100)),
    }
    empty = dict.fromkeys(ObligationStage, NOTHING_OPEN)
    reports = {
        "l2a->l2b": make_report(stages=empty | stages),
        "l2b->l2a": make_report(stages=empty),
    }
    told = describe_risk(reports, {"l2a": Work(0, 0), "l2b": Work(0, 1)}, NOW)
    assert shown_after("beamer-agent ctl risk") == told


def test_every_stage_has_its_row() -> None:
    """In the order of a transfer."""
    assert re.findall(r"^\| (filling|filled|claimed|contested|staked) \|", SECTION, re.M) == list(
        ObligationStage
    )


def test_the_line_of_json_it_shows_is_answered_so() -> None:
    """With the words of the code."""
    command, words = re.findall(r"^\$ echo '(.+)' \| socat|^(\{\"outcome.*)$", SECTION, re.M)
    asked, room = read_command(command[0].encode()), ControlRoom()
    answer = room.say(asked.verb, asked.subject)
    assert json.loads(answer.line()) == json.loads(words[1])
    assert f"{LONGEST_LINE} bytes" in SECTION


def test_who_and_what_is_in_the_log() -> None:
    """By the sentences that it names, and no others."""
    room = ControlRoom()
    for verb, subject in (
        (Verb.PAUSE, "l2a->l2b"),
        (Verb.RESUME, "l2a->l2b"),
        (Verb.DRAIN, None),
        (Verb.RESUME, None),
        (Verb.RESTART, "l2a"),
    ):
        room.say(verb, subject)
    named = SECTION.partition("a line with who and when: ")[2].partition(", each with")[0]
    sentences = [sentence for sentence, by in room.told() if by == BY_ANNA]
    assert re.findall(r"`([^`]+)`", named) == [*sentences, "Log level changed"]
