"""Races: who has filled what we wanted to fill."""

import pytest

from beamer_agent.planning.races import Races
from beamer_agent.types import Address, BlockNumber
from tests.doubles import RecordingLogger
from tests.factories import ALICE, REQUEST_ID, TARGET, US, make_block, make_request
from tests.factories import make_request_filled as filled
from tests.made_views import make_chain_view, make_direction_view
from tests.tallying import RecordingTallies

pytestmark = pytest.mark.unit

VIEW = make_direction_view(target=make_chain_view(TARGET, head=make_block(20)))
"""A fill would be in block 21."""


class Course:
    """The races of a direction."""

    def __init__(self) -> None:
        self.log, self.tallies = RecordingLogger(), RecordingTallies()
        self.races = Races(self.log.logger, self.tallies)

    def end(self, filler: Address = ALICE, block: int = 20) -> list[tuple[Address, bool]]:
        """Somebody has filled the request; the races that were counted."""
        fill = filled(filler=filler, block_number=BlockNumber(block))
        for _ in range(2):
            self.races.look(make_request(fill=fill), VIEW)
        return self.tallies.races


def test_race_that_another_has_won_is_told_and_counted() -> None:
    """Once, with the rival and how many blocks earlier he was."""
    course = Course()
    course.races.begin(make_request(), VIEW)
    assert course.end(block=18) == [(ALICE, False)]
    (line,) = course.log.lines
    assert (line["event"], line["log_level"]) == ("Lost a race", "info")
    facts = {key: line[key] for key in ("rival", "block_number", "aimed_at", "blocks_earlier")}
    assert facts == {"rival": ALICE, "block_number": 18, "aimed_at": 21, "blocks_earlier": 3}
    assert line["request_id"] == REQUEST_ID


def test_rival_in_the_same_block_or_later_was_no_block_earlier() -> None:
    """His transaction was only placed better."""
    for block in (21, 25):
        course = Course()
        course.races.begin(make_request(), VIEW)
        course.end(block=block)
        assert course.log.lines[0]["blocks_earlier"] == 0


def test_race_that_we_have_won_is_counted() -> None:
    """There is nothing to tell."""
    course = Course()
    course.races.begin(make_request(), VIEW)
    assert course.end(US) == [(US, True)]
    assert course.log.lines == []


def test_race_begins_when_we_first_want_to_fill() -> None:
    """Wanting it again does not make the rival later."""
    course = Course()
    for head in (15, 20):
        target = make_chain_view(TARGET, head=make_block(head))
        course.races.begin(make_request(), make_direction_view(target=target))
    course.end(block=15)
    assert course.log.lines[0]["aimed_at"] == 16


def test_without_wanting_there_is_no_race() -> None:
    """Nor when we do not want it any more, nor before somebody has filled."""
    course = Course()
    assert course.end() == []
    course.races.begin(make_request(), VIEW)
    course.races.look(make_request(), VIEW)
    course.races.forget(REQUEST_ID)
    assert course.end() == []
