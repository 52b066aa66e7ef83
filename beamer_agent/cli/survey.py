"""Survey: all that the agent would decide from, read once, by the steps of its workers.

monitors step: events ----> folds ----> games say which proofs matter ----> watches step: progress
                       wallets

No sender is ever stepped, so nothing can be sent.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from beamer_agent.actions.arithmetic import Arithmetic, arithmetic_of
from beamer_agent.actions.view import DirectionView
from beamer_agent.base import BaseConnection, BaseSlot, build_base, connect_base
from beamer_agent.chain import Chain, Connection, Surroundings, build_chain, connect
from beamer_agent.cli.startup import LineOpener
from beamer_agent.config import BaseChainConfig, ChainConfig
from beamer_agent.direction import DirectionGames, build_games, view_maker
from beamer_agent.errors import ConfigurationError, RecoverableError, RpcError
from beamer_agent.events.model import Event
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.line import Line
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.types import ChainId
from beamer_agent.worker import Step

_ATTEMPTS: Final = 4
"""To read a range: one that is too much for the endpoint is smaller at the next attempt."""


@dataclass(frozen=True, slots=True)
class SurveyedDirection:
    """Two chains, and what is known between them."""

    source: Chain
    target: Chain
    parts: DirectionGames
    view: DirectionView

    def state_games(self) -> None:
        """Say which proofs matter, what is staked and what has to be reserved."""
        self.parts.games.state_games(list(self.parts.fold.requests), self.view)

    def arithmetic(self) -> list[Arithmetic]:
        """The numbers of all claims that are not settled, oldest request first."""
        staked = self.source.account.stakes.total()
        fold, look = self.parts.fold, self.parts.proofs.progress
        return [
            numbers
            for request in fold.requests
            for numbers in arithmetic_of(request, fold.claims, self.view, look, staked)
        ]


@dataclass(slots=True)
class _Shelf:
    """What one chain's monitor has told."""

    batches: list[Batch] = field(default_factory=list)

    @property
    def view(self) -> ChainView | None:
        """The newest one; None when the chain could not be read at all."""
        return self.batches[-1].view if self.batches else None


class Survey:
    """A context manager; `look` once inside.

    Args:
        open_one: called for every configured chain.
    """

    def __init__(self, around: Surroundings, open_one: LineOpener) -> None:
        self._around = around
        self._open_one = open_one
        self._stack = ExitStack()
        self._shelves: dict[ChainId, _Shelf] = {}
        self._base: BaseConnection | None = None
        self.slot = BaseSlot()
        self.chains: dict[str, Chain] = {}
        self.directions: list[SurveyedDirection] = []
        self.faults: list[str] = []
        """Sentences; what could be read all the same is there."""

    def __enter__(self) -> Self:
        """Nothing is connected yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give all connections back."""
        self._stack.close()

    def look(self) -> None:
        """Read all chains up to now."""
        for name in self._around.config.chains:
            self._read_chain(name)
        self._read_base()
        self.directions = self._read_directions()
        for direction in self.directions:
            direction.state_games()
        for direction in self.directions:
            direction.parts.proofs.step()
        for direction in self.directions:
            # Again: what has to be reserved depends on the proofs, and on all other games.
            direction.state_games()

    def _line(self, name: str, settings: ChainConfig | BaseChainConfig) -> Line:
        line = self._open_one(name, settings)
        self._stack.callback(line.pool.close)
        return line

    def _read_chain(self, name: str) -> None:
        settings = self._around.config.chains[name]
        try:
            connection = connect(self._line(name, settings), self._around)
        except ConfigurationError as error:
            self.faults.extend(error.faults)
        except RpcError as error:
            self.faults.append(f"chains.{name}.rpc-url: it does not answer: {error}")
        else:
            self._read_events(connection)

    def _read_events(self, connection: Connection) -> None:
        if connection.chain_id in self._shelves:
            self.faults.append(
                f"chains.{connection.name}.rpc-url: serves chain id {connection.chain_id}, "
                "as that of another chain does"
            )
            return
        shelf = self._shelves[connection.chain_id] = _Shelf()
        chain = build_chain(connection, self._around, [shelf.batches.append], lambda: None)
        try:
            _follow(chain)
            if shelf.view is not None:
                chain.account.wallet.refresh(shelf.view.head.number)
        except RecoverableError as error:
            self.faults.append(f"chains.{connection.name}.rpc-url: it cannot be read: {error}")
        self.chains[connection.name] = chain

    def _read_base(self) -> None:
        settings, logger = self._around.config.base_chain, self._around.logger
        if settings is None:
            logger.warning("No L1 resolution", error="there is no [base-chain]")
            return
        try:
            client = self._line(BASE_CHAIN, settings).client
            self._base = connect_base(client, self._around)
            if self._base is not None:
                self._find_base_account(self._base)
        except RpcError as error:
            logger.warning("No L1 resolution", error=str(error))

    def _find_base_account(self, base: BaseConnection) -> None:
        for chain in self.chains.values():
            if chain.connection.chain_id == base.end.chain_id:
                self.slot.account = chain.account
                return
        account = build_base(base, self._around, lambda: False).account
        account.wallet.refresh(base.first_block)
        self.slot.account = account

    def _read_directions(self) -> list[SurveyedDirection]:
        names = self._around.config.served_directions()
        return [
            direction
            for source, target in names
            if source in self.chains and target in self.chains
            if (direction := self._direction(self.chains[source], self.chains[target]))
        ]

    def _direction(self, source: Chain, target: Chain) -> SurveyedDirection | None:
        shelves = [self._shelves[chain.connection.chain_id] for chain in (source, target)]
        source_view, target_view = (shelf.view for shelf in shelves)
        if source_view is None or target_view is None:
            return None
        parts = build_games(
            source,
            target,
            self.slot,
            self._around,
            on_change=lambda: None,
            count_loss=lambda _what, _reason: None,
            expects_l1=False,
        )
        for event in _events(shelves):
            parts.fold.apply(event)
        if self._base is not None:
            parts.proofs.attach_base(self._base.end)
        make_view = view_maker(source, target, self.slot, self._around)
        return SurveyedDirection(source, target, parts, make_view(source_view, target_view))


def _follow(chain: Chain) -> None:
    """Read a chain's events up to now, and back to the beginning.

    Raises:
        RecoverableError: the endpoint failed several times in a row.
    """
    _step_through(chain.following.monitor.step)
    _step_through(chain.following.history.step)


def _step_through(step: Step) -> None:
    failures = 0
    while True:
        try:
            if step() != 0:
                return
        except RecoverableError:
            failures += 1
            if failures == _ATTEMPTS:
                raise
        else:
            failures = 0


def _events(shelves: Sequence[_Shelf]) -> Iterator[Event]:
    """All that was told; the fold takes it in any order, and twice."""
    return (event for shelf in shelves for batch in shelf.batches for event in batch.events)
