"""ControlDesk: what commands do, what they answer, and what the log says of them."""

import logging

import pytest

from beamer_agent.logging import get_level
from beamer_agent.orders import Restart, RestartKind
from beamer_agent.planning.report import ObligationStage
from beamer_agent.service.control.words import Answer, CommandOutcome, Verb
from beamer_agent.switches import Halt
from beamer_agent.transactions.queue import Work
from tests.control_room import BY_ANNA, ControlRoom
from tests.made_reports import NOTHING_OPEN, make_report

pytestmark = pytest.mark.unit

WAY, BACK = "l2a->l2b", "l2b->l2a"


@pytest.fixture
def room() -> ControlRoom:
    """An agent that nobody has told anything yet."""
    return ControlRoom()


def is_done(answer: Answer) -> bool:
    """Whether it was not refused."""
    return answer.outcome is CommandOutcome.DONE


def test_a_direction_is_paused_and_resumed(room: ControlRoom) -> None:
    """Each is logged with who did it; the other direction goes on."""
    assert is_done(room.say(Verb.PAUSE, WAY))
    assert (room.switches.halt(WAY), room.switches.halt(BACK)) == (Halt.PAUSED, None)
    assert is_done(room.say(Verb.RESUME, WAY))
    assert room.switches.halt(WAY) is None
    assert room.told() == [("Direction paused", BY_ANNA), ("Direction resumed", BY_ANNA)]


def test_a_second_pause_says_whose_the_first_was(room: ControlRoom) -> None:
    """It is as wanted: no refusal, and no second line."""
    room.say(Verb.PAUSE, WAY)
    room.clock.advance(130)
    answer = room.say(Verb.PAUSE, WAY)
    assert answer.lines == (f"{WAY} was paused already, by {BY_ANNA}, 2 min 10 s ago.",)
    assert is_done(answer)
    assert len(room.told()) == 1


def test_what_is_not_paused_is_not_resumed(room: ControlRoom) -> None:
    """Nor logged."""
    answer = room.say(Verb.RESUME, WAY)
    assert answer.lines == (f"{WAY} is not paused.",)
    assert not is_done(answer)
    assert room.told() == []


@pytest.mark.parametrize("verb", [Verb.PAUSE, Verb.RESUME, Verb.RESTART])
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("l2a->l2c", 'did you mean "l2a->l2b"?'),
        ("l2a-", '"? Write it in quotes.'),
        ("zzzz", "; there are l2a"),
    ],
)
def test_misspelt_names_are_refused_with_the_right_ones(
    room: ControlRoom, verb: Verb, name: str, hint: str
) -> None:
    """Nothing is changed; an unquoted arrow is the usual reason."""
    answer = room.say(verb, name)
    assert not is_done(answer)
    assert f'"{name}"' in answer.lines[0]
    assert hint in answer.lines[0]
    assert (room.told(), room.orders, dict(room.switches.look().paused)) == ([], [], {})


def test_a_missing_name_is_asked_for(room: ControlRoom) -> None:
    """By whoever speaks to the socket without `ctl`."""
    assert room.say(Verb.PAUSE).lines == (f"Name a direction: {WAY}, {BACK}.",)


def test_a_drain_says_what_it_waits_for(room: ControlRoom) -> None:
    """All directions are halted; it is logged with who wanted it."""
    room.reports = {WAY: make_report(halt=Halt.DRAINING)}
    room.works = {"l2a": Work(waiting=1, in_flight=2)}
    answer = room.say(Verb.DRAIN)
    assert answer.lines == (
        "Nothing new is begun from now on; the agent ends when nothing is open.",
        f"waits for {WAY}: 1 claimed",
        "waits for l2a: 2 transactions in flight, 1 waits",
    )
    assert room.switches.halt(BACK) is Halt.DRAINING
    assert room.told() == [("Drain begun", BY_ANNA)]


def test_a_second_drain_says_whose_the_first_was(room: ControlRoom) -> None:
    """It is as wanted; the first goes on."""
    room.say(Verb.DRAIN)
    room.clock.advance(60)
    answer = room.say(Verb.DRAIN)
    assert answer.lines[0] == f"It drains already, by {BY_ANNA}, 1 min ago."
    assert is_done(answer)
    assert len(room.told()) == 1


def test_a_drain_is_ended_by_a_resume_without_a_direction(room: ControlRoom) -> None:
    """What was paused stays so, and is named."""
    room.say(Verb.PAUSE, WAY)
    room.say(Verb.DRAIN)
    answer = room.say(Verb.RESUME)
    assert answer.lines[0].endswith(f" {WAY} is paused still.")
    assert (room.switches.halt(WAY), room.switches.halt(BACK)) == (Halt.PAUSED, None)
    assert room.told()[-1] == ("Drain ended", BY_ANNA)


def test_a_resumed_direction_of_a_draining_agent_is_told_of_the_drain(room: ControlRoom) -> None:
    """Whoever resumes it believes that it fills."""
    room.say(Verb.PAUSE, WAY)
    room.say(Verb.DRAIN)
    resumed, refused = room.say(Verb.RESUME, WAY), room.say(Verb.RESUME, BACK)
    assert is_done(resumed)
    assert not is_done(refused)
    for answer in (resumed, refused):
        assert "the agent drains" in answer.lines[0]


def test_without_a_drain_there_is_none_to_end(room: ControlRoom) -> None:
    """A direction was forgotten, perhaps."""
    assert room.say(Verb.RESUME).lines == ("It does not drain; to resume a direction, name it.",)


def test_a_drain_that_is_over_is_not_ended(room: ControlRoom) -> None:
    """The agent is on its way out."""
    room.say(Verb.DRAIN)
    room.switches.finish_draining()
    answer = room.say(Verb.RESUME)
    assert not is_done(answer)
    assert answer.lines[0].startswith("It is too late")


@pytest.mark.parametrize(
    ("is_hard", "kind"), [(False, RestartKind.GENTLE), (True, RestartKind.HARD)]
)
@pytest.mark.parametrize("part", ["l2a", WAY, "base-chain", "service"])
def test_a_restart_is_ordered(
    room: ControlRoom, part: str, kind: RestartKind, *, is_hard: bool
) -> None:
    """The agent's own thread does it; the order says who wanted it."""
    assert is_done(room.say(Verb.RESTART, part, is_hard=is_hard))
    assert room.orders == [Restart(part, kind, "command", BY_ANNA)]
    assert room.told() == [("Restart ordered", BY_ANNA)]


@pytest.mark.usefixtures("restored_logging")
def test_the_log_level_changes(room: ControlRoom) -> None:
    """At once; the line about it is seen with either level."""
    logging.getLogger().setLevel(logging.INFO)
    assert room.say(Verb.LOG_LEVEL, "ERROR").lines == ("The log level is error now; it was info.",)
    assert get_level() == "error"
    line = room.log.lines[-1]
    assert (line["now"], line["previous"], line.get("level")) == ("error", "info", None)
    assert not is_done(room.say(Verb.LOG_LEVEL, "inof"))
    assert get_level() == "error"


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize(("before", "after"), [("error", "info"), ("info", "error")])
def test_a_change_of_the_level_is_logged_while_info_is_shown(
    room: ControlRoom, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    """Whether it becomes more silent or less."""
    logging.getLogger().setLevel(before.upper())
    levels: list[str] = []
    monkeypatch.setattr(room.log.logger, "info", lambda *_, **__: levels.append(get_level()))
    room.say(Verb.LOG_LEVEL, after)
    assert (levels, get_level()) == (["info"], after)


def test_status_tells_of_everything_that_was_turned(room: ControlRoom) -> None:
    """And of chains, directions, restarts and alerts, a line each."""
    room.say(Verb.PAUSE, WAY)
    room.say(Verb.DRAIN)
    room.reports = {WAY: None}
    room.clock.advance(5)
    lines = room.say(Verb.STATUS).lines
    assert lines[0] == "service: running for 1 h"
    assert f"paused {WAY}: by {BY_ANNA}, 5 s ago" in lines
    assert f"draining: by {BY_ANNA}, 5 s ago" in lines
    assert f"waits for {WAY}: a chain does not answer, or is still being read" in lines
    assert f"direction {WAY}: active for 58 min 20 s; open: 2 claimed" in lines
    for beginning in (
        "chain l2a: synced",
        "restarted l2b, gentle",
        "alert FundsLow",
        "log level:",
    ):
        assert any(line.startswith(beginning) for line in lines)
    assert len(room.told()) == 2


def test_risk_is_told_and_changes_nothing(room: ControlRoom) -> None:
    """See `risk` for the words."""
    room.reports = {WAY: make_report(stages=dict.fromkeys(ObligationStage, NOTHING_OPEN))}
    assert room.say(Verb.RISK).lines[-1] == "Nothing is open: nothing is at risk."
    assert room.told() == []
