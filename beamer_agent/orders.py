"""Orders: what supervisor, auditor and operator may ask of the agent's own thread."""

from dataclasses import dataclass
from enum import Enum

SUPERVISOR = "supervisor"
PERIOD = "period"
"""As who asks for a restart: the audit at a period's end."""
SERVICE = "service"
"""As a part: all of them."""


class RestartKind(Enum):
    """How much of a part is built anew."""

    GENTLE = "gentle"
    """Workers, connections and queues; what is known stays."""
    HARD = "hard"
    """What is known, too: it is folded again from the chain."""


@dataclass(frozen=True, slots=True)
class Restart:
    """Build a part anew."""

    part: str
    """A chain's name, a direction's (`l2a->l2b`), `base-chain`, or `SERVICE`."""
    kind: RestartKind
    reason: str
    by: str
    """`SUPERVISOR`, `PERIOD`, or who gave the command."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order."""

    reason: str


Order = Restart | Stop
