"""Notifier: what is sent to a service manager, and that nothing of it can stop us."""

import os
import resource
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from beamer_agent.service.lifecycle import ServiceLifecycle, Transition
from beamer_agent.service.notify import Notifier, notifier_of
from tests.doubles import FakeClock
from tests.notified import NotifySocket

pytestmark = pytest.mark.unit

RUNS = Transition("initialised", "starting", "running", None)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[NotifySocket]:
    """Listens."""
    with NotifySocket(tmp_path / "notify") as listener:
        yield listener


def notifier(manager: NotifySocket, **more: str) -> Notifier:
    """One that finds the manager in its environment."""
    return notifier_of({**manager.environment, **more})


def lifecycle_of(told: Notifier) -> ServiceLifecycle:
    """A service whose changes a notifier hears."""
    return ServiceLifecycle(FakeClock(), [told.hear])


def test_ready_is_what_runs(manager: NotifySocket) -> None:
    """Not what starts."""
    lifecycle = lifecycle_of(notifier(manager))
    lifecycle.advance("start")
    assert manager.heard() == []
    lifecycle.advance("initialised")
    assert manager.heard() == ["READY=1"]


@pytest.mark.parametrize("events", [["start", "initialised"], ["start"]])
def test_the_end_is_announced(manager: NotifySocket, events: list[str]) -> None:
    """Also of a start that was not over."""
    lifecycle = lifecycle_of(notifier(manager))
    for event in events:
        lifecycle.advance(event)
    lifecycle.begin_stop("signal")
    lifecycle.end_stop([])
    assert "STOPPING=1" in manager.heard()


def test_the_sentence_is_sent_when_it_is_news(manager: NotifySocket) -> None:
    """In one line, whatever it is made of."""
    told = notifier(manager)
    for sentence in ("Starting", "Starting", "Running:\nREADY=1", "Starting"):
        told.tell(sentence)
    assert manager.heard() == ["STATUS=Starting", "STATUS=Running: READY=1", "STATUS=Starting"]


def test_a_sentence_of_any_text_is_sent(manager: NotifySocket) -> None:
    """What cannot be encoded must not end the supervisor."""
    notifier(manager).tell("no answer: \ud800")
    assert manager.heard() == ["STATUS=no answer: ?"]


def test_a_process_without_a_file_to_open_tells_nothing(manager: NotifySocket) -> None:
    """And its supervisor goes on."""
    told = notifier(manager)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        told.tell("Running")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert manager.heard() == []


def test_beats_come_twice_as_often_as_they_must(manager: NotifySocket) -> None:
    """One that could come too late only next time is sent now."""
    told = notifier(manager, WATCHDOG_USEC="10000000")
    told.hear(RUNS)
    sent: list[float] = []
    for turn in range(40):
        told.beat(turn * 0.5, 0.5)
        if manager.count("WATCHDOG=1") > len(sent):
            sent.append(turn * 0.5)
    assert sent == [0.0, 5.0, 10.0, 15.0]


def test_a_start_that_goes_on_is_given_more_time(manager: NotifySocket) -> None:
    """The watchdog watches from READY on; a start that takes long is none that hangs."""
    told = notifier(manager, WATCHDOG_USEC="10000000")
    told.beat(0.0, 0.5)
    assert manager.heard() == ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=10000000"]
    told.hear(RUNS)
    told.beat(10.0, 0.5)
    assert manager.heard()[2:] == ["READY=1", "WATCHDOG=1"]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"},
    ],
)
def test_nobody_beats_for_whom_no_watchdog_watches(
    manager: NotifySocket, environment: dict[str, str]
) -> None:
    """Or one that watches another process."""
    notifier(manager, **environment).beat(0.0, 0.5)
    assert manager.heard() == []


def test_a_watchdog_may_name_our_process(manager: NotifySocket) -> None:
    """As systemd does."""
    notifier(manager, WATCHDOG_USEC="10000000", WATCHDOG_PID=str(os.getpid())).beat(0.0, 0.5)
    assert manager.count("WATCHDOG=1") == 1


def test_a_socket_may_be_in_no_file_system() -> None:
    """Its name begins with @ in the environment."""
    with NotifySocket(f"\0beamer-agent-{uuid.uuid4()}") as manager:
        assert manager.environment["NOTIFY_SOCKET"].startswith("@beamer-agent-")
        notifier(manager).tell("Running")
        assert manager.heard() == ["STATUS=Running"]


@pytest.mark.parametrize(
    "address", ["", "vsock:2:1234", "/nowhere/notify", "@beamer-agent-nobody"]
)
def test_nothing_happens_where_nobody_listens(address: str) -> None:
    """It is no reason not to work."""
    told = notifier_of({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000"})
    told.hear(RUNS)
    told.tell("Running")
    told.beat(0.0, 0.5)


def test_a_manager_that_does_not_listen_keeps_nobody_waiting(manager: NotifySocket) -> None:
    """A full socket loses what is said to it."""
    told = notifier(manager)
    for number in range(10_000):
        told.tell(str(number))
    assert 0 < len(manager.heard()) < 10_000
