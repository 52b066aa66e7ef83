"""ProofWatch: follows the proofs that matter to a direction, in a thread of its own."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.proof import Proof, ProofProgress
from beamer_agent.clock import Clock
from beamer_agent.resolution.journey import Journey
from beamer_agent.resolution.rollup import BaseEnd, ProofDirection
from beamer_agent.resolution.walk import Walk

NO_PROOFS: Final = frozenset[Proof]()


class ProofWatch:
    """Knows how far proofs have come. `step` runs in a thread of its own and may block.

    Everything is read from the chains: another watch, or this one after a restart, says the same.
    The lock protects the set of interesting proofs and what is known of them; it is never held
    while a chain is asked.

    Args:
        poll_period: seconds between two looks.
        wake: is set when there is something new to look at.
        on_change: called from the watching thread when a proof's progress has changed.
    """

    def __init__(
        self,
        direction: ProofDirection,
        *,
        poll_period: float,
        wake: threading.Event,
        on_change: Callable[[], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._walk = Walk(direction, clock, logger)
        self._poll_period = poll_period
        self._wake = wake
        self._on_change = on_change
        self._base: BaseEnd | None = None
        self._journeys: dict[Proof, Journey] = {}
        """Of the watching thread alone."""
        self._lock = threading.Lock()
        self._interest: frozenset[Proof] = NO_PROOFS
        self._progress: dict[Proof, ProofProgress] = {}

    def attach_base(self, base: BaseEnd) -> None:
        """L1 has been connected; once, from any thread."""
        self._base = base
        self._wake.set()

    def state_interest(self, proofs: Iterable[Proof]) -> None:
        """From now on follow these proofs and no others; any thread."""
        interest = frozenset(proofs)
        with self._lock:
            is_new = not interest <= self._interest
            self._interest = interest
        if is_new:
            self._wake.set()

    def progress(self, proof: Proof) -> ProofProgress | None:
        """What the last look has shown; None before the first; any thread."""
        with self._lock:
            return self._progress.get(proof)

    def is_following(self) -> bool:
        """Whether there are proofs of interest; any thread."""
        with self._lock:
            return bool(self._interest)

    def step(self) -> float:
        """Look once at every interesting proof; the seconds until the next look."""
        with self._lock:
            interest = self._interest
        self._journeys = {proof: self._journeys.get(proof) or Journey(proof) for proof in interest}
        self._walk.look(list(self._journeys.values()), self._base)
        progress = {
            proof: progress
            for proof, journey in self._journeys.items()
            if (progress := self._walk.progress(journey)) is not None
        }
        with self._lock:
            has_changed = any(self._progress.get(proof) != p for proof, p in progress.items())
            self._progress = progress
        if has_changed:
            self._on_change()
        return self._poll_period
