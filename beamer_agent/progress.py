"""Progress: how far an agent has come with the chains that it is configured for."""

from dataclasses import dataclass, field

from beamer_agent.base import BaseConnection
from beamer_agent.chain import Chain, Connection
from beamer_agent.direction import DirectionWorkers


@dataclass(slots=True)
class Progress:
    """What is known of the configured chains. Owned by the thread of `run`."""

    chains: dict[str, Chain] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    directions: list[DirectionWorkers] = field(default_factory=list)
    base: BaseConnection | None = None
    is_base_awaited: bool = False
    """Whether it was told that L1 waits for the transfer chains."""
    faults: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """Chains that were tried at least once."""
    has_started: bool = False
    read_again_at: float = 0.0
    """From when on chains may be read again for another's sake; monotonic seconds. Set by
    whichever monitor's thread needs it: at worst they are read twice."""
