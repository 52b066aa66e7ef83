import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from beamer_agent.cli.signals import StopSignals

pytestmark = pytest.mark.unit

WAIT_SECONDS = 5.0


class Exit:
    """Stands in for the end of the process."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self._called = threading.Event()

    def __call__(self, code: int) -> None:
        """End with a code."""
        self.codes.append(code)
        self._called.set()

    def wait(self) -> list[int]:
        """The codes, once there is one."""
        assert self._called.wait(WAIT_SECONDS)
        return self.codes


@pytest.fixture(autouse=True)
def same_handlers() -> Iterator[None]:
    """Fail when a test leaves other handlers behind."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_stops_in_order(number: signal.Signals) -> None:
    """The process is left to end by itself."""
    stopped, end = threading.Event(), Exit()
    with StopSignals(end) as signals:
        signals.on_first = stopped.set
        os.kill(os.getpid(), number)
        assert stopped.wait(WAIT_SECONDS)
    assert end.codes == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_second_signal_ends_at_once(number: signal.Signals, code: int) -> None:
    """With the code that shells expect of it."""
    stopped, end = threading.Event(), Exit()
    with StopSignals(end, grace_seconds=WAIT_SECONDS) as signals:
        signals.on_first = stopped.set
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopped.wait(WAIT_SECONDS)
        os.kill(os.getpid(), number)
        assert end.wait() == [code]


def test_a_stop_that_hangs_is_cut_short() -> None:
    """Two seconds are all that an operator waits (invariant I6)."""
    end = Exit()
    with StopSignals(end, grace_seconds=0.01) as signals:
        signals.on_first = lambda: None
        os.kill(os.getpid(), signal.SIGTERM)
        assert end.wait() == [0]


def test_before_the_start_there_is_nothing_to_stop() -> None:
    """While keys are decrypted, the first signal ends the process."""
    end = Exit()
    with StopSignals(end, grace_seconds=WAIT_SECONDS):
        os.kill(os.getpid(), signal.SIGINT)
        assert end.wait() == [0]


def test_the_main_thread_may_hold_any_lock() -> None:
    """Stopping runs on another thread, so it waits for the lock instead of for itself."""
    lock, stopped, end = threading.Lock(), threading.Event(), Exit()

    def stop() -> None:
        with lock:
            stopped.set()

    with StopSignals(end, grace_seconds=WAIT_SECONDS) as signals:
        signals.on_first = stop
        with lock:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)
        assert stopped.wait(WAIT_SECONDS)
    assert end.codes == []


def test_without_a_signal_nothing_happens() -> None:
    """The thread ends with the context."""
    end = Exit()
    with StopSignals(end):
        pass
    assert end.codes == []
    assert "StopSignals" not in {thread.name for thread in threading.enumerate()}
