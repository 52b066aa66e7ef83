"""The real supervisor and real threads: workers crash, hang, spin, and come back too late."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from beamer_agent.service import verdict
from beamer_agent.service.notify import Notifier
from beamer_agent.worker import Step
from tests.notified import NotifySocket
from tests.ward import LIMIT_SECONDS, SECONDS, Builder, Results, SmallAgent

pytestmark = pytest.mark.integration

PAUSE = 0.01


@pytest.fixture
def agent() -> Iterator[SmallAgent]:
    """With no parts yet."""
    with SmallAgent() as agent:
        yield agent


@pytest.fixture
def silence() -> Iterator[tuple[str, int]]:
    """The address of a server on this machine that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=16)) as listener:
        yield listener.getsockname()


def well(generation: int, results: Results) -> Step:
    """Does its work again and again."""

    def step() -> float:
        results.add(generation)
        return PAUSE

    return step


def crashing(until: int) -> Builder:
    """Its first generations die."""

    def build(generation: int, results: Results) -> Step:
        def step() -> float | None:
            if generation < until:
                raise KeyError(generation)
            return well(generation, results)()

        return step

    return build


def once(first: Step) -> Builder:
    """The first generation does this, all later ones work."""
    return lambda generation, results: first if generation == 1 else well(generation, results)


def test_a_worker_that_crashed_is_replaced(agent: SmallAgent) -> None:
    """By one that works; what happened is told, and nobody else notices."""
    broken, other = agent.add("l2a", crashing(until=2)), agent.add("l2b", well)
    agent.start()
    (restart,) = agent.wait_for_restarts(1)
    assert (restart.part, restart.kind, restart.by) == ("l2a", "gentle", "supervisor")
    assert restart.reason == "Worker[l2a] died (KeyError)"
    agent.wait_for(lambda: broken.results.by(2) > 10, "work of the new one")
    assert len(agent.book.recent()) == 1
    assert other.generation == 1
    assert agent.lifecycle.state == "running"
    assert agent.log.sentences("error") == ["Worker failed"]
    assert agent.fatal == []


def test_one_that_crashes_again_and_again_takes_the_service_into_error_and_back(
    agent: SmallAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gently, hard, whole; the others work meanwhile."""
    monkeypatch.setattr(verdict, "FIRST_PAUSE_SECONDS", 0.5)
    broken, other = agent.add("l2a", crashing(until=4)), agent.add("l2b", well)
    agent.start()
    agent.wait_for(lambda: agent.lifecycle.state == "error", "the error")
    before = other.results.by(1)
    agent.wait_for(lambda: other.results.by(1) > before, "work of the other part")
    restarts = agent.wait_for_restarts(3)
    assert [(r.part, r.kind) for r in restarts] == [
        ("l2a", "gentle"),
        ("l2a", "hard"),
        ("service", "hard"),
    ]
    agent.wait_for(lambda: broken.results.by(4) > 10, "work of the new one")
    assert agent.lifecycle.state == "running"
    assert agent.lifecycle.seconds_in()["error"] >= 0.5


def test_too_many_at_once_are_thrashing(
    agent: SmallAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is restarted alone; all are, after the pause."""
    monkeypatch.setattr(verdict, "FIRST_PAUSE_SECONDS", 0.5)
    parts = [
        agent.add(f"l2{number}", crashing(until=2)) for number in range(verdict.MOST_RESTARTS + 1)
    ]
    everybody_started = threading.Event()
    monkeypatch.setattr(agent.supervisor, "step", _once(everybody_started, agent.supervisor.step))
    agent.start()
    agent.wait_for(
        lambda: all(reading.has_died for reading in agent.crew.readings()[:-1]), "all deaths"
    )
    everybody_started.set()
    (restart,) = agent.wait_for_restarts(1)
    assert (restart.part, restart.kind) == ("service", "hard")
    assert agent.supervisor.thrashings == 1
    assert "Thrashing" in agent.log.sentences("error")
    agent.wait_for(lambda: all(part.results.by(2) for part in parts), "work of all")
    assert agent.lifecycle.state == "running"


def test_one_that_hangs_in_a_connection_goes_on_when_that_is_closed(
    agent: SmallAgent, silence: tuple[str, int]
) -> None:
    """A gentle restart is enough: the thread ends, and no other stands beside it."""
    with socket.create_connection(silence) as connection:

        def read() -> None:
            with suppress(OSError):
                connection.recv(1)

        def hang_up() -> None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

        part = agent.add("l2a", once(read), limit=LIMIT_SECONDS, reconnect=hang_up)
        agent.start()
        (restart,) = agent.wait_for_restarts(1)
        assert restart.kind == "gentle"
        assert restart.reason.startswith("Worker[l2a] hangs for ")
        agent.wait_for(lambda: part.results.by(2) > 10, "work of the new one")
    assert threads_of("l2a") == 1


def test_one_that_hangs_for_good_is_left_behind(
    agent: SmallAgent, silence: tuple[str, int]
) -> None:
    """Its replacement works beside it, with a state of its own."""
    connection = socket.create_connection(silence)
    with closing(connection):

        def read() -> None:
            with suppress(OSError):
                connection.recv(1)

        part = agent.add("l2a", once(read), limit=LIMIT_SECONDS)
        agent.start()
        (restart,) = agent.wait_for_restarts(1)
        assert restart.kind == "hard"
        agent.wait_for(lambda: part.results.by(2) > 10, "work of the new one")
        assert threads_of("l2a") == 2
        assert len(agent.book.recent()) == 1
        connection.shutdown(socket.SHUT_RDWR)
        agent.wait_for(lambda: threads_of("l2a") == 1, "the end of the old one")


def test_one_that_spins_is_replaced(agent: SmallAgent) -> None:
    """However busy it keeps the interpreter, the supervisor has its turns."""
    released = threading.Event()

    def spin() -> None:
        while not released.is_set():
            pass

    part = agent.add("l2a", once(spin), limit=LIMIT_SECONDS)
    agent.start()
    try:
        (restart,) = agent.wait_for_restarts(1)
        assert restart.kind == "hard"
        agent.wait_for(lambda: part.results.by(2) > 10, "work of the new one")
        assert agent.supervisor.turned_seconds_ago() < 5
    finally:
        released.set()


def test_what_comes_back_too_late_is_refused(agent: SmallAgent) -> None:
    """What it wanted to tell is not told any more, and it ends without a word."""
    released = threading.Event()

    def build(generation: int, results: Results) -> Step:
        def late() -> float:
            released.wait(SECONDS)
            results.add(generation)
            return PAUSE

        return late if generation == 1 else well(generation, results)

    part = agent.add("l2a", build, limit=LIMIT_SECONDS)
    agent.start()
    agent.wait_for_restarts(1)
    agent.wait_for(lambda: part.results.by(2) > 10, "work of the new one")
    released.set()
    agent.wait_for(lambda: threads_of("l2a") == 1, "the end of the old one")
    assert part.results.by(1) == 0
    assert agent.fatal == []
    assert agent.log.sentences("error") == []


def test_systemd_hears_no_more_of_a_supervisor_that_does_not_turn(tmp_path: Path) -> None:
    """And ends the process; its workers alone do not keep it alive."""
    released = threading.Event()
    hangs: list[None] = []

    def describe() -> str:
        if hangs:
            released.wait(SECONDS)
        return "well"

    with NotifySocket(tmp_path / "notify") as manager:
        notifier = Notifier(manager.environment["NOTIFY_SOCKET"], watchdog_seconds=0.1)
        with SmallAgent(notifier, describe) as agent:
            part = agent.add("l2a", well)
            agent.start()
            agent.wait_for(lambda: manager.count("WATCHDOG=1") > 5, "beats")
            hangs.append(None)
            agent.wait_for(lambda: agent.supervisor.turned_seconds_ago() > 0.5, "the silence")
            beats, work = manager.count("WATCHDOG=1"), part.results.by(1)
            agent.wait_for(lambda: part.results.by(1) > work + 10, "work of its worker")
            assert manager.count("WATCHDOG=1") == beats
            released.set()
            agent.wait_for(lambda: manager.count("WATCHDOG=1") > beats, "beats again")
        assert manager.heard()[0] == "READY=1"
        assert manager.heard()[-1] == "STOPPING=1"


def _once(event: threading.Event, step: Callable[[], float]) -> Callable[[], float]:
    """The step, as soon as something has happened."""
    return lambda: step() if event.is_set() else PAUSE


def threads_of(part: str) -> int:
    """How many threads the part has."""
    return sum(thread.name == f"Worker[{part}]" for thread in threading.enumerate())
