"""BasePart: L1, from its URL to the account on it; nobody waits for it."""

from collections.abc import Callable

from beamer_agent.base import BaseConnection, BaseConnector, BaseSlot, BaseWorkers, build_base
from beamer_agent.config import BaseChainConfig
from beamer_agent.errors import RpcError
from beamer_agent.line import Line, open_line
from beamer_agent.parts.workshop import Told, Workshop
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.staff import staff_base
from beamer_agent.team import Team
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.worker import longest_pause


class BasePart:
    """L1. Where it is a chain of transfers, too, that one's sender carries the proofs.

    Attributes:
        slot: where directions find the account on L1.
    """

    name = BASE_CHAIN

    def __init__(self, settings: BaseChainConfig | None, shop: Workshop) -> None:
        self.generation = 0
        self.connection: BaseConnection | None = None
        self.slot = BaseSlot()
        self.line: Line | None = None
        self._has_waited = False
        self._workers: BaseWorkers | None = None
        """None: not connected, or one of the transfer chains."""
        self._settings = settings
        self._shop = shop
        self._tracker = shop.board.base

    @property
    def account(self) -> ChainAccount | None:
        """With a sender of its own; None where a chain of transfers is L1. Any thread."""
        workers = self._workers
        return None if workers is None else workers.account

    def open(self) -> None:
        """Begin a generation: try to reach it, over a line of its own."""
        around, settings = self._shop.around, self._settings
        if settings is None:
            around.logger.warning("No L1 resolution", error="there is no [base-chain]")
            return
        self.generation += 1
        self.connection = self._workers = None
        self.line = open_line(BASE_CHAIN, settings, around.interfaces, around.clock, around.logger)
        self._start_connecting(self.line)

    def take(self, connection: BaseConnection | None) -> None:
        """It has answered; None: proofs cannot be carried there, and nobody waits for it."""
        self.connection = connection
        self._shop.board.base = None if connection is None else self._tracker
        if connection is not None and self._tracker is not None:
            self._tracker.connected(connection.end.chain_id)

    def build(self, has_games: Callable[[], bool], is_watched: Callable[[], bool]) -> None:
        """Follow it and send on it; see `build_base`."""
        tracker = self._tracker
        if self.connection is not None and tracker is not None:
            self._workers = build_base(
                self.connection,
                self._shop.around,
                has_games,
                [tracker.observe],
                tracker.looks,
                is_watched,
            )
            self._staff()
            self.attach(self._workers.account)

    def wait(self) -> None:
        """Say once that it waits for the transfer chains."""
        if not self._has_waited:
            self._has_waited = True
            reason = "a chain that is not connected yet may be the base chain itself"
            self._shop.around.logger.warning("No L1 resolution", error=reason)

    def attach(self, account: ChainAccount) -> None:
        """From now on this account carries proofs."""
        self.slot.account = account
        if self.connection is not None:
            chain_id = self.connection.end.chain_id
            self._shop.around.logger.info("Connected", chain=BASE_CHAIN, chain_id=chain_id)

    def detach(self, account: ChainAccount) -> None:
        """This account carries nothing any more, if it did."""
        if self.slot.account is account:
            self.slot.account = None

    def cut(self) -> None:
        """Have all calls fail, so that its threads can end."""
        if self.line is not None:
            self.line.pool.cut()

    def revive(self) -> None:
        """Begin a generation with new threads and connections on what is known."""
        self.generation += 1
        if self.line is None:
            return
        self.line.pool.reopen()
        if self.connection is None:
            self._start_connecting(self.line)
        self._staff()

    def close(self) -> None:
        """End a generation for good: none of its threads reaches L1 any more."""
        if self._workers is not None:
            self._workers.following.publisher.close()
        self.slot.account = None  # be it the account of a chain of transfers
        if self.line is not None:
            self.line.pool.close()

    def _start_connecting(self, line: Line) -> None:
        around, generation = self._shop.around, self.generation
        connector = BaseConnector(
            line.client,
            around,
            lambda found: self._shop.tell(Told(BASE_CHAIN, generation, found)),
        )

        def step() -> None:
            try:
                connector.step()
            except RpcError as error:
                if self._tracker is not None:
                    self._tracker.failed(str(error))
                raise

        self._team().start("BaseConnector", step)

    def _staff(self) -> None:
        if self._workers is not None:
            staff_base(self._team(), self._workers)

    def _team(self) -> Team:
        pause = longest_pause(self._shop.around.config.poll_period)
        return Team(self._shop.crew, BASE_CHAIN, self.generation, pause)
