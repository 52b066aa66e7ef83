"""What one part of the benchmark has found out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Measured:
    """Values by the names of the lines, and what else is worth keeping in the JSON."""

    values: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)
