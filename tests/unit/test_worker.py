"""Worker: steps in a thread, with waits that end at once when they must."""

import threading

import pytest

from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import RpcTimeoutError
from beamer_agent.worker import longest_pause
from tests.worker_bench import FOR_EVER, SOON, MakeBench, raising

pytestmark = pytest.mark.unit


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
