"""The states of a chain, as its connector, its monitor and the clock tell of them.

Connecting --> Connected --> Syncing <--> Synced
|          ^  |             |           |
v          |  v             v           v
   Down -------+-- Reconnecting, and Down when that lasts
"""

import threading
from dataclasses import replace
from typing import Final

from statemachine import State, StateMachine

from beamer_agent.clock import Clock
from beamer_agent.events.looks import Looks
from beamer_agent.events.news import STALE
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.service.lifecycle import Lifecycle
from beamer_agent.service.status import ChainStatus
from beamer_agent.types import ChainId

DOWN_SECONDS: Final = 60.0
"""A chain that is away for longer is down."""


class ChainMachine(StateMachine):
    """What a chain is to the agent. A chain that is down is tried again like any that is away."""

    connecting = State(initial=True)
    connected = State()
    syncing = State()
    synced = State()
    reconnecting = State()
    down = State()

    connect = connecting.to(connected) | reconnecting.to(connected) | down.to(connected)
    read = connected.to(syncing)
    catch_up = syncing.to(synced)
    fall_behind = synced.to(syncing)
    lose = connected.to(reconnecting) | syncing.to(reconnecting) | synced.to(reconnecting)
    give_up = connecting.to(down) | reconnecting.to(down)


SYNCED: Final = str(ChainMachine.synced.value)
AWAY: Final = frozenset(
    str(state.value)
    for state in (ChainMachine.connecting, ChainMachine.reconnecting, ChainMachine.down)
)
"""It does not answer, or has not answered yet."""


class ChainTracker:
    """Keeps the state of one configured chain. For any thread; nobody ever waits in it.

    Args:
        name: in the configuration.
        poll_period: seconds between two looks at it.
    """

    def __init__(self, name: str, poll_period: float, clock: Clock) -> None:
        self.name = name
        self.looks = Looks(poll_period, clock)
        """For the chain's monitor to write."""
        self.lifecycle = Lifecycle(ChainMachine, clock)
        """As of the last `status`: time alone may have changed it since."""
        self._clock = clock
        self._lock = threading.Lock()  # protects all below, and the order of changes
        self._chain_id: ChainId | None = None
        self._failure: str | None = None
        self._view: ChainView | None = None

    def failed(self, reason: str) -> None:
        """It could not be connected, for a reason as a clause."""
        with self._lock:
            self._failure = reason
            self._turn()

    def connected(self, chain_id: ChainId) -> None:
        """It has answered, and can be worked on."""
        with self._lock:
            self._chain_id, self._failure, self._view = chain_id, None, None
            self._turn()

    def observe(self, batch: Batch) -> None:
        """Take what its monitor tells: a `Subscriber`."""
        with self._lock:
            self._view = batch.view
            self._turn()

    def status(self) -> ChainStatus:
        """How it is now."""
        with self._lock:
            self._turn()
            view, answered_at = self._view, self.looks.answered_at()
            return ChainStatus(
                self.name,
                self._chain_id,
                replace(self.lifecycle.look(), reason=self._reason()),
                None if view is None else view.head.number,
                None if view is None else view.head.timestamp,
                None if view is None else view.events_until,
                None if answered_at is None else self._clock.monotonic() - answered_at,
            )

    def _turn(self) -> None:
        """Take the transitions that are due; those that there are none for do nothing."""
        # While it is connected anew, nobody looks at it.
        if self._failure is not None or self.looks.is_lost():
            self.lifecycle.advance("lose")
        elif self._chain_id is not None:
            self.lifecycle.advance("connect")
        if self.lifecycle.state not in AWAY:
            self._follow()
        elif self.lifecycle.look().seconds >= DOWN_SECONDS:
            self.lifecycle.advance("give_up")

    def _follow(self) -> None:
        if self._view is not None:
            self.lifecycle.advance("read")
            is_fresh = self._view.is_synced and self._view.is_reachable
            self.lifecycle.advance("catch_up" if is_fresh else "fall_behind")

    def _reason(self) -> str | None:
        if self.lifecycle.state == SYNCED:
            return None
        if self._chain_id is None:
            return self._failure or "it has not answered yet"
        if self.lifecycle.state in AWAY:
            # Who connects anew knows better than the looks of who is not there any more.
            return self._failure or self.looks.error()
        if self._view is not None and self._view.is_synced:
            return STALE
        return "its newest events are still being read"
