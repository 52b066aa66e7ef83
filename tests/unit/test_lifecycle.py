"""Lifecycle: the service's states as seed and documentation have them, their times, who hears."""

import threading
from contextlib import suppress

import pytest
from statemachine import State, StateMachine

from beamer_agent.service.lifecycle import Lifecycle, ServiceLifecycle, ServiceMachine, Transition
from beamer_agent.state.machine import transition_table
from tests.doubles import FakeClock

pytestmark = pytest.mark.unit

TRANSITIONS = {
    ("stopped", "start"): "starting",
    ("starting", "initialised"): "running",
    ("starting", "initialisation_failed"): "error",
    ("running", "stop"): "stopping",
    ("running", "fail"): "error",
    ("stopping", "stopped_successfully"): "stopped",
    ("stopping", "stop_failed"): "error",
    ("error", "reset"): "stopped",
    ("error", "restart"): "starting",
    ("running", "restart"): "restarting",
    ("restarting", "restart_initiated"): "starting",
}
WAYS = {
    "stopped": [],
    "starting": ["start"],
    "running": ["start", "initialised"],
    "stopping": ["start", "initialised", "stop"],
    "error": ["start", "initialised", "fail"],
    "restarting": ["start", "initialised", "restart"],
}
"""What leads into each state."""


def service(state: str, clock: FakeClock | None = None) -> ServiceLifecycle:
    """A service that has come into a state."""
    lifecycle = ServiceLifecycle(clock or FakeClock())
    for event in WAYS[state]:
        assert lifecycle.advance(event)
    assert lifecycle.state == state
    return lifecycle


def test_the_service_has_these_transitions_and_no_others() -> None:
    """Eleven, from Stopped on."""
    assert transition_table(ServiceMachine) == TRANSITIONS
    assert ServiceLifecycle(FakeClock()).state == "stopped"


@pytest.mark.parametrize("state", WAYS)
def test_an_event_out_of_place_changes_nothing(state: str) -> None:
    """And is answered with False: another thread was there first."""
    for event in {event for _, event in TRANSITIONS}:
        lifecycle, heard = service(state), list[Transition]()
        lifecycle.listen(heard.append)
        target = TRANSITIONS.get((state, event))
        assert lifecycle.advance(event) is (target is not None)
        assert lifecycle.state == (target or state)
        assert len(heard) == (target is not None)


def test_listeners_hear_every_change_in_order() -> None:
    """With its event and its reason."""
    heard: list[Transition] = []
    lifecycle = ServiceLifecycle(FakeClock(), [heard.append])
    lifecycle.advance("start")
    lifecycle.advance("initialisation_failed", "no chain fits")
    assert heard == [
        Transition("start", "stopped", "starting", None),
        Transition("initialisation_failed", "starting", "error", "no chain fits"),
    ]


def test_time_in_each_state_counts_until_now() -> None:
    """Also in one that it was in before."""
    clock = FakeClock()
    lifecycle = service("running", clock)
    clock.advance(5)
    lifecycle.advance("fail", "a part is broken")
    clock.advance(60)
    assert lifecycle.look().seconds == 60
    assert lifecycle.look().reason == "a part is broken"
    lifecycle.advance("restart")
    clock.advance(2)
    lifecycle.advance("initialised")
    clock.advance(7)
    times = lifecycle.seconds_in()
    assert times == {
        "stopped": 0,
        "starting": 2,
        "running": 12,
        "stopping": 0,
        "error": 60,
        "restarting": 0,
    }
    assert (lifecycle.look().seconds, lifecycle.look().reason) == (7, None)


def test_transitions_are_counted() -> None:
    """By where they came from and where they led."""
    lifecycle = service("error")
    lifecycle.advance("restart")
    lifecycle.advance("initialised")
    counts = {
        ("stopped", "starting"): 1,
        ("starting", "running"): 2,
        ("running", "error"): 1,
        ("error", "starting"): 1,
    }
    assert lifecycle.transitions() == counts


def test_a_way_to_the_same_state_brings_a_new_reason_only() -> None:
    """It is in that state since the first one."""

    class Sluice(StateMachine):
        open = State(initial=True)
        shut = State()
        close = open.to(shut) | shut.to.itself(internal=True)
        lift = shut.to(open)

    clock = FakeClock()
    lifecycle = Lifecycle(Sluice, clock)
    lifecycle.advance("close", "flood")
    clock.advance(3)
    assert lifecycle.advance("close", "repairs")
    look = lifecycle.look()
    assert (look.state, look.seconds, look.reason) == ("shut", 3, "repairs")
    assert lifecycle.transitions() == {("open", "shut"): 1}


def test_readers_do_not_wait_for_a_listener_that_hangs() -> None:
    """`/healthz` answers whatever hangs."""
    entered, release = threading.Event(), threading.Event()

    def hang(_: Transition) -> None:
        entered.set()
        release.wait(10)

    lifecycle = ServiceLifecycle(FakeClock(), [hang])
    thread = threading.Thread(target=lambda: lifecycle.advance("start"))
    thread.start()
    try:
        assert entered.wait(10)
        answers: list[str] = []
        reader = threading.Thread(
            target=lambda: answers.extend((lifecycle.state, lifecycle.look().state))
        )
        reader.start()
        reader.join(10)
        assert answers == ["starting", "starting"]
    finally:
        release.set()
        thread.join(10)


class SlowClock(FakeClock):
    """Whoever asks for the time waits a moment for somebody else who asks."""

    def __init__(self) -> None:
        super().__init__()
        self._meeting = threading.Barrier(2)

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        with suppress(threading.BrokenBarrierError):
            self._meeting.wait(0.1)
        return super().monotonic()


def test_of_two_threads_with_the_same_event_one_is_first() -> None:
    """The change happens once."""
    lifecycle = service("running")
    lifecycle._clock = SlowClock()
    first: list[bool] = []
    threads = [
        threading.Thread(target=lambda: first.append(lifecycle.advance("fail"))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(first) == [False, True]


@pytest.mark.parametrize(
    ("state", "way"),
    [
        ("stopped", []),
        ("starting", ["error", "stopped"]),
        ("running", ["stopping", "stopped"]),
        ("stopping", ["stopped"]),
        ("error", ["stopped"]),
        ("restarting", ["starting", "error", "stopped"]),
    ],
)
def test_the_service_can_be_stopped_in_every_state(state: str, way: list[str]) -> None:
    """By legal transitions alone."""
    lifecycle, heard = service(state), list[Transition]()
    lifecycle.listen(heard.append)
    lifecycle.begin_stop("signal")
    lifecycle.end_stop([])
    assert [change.target for change in heard] == way
    assert lifecycle.state == "stopped"


def test_a_stop_that_leaves_threads_behind_has_failed() -> None:
    """And says which."""
    lifecycle = service("running")
    lifecycle.begin_stop("signal")
    lifecycle.end_stop(["Witness[l2a->l2b]"])
    assert lifecycle.look().state == "error"
    assert lifecycle.look().reason == "still at work: Witness[l2a->l2b]"


@pytest.mark.parametrize("state", ["starting", "running"])
def test_the_service_falls_into_error_while_it_starts_or_runs(state: str) -> None:
    """A broken part is no less broken while others are still awaited."""
    lifecycle = service(state)
    assert lifecycle.fall("l2a is broken")
    assert lifecycle.state == "error"
    assert not lifecycle.fall("once more")
