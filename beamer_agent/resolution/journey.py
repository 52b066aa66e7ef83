"""Journey: what is known of one proof between two looks."""

from dataclasses import dataclass
from typing import Any

from beamer_agent.actions.proof import Proof, RelayStep, Stage
from beamer_agent.resolution.rollup import Standing
from beamer_agent.types import Timestamp, Wei

Moment = object
"""Stands for a state of L1: as long as it is the same, nothing there has changed."""


@dataclass(frozen=True, slots=True)
class Fare:
    """The highest price of everything that is still to be sent, and its arithmetic."""

    cost: Wei
    arithmetic: str


@dataclass(slots=True)
class Journey:
    """One proof on its way. Belongs to the thread that looks; nothing in it outlives a restart."""

    proof: Proof
    included_at: Timestamp | None = None
    """Of the fill chain's block; never changes."""
    is_confirmed: bool = False
    message: Any = None
    """The adapter's own, once it is located; never changes unless the chains disagree."""
    standing: Standing = Standing(Stage.SENT)  # noqa: RUF009 - frozen
    step: RelayStep | None = None
    gas: int | None = None
    """What the step used when it was simulated; None: it has to be."""
    simulated_at: float = 0.0
    """Monotonic seconds."""
    trouble: str | None = None
    """Why this agent cannot carry the proof, or not now."""
    reason: str = ""
    """Why there is no step, as the log was told last."""
    fare: Fare = Fare(Wei(0), "")
    looked_at: Moment | None = None

    @property
    def stage(self) -> Stage:
        """How far it is, the source chain's word included."""
        return Stage.CONFIRMED if self.is_confirmed else self.standing.stage

    def is_due(self, moment: Moment) -> bool:
        """Whether anything can have changed since the last look."""
        if self.is_confirmed:
            return False
        # Nothing on L1 tells when the source chain takes what L1 has sent.
        return self.looked_at != moment or self.stage is Stage.EXECUTED

    def stand(self, standing: Standing) -> None:
        """Take L1's word; a step of another stage is no longer the next one."""
        if standing.stage is not self.standing.stage:
            self.take(None)
        self.standing = standing

    def take(self, step: RelayStep | None) -> None:
        """Set the next step; a new one has to be simulated."""
        if step != self.step:
            self.step, self.gas = step, None
