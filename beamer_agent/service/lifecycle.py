"""Lifecycle: a state machine that lives in time and is told of by several threads.

ServiceMachine is the service's; chains and directions have their own. In goes what happened, out
comes where the machine stands: since when, why, how long it was where, what it went through.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from statemachine import State, StateMachine

from beamer_agent.clock import Clock
from beamer_agent.service.status import StateStatus
from beamer_agent.state.machine import IllegalTransitionError, next_state, transition_table


class ServiceMachine(StateMachine):
    """The life of the service; `docs/operations.md` says when it goes where."""

    stopped = State(initial=True)
    starting = State()
    running = State()
    stopping = State()
    error = State()
    restarting = State()

    start = stopped.to(starting)
    initialised = starting.to(running)
    initialisation_failed = starting.to(error)
    stop = running.to(stopping)
    stopped_successfully = stopping.to(stopped)
    stop_failed = stopping.to(error)
    fail = running.to(error)
    reset = error.to(stopped)
    restart = error.to(starting) | running.to(restarting)
    restart_initiated = restarting.to(starting)


STOPPED = ServiceMachine.stopped.value
STARTING = ServiceMachine.starting.value
RUNNING = ServiceMachine.running.value
STOPPING = ServiceMachine.stopping.value
ERROR = ServiceMachine.error.value


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition that was taken."""

    event: str
    source: str
    target: str
    reason: str | None


Listener: TypeAlias = Callable[[Transition], None]
"""Told of a change in the thread that brought it about; must not wait."""


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where the machine stands. Replaced as a whole, so that no reader waits for a writer."""

    state: str
    since: float
    reason: str | None
    seconds: Mapping[str, float]
    """In each state that was left."""
    transitions: Mapping[tuple[str, str], int]


class Lifecycle:
    """A state machine in time. For any thread.

    The lock is held while a change is made and told of: whoever listens hears the changes in
    their order. Readers take no lock.

    Args:
        machine: the definition, without guards.
        listeners: told of every change.
    """

    def __init__(
        self, machine: type[StateMachine], clock: Clock, listeners: Iterable[Listener] = ()
    ) -> None:
        self._table = transition_table(machine)
        self._states = tuple(machine.states_map)
        self._clock = clock
        self._listeners = list(listeners)
        self._lock = threading.RLock()
        initial = next(s.value for s in machine.states_map.values() if s.initial)
        self._stand = _Stand(initial, clock.monotonic(), None, {}, {})

    def listen(self, listener: Listener) -> None:
        """Tell it of every change from now on."""
        with self._lock:
            self._listeners.append(listener)

    def advance(self, event: str, reason: str | None = None) -> bool:
        """Take the transition that `event` names; False, and nothing changed, if there is none.

        Several threads have something to say, and the first may have changed what the next one
        built upon: an event out of place is no defect. A transition to the same state brings a
        new reason, and is none otherwise.

        Args:
            event: as the machine names it.
            reason: why the new state is not the best one, as a clause for an operator.
        """
        with self._lock:
            former = self._stand
            try:
                target = next_state(self._table, former.state, event)
            except IllegalTransitionError:
                return False
            self._stand = self._moved(former, target, reason)
            change = Transition(event, former.state, target, reason)
            for listener in self._listeners:
                listener(change)
            return True

    @property
    def state(self) -> str:
        """As the machine names it."""
        return self._stand.state

    def look(self) -> StateStatus:
        """Where it stands now."""
        stand = self._stand
        return StateStatus(stand.state, self._clock.monotonic() - stand.since, stand.reason)

    def seconds_in(self) -> Mapping[str, float]:
        """How long it was in each of its states, until now."""
        stand = self._stand
        seconds = dict.fromkeys(self._states, 0.0) | dict(stand.seconds)
        seconds[stand.state] += self._clock.monotonic() - stand.since
        return seconds

    def transitions(self) -> Mapping[tuple[str, str], int]:
        """How often it went from one state to another."""
        return self._stand.transitions

    def _moved(self, former: _Stand, target: str, reason: str | None) -> _Stand:
        if target == former.state:
            return replace(former, reason=reason)
        now, pair = self._clock.monotonic(), (former.state, target)
        stayed = former.seconds.get(former.state, 0.0) + now - former.since
        count = former.transitions.get(pair, 0) + 1
        return _Stand(
            target,
            now,
            reason,
            {**former.seconds, former.state: stayed},
            {**former.transitions, pair: count},
        )


class ServiceLifecycle(Lifecycle):
    """The service's own, with the legal way to its end from wherever it is.

    Attributes:
        is_ending: whether it was asked to end; what is not over then is no error of its own.
    """

    def __init__(self, clock: Clock, listeners: Iterable[Listener] = ()) -> None:
        super().__init__(ServiceMachine, clock, listeners)
        self.is_ending = False

    def fall(self, reason: str) -> bool:
        """Into Error, from Starting or Running; whether that was possible."""
        return self.advance("fail", reason) or self.advance("initialisation_failed", reason)

    def begin_stop(self, reason: str) -> None:
        """It shall end. A start that is not over has failed by that."""
        with self._lock:
            self.is_ending = True
            self.advance("restart_initiated")
            if not self.advance("stop", reason):
                self.advance("initialisation_failed", reason)

    def end_stop(self, hanging: Sequence[str]) -> None:
        """It has ended; what hangs is left behind, and nothing is stopped that does."""
        with self._lock:
            if hanging and self.advance("stop_failed", f"still at work: {', '.join(hanging)}"):
                return
            if not self.advance("stopped_successfully"):
                self.advance("reset")
