"""DirectionReport: what a direction has open, and whether it can go on; frozen, for any thread."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from beamer_agent.switches import Halt
from beamer_agent.types import ChainId, Timestamp, Wei

NATIVE: Final = "native"
"""As a token: the native currency of a chain."""
OTHER: Final = "other"
"""The name of all tokens that are not configured."""
NO_STAKE: Final = Wei(0)


class ObligationStage(StrEnum):
    """How far an open obligation is; also the words of metrics and status.

    filling --> filled --> claimed --> (withdrawn: over)
                             |  ^
                             v  |
                           contested          staked: our challenge of another's claim
    """

    FILLING = "filling"
    """A fill of ours is on its way."""
    FILLED = "filled"
    """Paid out and not claimed; the deadline is the time of its refund."""
    CLAIMED = "claimed"
    """Claimed and not withdrawn; nobody disputes it, and time does not press."""
    CONTESTED = "contested"
    """Our claim is challenged; the deadline is its termination."""
    STAKED = "staked"
    """We have a stake against another's claim; the deadline is its termination."""


@dataclass(frozen=True, slots=True)
class StageReport:
    """The obligations of one stage: requests before they are claimed, then claims."""

    count: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)
    """What was paid out for them, in base units by the operator's names of tokens.

    A request with two claims of ours counts once.
    """
    stake: Wei = NO_STAKE
    """What is ours in their claims, in the source chain's native currency."""
    nearest_deadline: Timestamp | None = None
    """On the source chain's clock: when the first must have gone on; None: time does not press."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Funds for want of which something is not done."""

    chain_id: ChainId
    token: str
    """The operator's name, or `NATIVE`."""
    wanted: int
    """Base units, or wei."""
    free: int
    """Of the account's, not promised to anything else; may be negative."""
    is_total: bool
    """Whether the direction can fill nothing at all without it."""


@dataclass(frozen=True, slots=True)
class DirectionReport:
    """A direction at the end of a turn."""

    made_at: Timestamp
    """Wall clock."""
    source_time: Timestamp
    """Of the source chain's newest block: what deadlines are compared with."""
    stages: Mapping[ObligationStage, StageReport]
    """All of them, those with nothing open too."""
    lacking: tuple[Lack, ...]
    is_deciding: bool
    """Whether both chains answer and are read up to now: nothing it decides on is stale."""
    is_whole: bool = True
    """Whether they are read back to the beginning, too: nothing of an earlier life is missing."""
    halt: Halt | None = None
    """Why nothing new was begun in that turn; None: it might have been."""

    @property
    def open_count(self) -> int:
        """How much is open in all stages together."""
        return sum(stage.count for stage in self.stages.values())


DirectionReports: TypeAlias = Mapping[str, DirectionReport | None]
"""By the names of directions; None: it has not begun."""
