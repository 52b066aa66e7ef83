"""Worker: what becomes of it when a step fails."""

import threading

import pytest

from beamer_agent.errors import FatalError, RpcPausedError, RpcTimeoutError, SupersededError
from beamer_agent.worker import MOST_TOLD, TOLD_SECONDS
from tests.worker_bench import FOR_EVER, SOON, Bench, MakeBench, raising

pytestmark = pytest.mark.unit


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


def stopped_in_a_step(bench: MakeBench, error: BaseException) -> Bench:
    """A worker that was stopped while a step of it hung, which then raises."""
    begun, release = threading.Event(), threading.Event()

    def late() -> float:
        begun.set()
        release.wait(SOON)
        raise error

    b = bench(late)
    b.worker.start()
    assert begun.wait(SOON)
    b.worker.stop()
    release.set()
    assert b.worker.join(SOON)
    return b


def test_what_a_stopped_worker_raises_is_nobodys_business(bench: MakeBench) -> None:
    """Its part may have been built anew: not even a fatal error of it ends the process."""
    assert stopped_in_a_step(bench, FatalError("too late")).fatal == []


def test_who_has_been_replaced_ends_without_a_word(bench: MakeBench) -> None:
    """A fence has refused what it wanted."""
    error = SupersededError("l2a->l2b was built anew")
    assert stopped_in_a_step(bench, error).log.lines == []


def test_who_is_refused_without_being_replaced_has_a_defect(bench: MakeBench) -> None:
    """Otherwise nobody would notice that it has ended."""
    b = bench(raising(SupersededError("by mistake")))
    b.worker.start()
    assert b.worker.join(SOON)
    assert b.worker.reading().has_died
