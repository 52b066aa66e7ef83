"""Supervisor: its turns, one by one; with real threads see the integration tests."""

from pathlib import Path

import pytest

from beamer_agent.orders import SERVICE, SUPERVISOR, Restart, RestartKind
from beamer_agent.pulse import Pulse, PulseReading
from beamer_agent.service.lifecycle import ServiceLifecycle
from beamer_agent.service.notify import Notifier
from beamer_agent.service.restarts import RestartBook
from beamer_agent.service.supervisor import TURN_SECONDS, Supervisor
from tests.doubles import FakeClock, RecordingLogger
from tests.notified import NotifySocket

pytestmark = pytest.mark.unit

GENTLE, HARD = RestartKind.GENTLE, RestartKind.HARD
RUN_LIMIT = 60.0


class Ward:
    """A supervisor of workers that are what a test says, and an agent that obeys when told."""

    def __init__(self, notifier: Notifier | None = None) -> None:
        self.clock, self.log = FakeClock(), RecordingLogger()
        self.lifecycle = ServiceLifecycle(self.clock)
        self.book = RestartBook(self.clock, self.log.logger)
        self.given: list[Restart] = []
        self.dead: set[str] = set()
        """Parts with a worker that has died."""
        self.busy: set[str] = set()
        """Parts with a worker that has been in a step since the beginning."""
        self.run_pulse = Pulse("Agent", SERVICE, 0, RUN_LIMIT, 0.0)
        self.supervisor = Supervisor(
            self.lifecycle,
            self.book,
            self._readings,
            self.given.append,
            self.run_pulse,
            notifier or Notifier(),
            self.clock,
            self.log.logger,
            self._describe,
        )

    def start(self) -> None:
        """All are at work."""
        self.lifecycle.advance("start")
        self.lifecycle.advance("initialised")

    def turn(self, times: int = 1) -> list[Restart]:
        """Let it turn; what it has ordered, and nobody has done yet."""
        for _ in range(times):
            self.clock.advance(self.supervisor.step())
        return self.given

    def obey(self, *, helps: bool) -> None:
        """Do what was ordered."""
        for order in self.given:
            if helps:
                self.dead.clear()
            if order.part == SERVICE:
                self.lifecycle.advance("restart")
                self.lifecycle.advance("initialised")
            self.book.done(order, order.kind, 0.1)
        self.given.clear()

    def _describe(self) -> str:
        return self.lifecycle.state.capitalize()

    def _readings(self) -> list[PulseReading]:
        parts = ("l2a", "l2b", "l2a->l2b", "l2c", "l2d", "l2e", "l2f", "l2g")
        return [
            PulseReading(
                f"W[{part}]",
                part,
                1,
                60,
                part in self.busy,
                0.0,
                1,
                1,
                "KeyError",
                part in self.dead,
            )
            for part in parts
        ]


@pytest.fixture
def ward() -> Ward:
    """With everybody well."""
    ward = Ward()
    ward.start()
    return ward


def test_it_orders_nothing_while_all_are_well(ward: Ward) -> None:
    """And asks to turn again soon."""
    assert ward.turn(10) == []
    assert ward.supervisor.step() == TURN_SECONDS == 0.5


def test_a_process_that_stood_still_is_no_failure_of_its_workers(ward: Ward) -> None:
    """Their calls are over as soon as they go on; who still hangs then is replaced."""
    ward.busy.add("l2a")
    ward.turn()
    ward.clock.advance(600)
    assert ward.turn() == []
    ward.busy.clear()
    assert ward.turn(3) == []
    ward.busy.add("l2b")
    assert [order.part for order in ward.turn()] == ["l2b"]


def test_a_supervisor_that_is_always_late_heals_all_the_same(ward: Ward) -> None:
    """Whatever keeps it may be what hangs."""
    ward.busy.add("l2a")
    for _ in range(2):
        ward.clock.advance(100)
        ward.turn()
    assert [order.part for order in ward.given] == ["l2a"]


def test_a_failure_is_answered_once(ward: Ward) -> None:
    """However long the agent takes."""
    ward.dead.add("l2a")
    assert ward.turn(5) == [Restart("l2a", GENTLE, "W[l2a] died (KeyError)", SUPERVISOR)]
    ward.obey(helps=True)
    assert ward.turn(5) == []


def test_failures_that_stay_lead_to_error_and_to_a_restart_of_all(ward: Ward) -> None:
    """Gently, hard, after a minute whole; each time that did not help, after twice the time."""
    ward.dead.add("l2a")
    for kind in (GENTLE, HARD):
        assert [order.kind for order in ward.turn()] == [kind]
        ward.obey(helps=False)
    for seconds in (60, 120, 240):
        assert ward.turn() == []
        assert ward.lifecycle.look().state == "error"
        assert ward.turn(round(seconds / TURN_SECONDS) - 1) == []
        (order,) = ward.turn()
        assert (order.part, order.kind, order.by) == (SERVICE, HARD, SUPERVISOR)
        assert order.reason == "W[l2a] died (KeyError), though l2a is new"
        ward.obey(helps=False)
        assert ward.lifecycle.state == "running"


def test_a_restart_of_all_is_ordered_once(ward: Ward) -> None:
    """However long the agent takes."""
    ward.lifecycle.fall("a part is broken")
    assert len(ward.turn(1000)) == 1


def test_it_heals_other_parts_while_the_service_is_in_error(ward: Ward) -> None:
    """Those that work go on working."""
    ward.lifecycle.fall("l2a is broken")
    ward.dead.add("l2b")
    assert [order.part for order in ward.turn()] == ["l2b"]


def test_it_heals_while_the_service_starts() -> None:
    """A broken part is an initialisation that failed."""
    ward = Ward()
    ward.lifecycle.advance("start")
    ward.dead.add("l2a")
    for _ in range(3):
        ward.turn()
        ward.obey(helps=False)
    assert ward.lifecycle.state == "error"
    assert ward.lifecycle.transitions()["starting", "error"] == 1


@pytest.mark.parametrize("events", [[], ["start", "initialised", "stop"]])
def test_it_orders_nothing_for_what_stops_or_has_stopped(events: list[str]) -> None:
    """Threads that end are no failure."""
    ward = Ward()
    for event in events:
        ward.lifecycle.advance(event)
    ward.dead.add("l2a")
    assert ward.turn(1000) == []


def test_thrashing_is_told_of_once(ward: Ward) -> None:
    """Counted, in the log, and a state of error; then all is restarted after a pause."""
    for part in ("l2a", "l2b", "l2c", "l2d", "l2e", "l2f"):
        ward.dead = {part}
        ward.turn()
        ward.obey(helps=True)
    ward.dead = {"l2g"}
    assert ward.turn(5) == []
    assert ward.supervisor.thrashings == 1
    assert ward.log.sentences("error") == ["Service changed", "Thrashing"]
    assert ward.lifecycle.look().state == "error"
    assert [order.part for order in ward.turn(120)] == [SERVICE]


def test_thrashing_after_a_restart_of_all_is_another_one(ward: Ward) -> None:
    """It is counted again."""
    for part in ("l2a", "l2b", "l2c", "l2d", "l2e", "l2f"):
        ward.dead = {part}
        ward.turn()
        ward.obey(helps=True)
    ward.dead = {"l2g"}
    ward.turn(125)
    ward.obey(helps=False)
    ward.turn(5)
    assert ward.supervisor.thrashings == 2


def test_every_change_of_the_service_is_logged(ward: Ward) -> None:
    """An error as one, with its reason."""
    ward.lifecycle.fall("l2a is broken")
    last = ward.log.lines[-1]
    assert last == {
        "event": "Service changed",
        "log_level": "error",
        "state": "error",
        "former": "running",
        "reason": "l2a is broken",
    }


def test_a_start_that_is_stopped_is_logged_as_no_error() -> None:
    """Though it goes through that state."""
    ward = Ward()
    ward.lifecycle.advance("start")
    ward.lifecycle.begin_stop("a signal")
    ward.lifecycle.end_stop([])
    assert ward.log.sentences("info") == ["Service changed"] * 3


def test_it_says_when_it_last_turned(ward: Ward) -> None:
    """From its making on."""
    ward.clock.advance(3)
    assert ward.supervisor.turned_seconds_ago() == 3
    ward.supervisor.step()
    assert ward.supervisor.turned_seconds_ago() == 0


def test_a_turn_that_hangs_is_no_turn(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is its end."""
    ward.clock.advance(20)
    monkeypatch.setattr(ward.book, "past", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ward.supervisor.step()
    assert ward.supervisor.turned_seconds_ago() == 20


def test_systemd_is_told_while_both_threads_turn(tmp_path: Path) -> None:
    """State, readiness, life; no life any more while the agent's own thread hangs."""
    with NotifySocket(tmp_path / "notify") as manager:
        ward = Ward(Notifier(manager.environment["NOTIFY_SOCKET"], watchdog_seconds=1.0))
        ward.start()
        ward.turn(3)
        assert manager.heard() == ["READY=1", "STATUS=Running", *["WATCHDOG=1"] * 3]
        ward.run_pulse.begin(ward.clock.monotonic())
        ward.turn(round(RUN_LIMIT / TURN_SECONDS) + 1)
        beats = manager.count("WATCHDOG=1")
        ward.turn(10)
        assert manager.count("WATCHDOG=1") == beats
        ward.run_pulse.end(ward.clock.monotonic())
        ward.turn()
        assert manager.count("WATCHDOG=1") == beats + 1
