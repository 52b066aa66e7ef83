"""Drain: when it ends the agent, and what it waits for."""

import pytest

from beamer_agent.orders import Order, Stop
from beamer_agent.planning.report import DirectionReport, ObligationStage, StageReport
from beamer_agent.service.control.drain import TELL_SECONDS, Drain
from beamer_agent.switches import Change, Halt, Switches
from beamer_agent.transactions.queue import Work
from tests.doubles import FakeClock, RecordingLogger
from tests.factories import NOW
from tests.made_reports import NOTHING_OPEN, make_report

pytestmark = pytest.mark.unit

WAY, BACK = "l2a->l2b", "l2b->l2a"
QUIET = 4.0
EMPTY = make_report(stages=dict.fromkeys(ObligationStage, NOTHING_OPEN), halt=Halt.DRAINING)
ANNA = Change("anna", NOW)


class Pool:
    """A drain, and what it looks at: nothing is open at first."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.switches = Switches()
        self.reports: dict[str, DirectionReport | None] = {WAY: EMPTY, BACK: EMPTY}
        self.works = {"l2a": Work(0, 0)}
        self.orders: list[Order] = []
        self.drain = Drain(
            self.switches,
            lambda: self.reports,
            lambda: self.works,
            QUIET,
            self.orders.append,
            self.clock,
            self.log.logger,
        )

    def look(self, seconds: float = QUIET) -> None:
        """Look, let time pass, and look again."""
        self.drain.look()
        self.clock.advance(seconds)
        self.drain.look()

    def told(self) -> list[object]:
        """What the log says it waits for, line by line."""
        return [line["waits_for"] for line in self.log.lines if line["event"] == "Draining"]


@pytest.fixture
def pool() -> Pool:
    """Draining."""
    pool = Pool()
    pool.switches.drain(ANNA)
    return pool


def test_it_ends_the_agent_when_nothing_was_open_for_a_while(pool: Pool) -> None:
    """Once, and says so; no sooner."""
    pool.look(QUIET - 0.1)
    assert pool.orders == []
    pool.look(0.1)
    pool.look()
    assert pool.orders == [Stop("drained")]
    assert [line["event"] for line in pool.log.lines] == ["Drained"]
    assert pool.switches.look().has_drained


def test_without_a_drain_nothing_ends() -> None:
    """However little is open."""
    pool = Pool()
    pool.look()
    assert pool.orders == []


@pytest.mark.parametrize(
    ("report", "clause"),
    [
        (make_report(halt=Halt.DRAINING), f"{WAY}: 1 claimed"),
        (None, f"{WAY}: a chain does not answer, or is still being read"),
        (
            make_report(stages=EMPTY.stages, halt=Halt.DRAINING, is_whole=False),
            f"{WAY}: a chain does not answer, or is still being read",
        ),
        (make_report(stages=EMPTY.stages), f"{WAY}: it has not taken notice yet"),
        (
            make_report(stages=EMPTY.stages, halt=Halt.PAUSED),
            f"{WAY}: it has not taken notice yet",
        ),
    ],
    ids=["open", "no report", "not whole", "not halted", "paused before"],
)
def test_it_waits_for_every_direction(
    pool: Pool, report: DirectionReport | None, clause: str
) -> None:
    """Until all of them know of it, are read, and have nothing open."""
    pool.reports[WAY] = report
    pool.look()
    assert pool.orders == []
    assert pool.told() == [[clause]]
    pool.reports[WAY] = EMPTY
    pool.look()
    assert pool.orders == [Stop("drained")]


def test_it_waits_for_transactions(pool: Pool) -> None:
    """A bid in flight is in no report yet."""
    pool.works["l2a"] = Work(0, 1)
    pool.look()
    assert pool.orders == []
    assert pool.told() == [["l2a: 1 transaction in flight, 0 wait"]]


def test_what_opens_again_begins_the_wait_anew(pool: Pool) -> None:
    """A reorganisation may bring a fill back."""
    pool.look(QUIET - 1)
    pool.reports[WAY] = make_report(halt=Halt.DRAINING)
    pool.look(0.5)
    pool.reports[WAY] = EMPTY
    pool.look(QUIET - 1)
    assert pool.orders == []
    pool.look(1)
    assert pool.orders == [Stop("drained")]


def test_it_says_what_it_waits_for_when_that_changes(pool: Pool) -> None:
    """Not with every look, and not too often."""
    pool.reports[WAY] = make_report(halt=Halt.DRAINING)
    for _ in range(3):
        pool.look(TELL_SECONDS)
    assert len(pool.told()) == 1
    two = dict(EMPTY.stages) | {ObligationStage.CONTESTED: StageReport(2)}
    pool.reports[WAY] = make_report(stages=two, halt=Halt.DRAINING)
    pool.look(1)
    pool.reports[WAY] = make_report(halt=Halt.DRAINING)
    pool.look(1)
    assert pool.told()[1:] == [[f"{WAY}: 2 contested"]]
    pool.look(TELL_SECONDS)
    assert pool.told()[2:] == [[f"{WAY}: 1 claimed"]]


def test_a_drain_that_is_taken_back_ends_nothing(pool: Pool) -> None:
    """And one that is begun anew waits as long as the first."""
    pool.look(QUIET - 0.1)
    pool.switches.stop_draining()
    pool.look()
    pool.switches.drain(ANNA)
    pool.look(QUIET - 0.1)
    assert pool.orders == []
    pool.look(0.1)
    assert pool.orders == [Stop("drained")]
