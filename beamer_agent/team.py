"""Team: the workers of one part, in one generation."""

import threading
from dataclasses import dataclass

from beamer_agent.crew import Crew
from beamer_agent.worker import HANGING_SECONDS, LONGEST_RETRY_SECONDS, Step

CALLING_SECONDS = 120.0
"""After so long a step counts as hanging that asks endpoints; each of its calls has a deadline."""


@dataclass(frozen=True, slots=True)
class Team:
    """Starts workers in the name of a part."""

    crew: Crew
    part: str
    generation: int
    longest_retry: float = LONGEST_RETRY_SECONDS
    """Of pauses between failing steps, in seconds."""

    def start(
        self,
        name: str,
        step: Step,
        *,
        wake: threading.Event | None = None,
        longest_retry: float | None = None,
        limit: float = CALLING_SECONDS,
    ) -> None:
        """Run a step in a thread of its own; see `Worker`."""
        self.crew.start(
            name,
            step,
            wake=wake,
            longest_retry=self.longest_retry if longest_retry is None else longest_retry,
            part=self.part,
            generation=self.generation,
            limit=limit,
        )

    def start_thinking(self, name: str, step: Step, *, wake: threading.Event) -> None:
        """Run a step that asks nobody."""
        self.start(name, step, wake=wake, limit=HANGING_SECONDS)
