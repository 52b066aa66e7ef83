"""Workshop: what all parts of an agent are built with."""

from collections.abc import Callable
from dataclasses import dataclass

from beamer_agent.base import BaseConnection
from beamer_agent.chain import Surroundings
from beamer_agent.connector import Attempt
from beamer_agent.crew import Crew
from beamer_agent.events.publisher import Subscriber
from beamer_agent.orders import Restart
from beamer_agent.periods.auditor import AuditCounter
from beamer_agent.planning.tallies import Tallies
from beamer_agent.service.board import StatusBoard


@dataclass(frozen=True, slots=True)
class Told:
    """What a connector reports."""

    part: str
    generation: int
    """Of the part: an older one has nothing to say any more."""
    attempt: Attempt | BaseConnection | None
    """None: proofs cannot be carried over L1."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Handed to every part."""

    around: Surroundings
    crew: Crew
    board: StatusBoard
    """Told how the parts come along."""
    observers: tuple[Subscriber, ...]
    """Told all that the chains' monitors tell."""
    tallies: Callable[[str], Tallies]
    """What is counted of a direction, by its name."""
    count_audits: Callable[[str], AuditCounter]
    """Counts how a direction's audits end."""
    tell: Callable[[Told], None]
    """Hands a report to the agent's own thread; for any."""
    order: Callable[[Restart], None]
    """The same with an order."""
