"""Exhibits: what is shown of an agent when somebody asks; nobody counts it meanwhile."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from beamer_agent.clock import Clock
from beamer_agent.config import Config
from beamer_agent.planning.report import DirectionReports
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.lifecycle import Lifecycle
from beamer_agent.service.metrics.accounts import AccountCollector
from beamer_agent.service.metrics.agent import AgentMetrics
from beamer_agent.service.metrics.chains import ChainCollector
from beamer_agent.service.metrics.reports import ReportCollector
from beamer_agent.service.metrics.states import Restarts, StateCollector
from beamer_agent.service.metrics.transactions import FlightCollector
from beamer_agent.service.status import ChainStatus
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.account import ChainAccount


@dataclass(frozen=True, slots=True)
class Exhibits:
    """Who is asked. None of them ever waits; all may be asked by any thread."""

    service: Lifecycle
    board: StatusBoard
    restarts: Callable[[], Restarts]
    thrashings: Callable[[], int]
    reports: Callable[[], DirectionReports]
    accounts: Callable[[], Mapping[str, ChainAccount]]
    """On the chains at work, L1 among them, by the names of chains."""


def exhibit(metrics: AgentMetrics, exhibits: Exhibits, config: Config, clock: Clock) -> None:
    """Show from now on what they know. Once: names of metrics are unique."""
    registry, board = metrics.registry, exhibits.board

    def chains() -> Iterable[ChainStatus]:
        return board.look().chains

    confirmations = {name: chain.confirmation_blocks for name, chain in config.chains.items()}
    least = {name: chain.min_source_balance for name, chain in config.chains.items()}
    StateCollector(registry, exhibits.service, board, exhibits.restarts, exhibits.thrashings)
    ChainCollector(registry, chains, confirmations, clock)
    ReportCollector(registry, exhibits.reports)
    AccountCollector(registry, exhibits.accounts, chains, TokenPairs(config.tokens), least)
    FlightCollector(registry, metrics.transactions.flights, chains, clock)
