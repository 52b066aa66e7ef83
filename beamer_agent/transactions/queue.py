"""ActionQueue: where state threads leave actions and the sender's thread picks them up."""

import threading
from collections import Counter
from dataclasses import dataclass
from math import inf
from typing import Final

from beamer_agent.actions.model import Action, Urgency
from beamer_agent.clock import Clock
from beamer_agent.transactions.model import Refusal
from beamer_agent.types import BlockNumber

OLD_SECONDS: Final = 30.0
"""What has waited so long goes before everything but what has a deadline of its own to keep."""
FIRST_RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 60.0
LONGEST_URGENT_RETRY_SECONDS = 4.0
"""For what has a deadline."""


def is_urgent(action: Action) -> bool:
    """Whether being late costs a deposit or a stake."""
    return action.urgency <= Urgency.CHALLENGE


def longest_pause(action: Action) -> float:
    """Seconds between two attempts at most."""
    return LONGEST_URGENT_RETRY_SECONDS if is_urgent(action) else LONGEST_RETRY_SECONDS


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An action that waits."""

    action: Action
    since: float
    """Monotonic seconds."""

    def rank(self, now: float) -> tuple[float, float, float]:
        """The less the sooner it is sent: by urgency, then deadline, then age."""
        deadline = inf if self.action.deadline is None else self.action.deadline
        if now - self.since >= OLD_SECONDS and not is_urgent(self.action):
            return Urgency.CHALLENGE + 0.5, self.since, deadline
        return self.action.urgency, deadline, self.since


@dataclass(frozen=True, slots=True)
class Work:
    """How much a sender has to do still."""

    waiting: int
    in_flight: int
    """With a node, or in a block that was replaced."""

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return not (self.waiting or self.in_flight)


class ActionQueue:
    """Which actions wait, are on their way, are done, or were refused; each key counts once.

        submit -> waiting -> in flight -> done --(reorganisation)--> undone
                     |           |   ^                                 |
                     |           |   +------------- submit ------------+
                     +-----------+--> refused --(pause)--> submit again

    What is undone has its transaction still: the same one goes out again, if it is wanted again.

    Thread-safe; the lock protects all the dictionaries and is never held across I/O.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._in_flight: dict[str, Action] = {}
        self._done: dict[str, BlockNumber] = {}
        self._refusals: dict[str, Refusal] = {}
        self._cancelled: set[str] = set()
        self._undone: dict[str, Action] = {}
        self._setbacks = 0

    @property
    def setbacks(self) -> int:
        """How often something that was sent did not come about as planned."""
        with self._lock:
            return self._setbacks

    def submit(self, action: Action) -> bool:
        """Queue an action; False when its key is being worked on, done, or paused.

        What is undone is in flight again.
        """
        with self._lock:
            if not self._accepts(action.key):
                return False
            if self._undone.pop(action.key, None) is not None:
                self._in_flight[action.key] = action
            else:
                self._wait(action)
            return True

    def accepts(self, key: str) -> bool:
        """Whether `submit` would take an action with this key now."""
        with self._lock:
            return self._accepts(key)

    def cancel(self, key: str) -> bool:
        """Drop an action that waits; one in flight is to be undone if it is still possible.

        True when there is something new to be undone.
        """
        with self._lock:
            self._waiting.pop(key, None)
            undone = self._undone.pop(key, None)
            if undone is not None:
                # Its transaction may be mined yet: until its nonce is used, nothing is sent anew.
                self._in_flight[key] = undone
            is_new = key in self._in_flight and key not in self._cancelled
            if is_new:
                self._cancelled.add(key)
            return is_new

    def drop(self, key: str) -> None:
        """Drop an action that waits; one that was sent, or is to be sent again, stays."""
        with self._lock:
            self._waiting.pop(key, None)

    def is_working_on(self, key: str) -> bool:
        """Whether the action waits, is in flight, or is done and perhaps not folded yet."""
        with self._lock:
            return self._is_known(key)

    def may_happen(self, key: str) -> bool:
        """Whether the action is being worked on, or was undone and may be in a block again."""
        with self._lock:
            return self._is_known(key) or key in self._undone

    def underway(self) -> tuple[Action, ...]:
        """The actions that were sent and are not done, as they were submitted last."""
        with self._lock:
            return (*self._in_flight.values(), *self._undone.values())

    def work(self) -> Work:
        """How many actions wait, and how many are in flight or were undone."""
        with self._lock:
            return Work(len(self._waiting), len(self._in_flight) + len(self._undone))

    def has_work(self) -> bool:
        """Whether an action waits, is in flight, or was undone."""
        return not self.work().is_over

    def done_at(self, key: str) -> BlockNumber | None:
        """The block in which the action was carried out; None when it was not, or long ago."""
        with self._lock:
            return self._done.get(key)

    def is_contradicted(self, key: str) -> bool:
        """Whether the chain, at the last attempt, said the opposite of what it was to prove."""
        with self._lock:
            refusal = self._refusals.get(key)
            is_refused = refusal is not None and refusal.is_contradicted
            return is_refused and key not in self._in_flight and key not in self._done

    def ages(self) -> tuple[float, float] | None:
        """Seconds since the newest and the oldest of what waits; None when nothing does."""
        now = self._clock.monotonic()
        with self._lock:
            moments = [entry.since for entry in self._waiting.values()]
        return (now - max(moments), now - min(moments)) if moments else None

    def waiting(self) -> list[Action]:
        """The waiting actions in the order in which they are to be sent; see `_Waiting.rank`."""
        now = self._clock.monotonic()
        with self._lock:
            waiting = sorted(self._waiting.values(), key=lambda entry: entry.rank(now))
        return [entry.action for entry in waiting]

    def kinds(self) -> dict[str, int]:
        """How many actions wait of each kind, by the names of their urgencies."""
        with self._lock:
            return Counter(e.action.urgency.name.lower() for e in self._waiting.values())

    def is_waiting(self, key: str) -> bool:
        """Whether it is to be sent still."""
        with self._lock:
            return key in self._waiting

    def mark_in_flight(self, key: str) -> bool:
        """Before a node may have it; False when it was cancelled meanwhile and must not go."""
        with self._lock:
            entry = self._waiting.pop(key, None)
            if entry is None:
                return False
            self._in_flight[key] = entry.action
            return True

    def mark_waiting(self, action: Action) -> None:
        """No transaction of it is with a node after all; what is not wanted now is dropped."""
        with self._lock:
            is_unwanted = action.key in self._cancelled or action.key in self._undone
            self._setbacks += 1
            self._remove(action.key)
            if not is_unwanted:
                self._wait(action)

    def mark_done(self, key: str, block_number: BlockNumber) -> None:
        """The action was carried out in this block."""
        with self._lock:
            self._remove(key)
            self._done[key] = block_number

    def mark_undone(self, action: Action) -> bool:
        """The block in which it was carried out was replaced; False when it was not done."""
        with self._lock:
            if self._done.pop(action.key, None) is None:
                return False
            self._setbacks += 1
            self._undone[action.key] = action
            return True

    def reclaim(self, action: Action) -> bool:
        """A transaction of it may be mined after all; False when another stands for it by now.

        What does not wait is not wanted: it is to be undone.
        """
        with self._lock:
            key = action.key
            if any(key in known for known in (self._in_flight, self._done, self._undone)):
                return False
            self._setbacks += 1
            entry = self._waiting.pop(key, None)
            if entry is None:
                self._cancelled.add(key)
            self._in_flight[key] = entry.action if entry else action
            return True

    def in_flight(self, key: str) -> Action | None:
        """The action in flight, as it was submitted last."""
        with self._lock:
            return self._in_flight.get(key)

    def refuse(
        self,
        key: str,
        reason: str,
        *,
        is_contradicted: bool = False,
        longest: float = LONGEST_RETRY_SECONDS,
    ) -> bool:
        """Give the action up for a growing pause; True when the reason is a new one.

        What the chain has contradicted stays so until it is carried out.
        """
        with self._lock:
            before = self._refusals.get(key)
            attempts = before.attempts + 1 if before else 1
            pause = min(FIRST_RETRY_SECONDS * 2 ** min(attempts - 1, 10), longest)
            self._setbacks += key in self._in_flight
            self._remove(key)
            retry_at = self._clock.monotonic() + pause
            is_contradicted = is_contradicted or (before is not None and before.is_contradicted)
            self._refusals[key] = Refusal(reason, retry_at, attempts, is_contradicted)
            return before is None or before.reason != reason

    def is_cancelled(self, key: str) -> bool:
        """Whether an action in flight is to be undone."""
        with self._lock:
            return key in self._cancelled

    def forget(self, done_until: BlockNumber, idle_seconds: float) -> None:
        """Drop what was done up to a block, and refusals whose pause is long over."""
        with self._lock:
            self._done = {k: b for k, b in self._done.items() if b > done_until}
            oldest = self._clock.monotonic() - idle_seconds
            self._refusals = {k: r for k, r in self._refusals.items() if r.retry_at > oldest}

    def _wait(self, action: Action) -> None:
        self._waiting[action.key] = _Waiting(action, self._clock.monotonic())

    def _accepts(self, key: str) -> bool:
        refusal = self._refusals.get(key)
        is_paused = refusal is not None and self._clock.monotonic() < refusal.retry_at
        return not is_paused and not self._is_known(key)

    def _is_known(self, key: str) -> bool:
        return key in self._waiting or key in self._in_flight or key in self._done

    def _remove(self, key: str) -> None:
        self._waiting.pop(key, None)
        self._in_flight.pop(key, None)
        self._undone.pop(key, None)
        self._cancelled.discard(key)
