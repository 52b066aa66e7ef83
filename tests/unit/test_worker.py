"""Worker: steps in a thread, with waits that end at once when they must."""

import threading
from collections.abc import Callable, Iterator

import pytest

from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError, RpcPausedError, RpcTimeoutError, SupersededError
from beamer_agent.worker import MOST_TOLD, TOLD_SECONDS, Worker, longest_pause
from tests.doubles import FakeClock, RecordingLogger

pytestmark = pytest.mark.unit

SOON = 10.0
"""Seconds after which a test gives up on a thread."""
FOR_EVER = 3_600.0


class Bench:
    """A worker whose steps come from a list; the last one is repeated."""

    def __init__(self, *steps: Callable[[], float | None], longest_retry: float = 0.0) -> None:
        self.wake = threading.Event()
        self.stepped = threading.Semaphore(0)
        self.fatal: list[FatalError] = []
        self.ended = threading.Event()
        self.log = RecordingLogger()
        self.clock = FakeClock()
        self.threads: list[str] = []
        self._steps = list(steps)
        self.worker = Worker(
            "EventMonitor[l2a]",
            self._step,
            wake=self.wake,
            on_fatal=self._on_fatal,
            logger=self.log.logger,
            longest_retry=longest_retry,
            clock=self.clock,
        )

    def wait_for_steps(self, count: int) -> None:
        """Wait until so many more steps have begun."""
        for _ in range(count):
            assert self.stepped.acquire(timeout=SOON)

    def finish(self) -> bool:
        """Stop and wait; whether the thread has ended."""
        self.worker.stop()
        return self.worker.join(SOON)

    def _step(self) -> float | None:
        self.threads.append(threading.current_thread().name)
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        self.stepped.release()
        return step()

    def _on_fatal(self, error: FatalError) -> None:
        self.fatal.append(error)
        self.ended.set()


MakeBench = Callable[..., Bench]


@pytest.fixture
def bench() -> Iterator[MakeBench]:
    """Makes workers that end with the test."""
    made = []

    def make(*steps: Callable[[], float | None], longest_retry: float = 0.0) -> Bench:
        made.append(Bench(*steps, longest_retry=longest_retry))
        return made[-1]

    yield make
    assert all(b.finish() for b in made)


def raising(error: BaseException) -> Callable[[], float | None]:
    """A step that raises."""

    def step() -> float | None:
        raise error

    return step


def test_steps_are_repeated_after_the_pause_they_ask_for(bench: MakeBench) -> None:
    """In a thread of the worker's name."""
    b = bench(lambda: 0.0)
    b.worker.start()
    b.wait_for_steps(3)
    assert set(b.threads) == {"EventMonitor[l2a]"}
    assert b.worker.name == "EventMonitor[l2a]"


@pytest.mark.parametrize("pause", [FOR_EVER, None])
def test_a_wake_cuts_the_pause_short(bench: MakeBench, pause: float | None) -> None:
    """Each wake is one more step, whenever it comes."""
    b = bench(lambda: pause)
    b.worker.start()
    for _ in range(3):
        b.wait_for_steps(1)
        b.wake.set()
    b.wait_for_steps(1)
    assert not b.stepped.acquire(timeout=0.05)


def test_a_wake_during_a_step_is_not_lost(bench: MakeBench) -> None:
    """What arrives while a step runs is looked at by the next."""

    def woken() -> None:
        b.wake.set()

    b = bench(woken, lambda: FOR_EVER)
    b.worker.start()
    b.wait_for_steps(2)


@pytest.mark.parametrize("pause", [FOR_EVER, None])
def test_stopping_ends_a_pause_at_once(bench: MakeBench, pause: float | None) -> None:
    """Without one more step."""
    b = bench(lambda: pause)
    b.worker.start()
    b.wait_for_steps(1)
    assert b.finish()
    assert len(b.threads) == 1
    assert b.fatal == []


def test_stopping_ends_the_pause_after_an_error_at_once(bench: MakeBench) -> None:
    """However long it has become."""
    b = bench(raising(RpcTimeoutError("slow")), longest_retry=FOR_EVER)
    b.worker.start()
    b.wait_for_steps(1)
    assert b.finish()


def test_joining_does_not_wait_for_a_step_that_hangs(bench: MakeBench) -> None:
    """It says that the thread lives; a daemon does not keep the process alive."""
    release = threading.Event()
    b = bench(lambda: release.wait(SOON) and FOR_EVER)
    b.worker.start()
    b.wait_for_steps(1)
    b.worker.stop()
    assert b.worker.join(0.0) is False
    thread = next(t for t in threading.enumerate() if t.name == b.worker.name)
    assert thread.daemon
    release.set()
    assert b.worker.join(SOON) is True


def test_a_worker_that_was_never_started_has_ended(bench: MakeBench) -> None:
    """So that a start that failed half-way can be undone."""
    assert bench(lambda: None).finish()


def test_a_recoverable_error_is_logged_and_the_step_tried_again(bench: MakeBench) -> None:
    """The worker goes on."""
    b = bench(raising(RpcTimeoutError("no answer in time")), lambda: FOR_EVER)
    b.worker.start()
    b.wait_for_steps(2)
    (line,) = b.log.lines
    assert line["event"] == "Step failed, will try again"
    assert (line["worker"], line["error"]) == ("EventMonitor[l2a]", "no answer in time")
    assert b.fatal == []


def test_an_error_that_stays_the_same_is_told_once_a_minute(bench: MakeBench) -> None:
    """An outage of hours fills no disk; another reason is told at once."""
    fail = raising(RpcTimeoutError("slow"))

    def later() -> None:
        b.clock.advance(TOLD_SECONDS)
        fail()

    other = raising(RpcTimeoutError("late"))
    b = bench(fail, fail, other, fail, lambda: 0.0, fail, later, fail, lambda: FOR_EVER)
    b.worker.start()
    b.wait_for_steps(9)
    told = [(line["error"], line["log_level"] == "warning") for line in b.log.lines]
    quiet = ("slow", False)
    assert told == [("slow", True), quiet, ("late", True), quiet, quiet, ("slow", True), quiet]


def test_reasons_that_differ_each_time_are_not_kept(bench: MakeBench) -> None:
    """Memory is for hours of failures, too."""
    errors = [raising(RpcTimeoutError(str(number))) for number in range(2 * MOST_TOLD + 1)]
    b = bench(*errors, lambda: FOR_EVER)
    b.worker.start()
    b.wait_for_steps(len(errors) + 1)
    assert b.log.sentences("debug") == []
    assert len(b.worker._told) <= MOST_TOLD


def test_an_error_without_words_is_logged_by_its_name(bench: MakeBench) -> None:
    """Never an empty text."""
    b = bench(raising(RpcTimeoutError()), lambda: FOR_EVER)
    b.worker.start()
    b.wait_for_steps(2)
    assert b.log.lines[0]["error"] == "RpcTimeoutError"


def test_pauses_between_errors_grow_up_to_a_bound_and_start_anew(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A success in between starts them anew."""
    fail = raising(RpcTimeoutError("slow"))
    b = bench(*[fail] * 5, lambda: 0.0, fail, lambda: FOR_EVER, longest_retry=3.0)
    monkeypatch.setattr(b.worker._stop, "wait", lambda _seconds: False)
    monkeypatch.setattr("random.random", lambda: 1.0)
    b.worker.start()
    b.wait_for_steps(8)
    assert [line["retry_seconds"] for line in b.log.lines] == [0.5, 1.0, 2.0, 3.0, 3.0, 0.5]


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 1.0), (0.5, 1.5), (1.0, 2.0)])
def test_pauses_between_errors_are_partly_left_to_chance(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch, chance: float, seconds: float
) -> None:
    """So that workers whose endpoint was away do not come back all at once."""
    fail = raising(RpcTimeoutError("slow"))
    b = bench(fail, fail, fail, lambda: FOR_EVER, longest_retry=2.0)
    waits: list[float] = []
    monkeypatch.setattr(b.worker._stop, "wait", waits.append)
    monkeypatch.setattr("random.random", lambda: chance)
    b.worker.start()
    b.wait_for_steps(4)
    assert waits[-1] == seconds


@pytest.mark.parametrize(("known", "seconds"), [(0.0, 0.5), (2.0, 2.5), (60.0, 5.0)])
def test_an_error_may_know_when_it_is_over(
    bench: MakeBench, monkeypatch: pytest.MonkeyPatch, known: float, seconds: float
) -> None:
    """Then the pause does not grow; it is never none, and never beyond its bound."""
    fail = raising(RpcPausedError("later", known))
    b = bench(fail, fail, raising(RpcTimeoutError("slow")), lambda: FOR_EVER, longest_retry=5.0)
    waits: list[float] = []
    monkeypatch.setattr(b.worker._stop, "wait", waits.append)
    monkeypatch.setattr("random.random", lambda: 1.0)
    b.worker.start()
    b.wait_for_steps(4)
    assert waits == [seconds, seconds, 0.5]


def test_a_wake_does_not_shorten_the_pause_after_an_error(bench: MakeBench) -> None:
    """Batches of other chains must not make us hammer an endpoint that is down."""
    b = bench(raising(RpcTimeoutError("slow")), longest_retry=FOR_EVER)
    b.wake.set()
    b.worker.start()
    b.wait_for_steps(1)
    b.wake.set()
    assert not b.stepped.acquire(timeout=0.05)


def test_a_fatal_error_ends_the_worker_and_is_handed_over(bench: MakeBench) -> None:
    """As it is, in the worker's thread."""
    error = FatalError("the sentence")
    b = bench(raising(error))
    b.worker.start()
    assert b.ended.wait(SOON)
    assert b.fatal == [error]
    assert b.worker.join(SOON)


def test_a_defect_ends_the_worker_alone(bench: MakeBench) -> None:
    """Its pulse tells so; its own text, which nobody has checked for secrets, is not in it."""
    b = bench(raising(KeyError("secret")))
    b.worker.start()
    assert b.worker.join(SOON)
    assert b.fatal == []
    assert b.log.sentences() == ["Worker failed"]
    reading = b.worker.reading()
    assert (reading.has_died, reading.error, reading.is_working) == (True, "KeyError", False)


def test_what_a_stopped_worker_raises_is_nobodys_business(bench: MakeBench) -> None:
    """Its part may have been built anew: not even a fatal error of it ends the process."""
    begun, release = threading.Event(), threading.Event()

    def late() -> float:
        begun.set()
        release.wait(SOON)
        raise FatalError("too late")

    b = bench(late)
    b.worker.start()
    assert begun.wait(SOON)
    b.worker.stop()
    release.set()
    assert b.worker.join(SOON)
    assert b.fatal == []


def test_who_has_been_replaced_ends_without_a_word(bench: MakeBench) -> None:
    """A fence has refused what it wanted."""
    begun, release = threading.Event(), threading.Event()

    def late() -> float:
        begun.set()
        release.wait(SOON)
        raise SupersededError("l2a->l2b was built anew")

    b = bench(late)
    b.worker.start()
    assert begun.wait(SOON)
    b.worker.stop()
    release.set()
    assert b.worker.join(SOON)
    assert b.log.lines == []


def test_who_is_refused_without_being_replaced_has_a_defect(bench: MakeBench) -> None:
    """Otherwise nobody would notice that it has ended."""
    b = bench(raising(SupersededError("by mistake")))
    b.worker.start()
    assert b.worker.join(SOON)
    assert b.worker.reading().has_died


def test_a_pulse_tells_what_a_worker_does(bench: MakeBench) -> None:
    """In a step, between steps, and how many have failed in a row."""
    release = threading.Event()
    fail = raising(RpcTimeoutError("slow"))
    b = bench(fail, fail, lambda: release.wait(SOON) and FOR_EVER)
    b.worker.start()
    b.wait_for_steps(3)
    reading = b.worker.reading()
    assert (reading.worker, reading.is_working) == ("EventMonitor[l2a]", True)
    assert (reading.failures, reading.error, reading.steps) == (2, "slow", 0)
    release.set()
    wait_until(lambda: b.worker.reading().steps == 1, "the end of the step", seconds=SOON)
    reading = b.worker.reading()
    assert (reading.is_working, reading.failures, reading.has_died) == (False, 0, False)


def test_a_wake_that_ends_a_worker_is_left_to_the_next(bench: MakeBench) -> None:
    """Whoever goes on with the same wake looks at once: something may have come meanwhile."""
    b = bench(lambda: FOR_EVER)
    b.worker.start()
    b.wait_for_steps(1)
    assert b.finish()
    assert b.wake.is_set()


@pytest.mark.parametrize(
    ("poll_periods", "seconds"), [((0.05,), 0.2), ((2.0,), 2.0), ((4.0, 1.5), 1.5), ((60.0,), 5.0)]
)
def test_a_chain_that_is_back_is_worked_on_within_a_poll_period(
    poll_periods: tuple[float, ...], seconds: float
) -> None:
    """The shortest of several; neither without a pause nor longer than workers ever wait."""
    assert longest_pause(*poll_periods) == seconds
