"""Rule: what is wrong from which figure on, as data that the agent and Prometheus both read.

The figure is a sum over the metric's series that have the same values of the labels in `by`; it
may be an increase over time, and something may be taken off it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

RUNBOOK: Final = "docs/runbook.md"
CLOCK: Final = "time()"
"""As what is taken off: the time now, so that the figure is how long it is until then."""
QUIET_SECONDS: Final = 60
"""An alert is over when its rule has not held for so long: what flickers is told once."""

_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Severity(StrEnum):
    """How much it hurts."""

    CRITICAL = "critical"
    """Money is being lost, or the agent does not work: now."""
    WARNING = "warning"
    """It will be so when nobody looks: today."""


class Comparison(StrEnum):
    """How the figure is when something is wrong."""

    ABOVE = ">"
    BELOW = "<"

    def holds(self, figure: float, threshold: float) -> bool:
        """Whether something is wrong."""
        return figure > threshold if self is Comparison.ABOVE else figure < threshold


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of alert; each combination of the labels in `by` is an alert of its own."""

    name: str
    """`ChainDown`."""
    severity: Severity
    sentence: str
    """For whoever is told; may name the labels in `by`, and `value`."""
    metric: str
    """The name of its samples: counters end in `_total`."""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Only series that have one of these values of a label."""
    by: tuple[str, ...] = ()
    window: int = 0
    """The figure is the increase over so many seconds; 0: the value itself."""
    minus: str | None = None
    """Another metric that is taken off, or `CLOCK`; without a series of it there is no figure."""
    unit: int = 1
    """The figure is divided by it, to be read by people."""
    comparison: Comparison = Comparison.ABOVE
    threshold: float = 0
    hold: int = 0
    """It must be so for so many seconds."""

    @property
    def anchor(self) -> str:
        """Of the section that says what to do: `chain-down`."""
        return _CAPITAL.sub("-", self.name).lower()

    @property
    def runbook(self) -> str:
        """Where it is said what to do."""
        return f"{RUNBOOK}#{self.anchor}"
