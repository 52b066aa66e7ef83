"""Agent: builds the workers, connects them as in the drawing, and stops them.

ChainConnector[chain] --connected--> EventMonitor[chain] --batches--> Inbox[direction]
                                                                           |
                                                                           v
                        TransactionSender[chain] <--actions-- EventProcessor[direction]
                                                                    ^
                                              ProofWatch[direction] |

BaseConnector --connected--> EventMonitor[base-chain], TransactionSender[base-chain]

Beside them work those that look at endpoints and at older history: see `staff`.
"""

import threading
from collections.abc import Sequence
from queue import SimpleQueue
from typing import Final

from eth_account.signers.local import LocalAccount
from structlog.typing import FilteringBoundLogger

from beamer_agent.base import BaseConnection, BaseConnector, BaseSlot, build_base
from beamer_agent.chain import Chain, Connection, Surroundings, build_chain, log_warnings
from beamer_agent.clock import Clock, SystemClock
from beamer_agent.config import BaseChainConfig, ChainConfig, Config
from beamer_agent.connector import Attempt, ChainConnector, Connected, Unreachable, Unusable
from beamer_agent.contracts.deployments import Deployments
from beamer_agent.contracts.interface import ContractInterfaces
from beamer_agent.crew import Crew
from beamer_agent.direction import build_direction, payout_book
from beamer_agent.errors import ConfigurationError, FatalError
from beamer_agent.events.publisher import Subscriber
from beamer_agent.events.view import FIRST_BLOCK
from beamer_agent.inbox import Inbox
from beamer_agent.line import Line, open_line
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.preflight import BASE_CHAIN, check_tokens
from beamer_agent.progress import Progress
from beamer_agent.resolution.families import describe_gaps
from beamer_agent.rpc.health import EndpointHealth
from beamer_agent.service.http import HttpServer
from beamer_agent.service.metrics import AgentMetrics
from beamer_agent.service.status import StateStatus, Status
from beamer_agent.service.transaction_metrics import TransactionMetrics
from beamer_agent.staff import staff_base, staff_chain, staff_direction, staff_line
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.account import ChainAccount

RECONNECT_SECONDS: Final = 5.0
"""The longest pause between two attempts to reach a chain."""
READ_AGAIN_SECONDS: Final = 600.0
"""Between two times that chains are read again for the sake of another."""

Names = tuple[str, str]
"""Configured names of source and target chain."""


class Agent:
    """The whole agent. `run` in one thread, `stop` from any.

    Args:
        config: what the operator decided.
        account: signs everything.
        deployments: where the contracts are.
        interfaces: their ABIs.
        observers: told all that the chains' monitors tell; must not wait.
    """

    def __init__(
        self,
        config: Config,
        account: LocalAccount,
        deployments: Deployments,
        interfaces: ContractInterfaces,
        logger: FilteringBoundLogger,
        clock: Clock | None = None,
        observers: Sequence[Subscriber] = (),
    ) -> None:
        self._config = config
        self._account = account
        self._clock = clock or SystemClock()
        self._logger = logger
        self._metrics = AgentMetrics(account.address)
        pairs, payouts = TokenPairs(config.tokens), payout_book(config)
        observe = TransactionMetrics(self._metrics.registry).of_chain
        self._around = Surroundings(
            config, account, deployments, interfaces, pairs, self._clock, logger, observe, payouts
        )
        self._observers = (self._metrics.observe, *observers)
        self._inboxes = {names: Inbox(threading.Event()) for names in config.served_directions()}
        self._base = BaseSlot()
        self._attempts: SimpleQueue[Attempt | BaseConnection | None] = SimpleQueue()
        self._progress = Progress()
        self._crew = Crew(self._clock, self._fail, logger)
        self._lines: list[Line] = []
        self._metrics.observe_endpoints(self._endpoints)
        self._fatal: FatalError | None = None

    def run(self) -> None:
        """Work until `stop` is called.

        Raises:
            ConfigurationError: nothing was started; all faults found.
            FatalError: the agent cannot go on.
        """
        server = self._http_server()
        try:
            self._logger.info("Starting", account=self._account.address)
            if server is not None:
                server.start()
            self._start_connecting()
            while (attempt := self._attempts.get()) is not None:
                self._take(attempt)
        finally:
            self._shut_down()
            if server is not None:
                server.stop()
        if self._fatal is not None:
            raise self._fatal

    def stop(self) -> None:
        """Make `run` return; at once, from any thread."""
        self._attempts.put(None)

    def _start_connecting(self) -> None:
        for name, settings in self._config.chains.items():
            line = self._open_line(name, settings)
            staff_line(self._crew, line, self._clock)
            connector = ChainConnector(line, self._around, self._attempts.put)
            self._crew.start(
                f"ChainConnector[{name}]", connector.step, longest_retry=RECONNECT_SECONDS
            )

    def _open_line(self, name: str, settings: ChainConfig | BaseChainConfig) -> Line:
        line = open_line(name, settings, self._around.interfaces, self._clock, self._logger)
        self._lines.append(line)
        return line

    def _endpoints(self) -> list[EndpointHealth]:
        """How all of them do; for any thread."""
        return [health for line in tuple(self._lines) for health in line.pool.health()]

    def _take(self, attempt: Attempt | BaseConnection) -> None:
        """Go on with what a connector reports."""
        progress = self._progress
        match attempt:
            case BaseConnection():
                progress.base = attempt
            case Connected(connection):
                progress.asked.add(connection.name)
                self._accept(connection)
            case Unusable(name, error):
                progress.asked.add(name)
                progress.faults.extend(error.faults)
            case Unreachable(name):
                progress.asked.add(name)
        if progress.asked >= self._config.chains.keys():
            self._start_connected()

    def _accept(self, connection: Connection) -> None:
        """Keep a connection, but never two to one chain: its account's nonces have one owner."""
        for other in self._progress.connections.values():
            if other.chain_id == connection.chain_id:
                self._progress.faults.append(
                    f"chains.{connection.name}.rpc-url: serves chain id {connection.chain_id}, "
                    f"as chains.{other.name}.rpc-url does"
                )
                return
        self._progress.connections[connection.name] = connection

    def _start_connected(self) -> None:
        """Start what has become possible; nothing at all when the start has shown faults."""
        progress = self._progress
        if progress.faults and not progress.has_started:
            raise ConfigurationError(progress.faults)
        for fault in progress.faults:
            self._logger.error("Cannot serve a chain", error=fault)
        progress.faults.clear()
        if not progress.has_started:
            self._warn_at_start()
        progress.has_started = True
        for name, connection in progress.connections.items():
            if name not in progress.chains:
                progress.chains[name] = self._start_chain(connection)
                self._start_directions(name)
        self._start_base()

    def _warn_at_start(self) -> None:
        """Say what the agent does without."""
        connections = self._progress.connections
        chain_ids = {connection.chain_id for connection in connections.values()}
        connected = chain_ids if connections.keys() == self._config.chains.keys() else None
        findings = check_tokens(self._config, self._around.pairs, connected)
        log_warnings(findings, self._logger)
        self._start_connecting_base()

    def _start_connecting_base(self) -> None:
        settings = self._config.base_chain
        if settings is None:
            self._logger.warning("No L1 resolution", error="there is no [base-chain]")
            return
        line = self._open_line(BASE_CHAIN, settings)
        connector = BaseConnector(line.client, self._around, self._attempts.put)
        self._crew.start("BaseConnector", connector.step)

    def _start_base(self) -> None:
        """Let proofs be carried over L1, as soon as it is known who owns its nonces."""
        base = self._progress.base
        if base is None or self._base.account is not None:
            return
        for chain in self._progress.chains.values():
            if chain.connection.chain_id == base.end.chain_id:
                self._attach_base(base, chain.account)
                return
        is_transfer_chain = base.end.chain_id in self._around.deployments.chains
        if not is_transfer_chain or self._progress.chains.keys() == self._config.chains.keys():
            workers = build_base(base, self._around, self._has_games)
            staff_base(self._crew, workers)
            self._attach_base(base, workers.account)
        elif not self._progress.is_base_awaited:
            self._progress.is_base_awaited = True
            reason = "a chain that is not connected yet may be the base chain itself"
            self._logger.warning("No L1 resolution", error=reason)

    def _has_games(self) -> bool:
        """Whether a direction follows a proof; for any thread."""
        return any(direction.proofs.is_following() for direction in self._progress.directions)

    def _attach_base(self, base: BaseConnection, account: ChainAccount) -> None:
        self._base.account = account
        for direction in self._progress.directions:
            direction.proofs.attach_base(base.end)
        self._logger.info("Connected", chain=BASE_CHAIN, chain_id=base.end.chain_id)

    def _start_chain(self, connection: Connection) -> Chain:
        name = connection.name
        inboxes = [inbox for names, inbox in self._inboxes.items() if name in names]
        chain = build_chain(
            connection,
            self._around,
            [*self._observers, *(inbox.deliver for inbox in inboxes)],
            lambda: _wake(inboxes),
            lambda: self._read_others_again(connection),
        )
        self._logger.info("Connected", chain=name, chain_id=connection.chain_id)
        if self._config.base_chain is not None:
            for gap in describe_gaps([connection.deployment]):
                self._logger.warning("No L1 resolution", chain=name, error=gap)
        staff_chain(self._crew, chain)
        return chain

    def _read_others_again(self, connection: Connection) -> None:
        """What was forgotten of other chains, since it was settled on this, may be open again."""
        now = self._clock.monotonic()
        if now < self._progress.read_again_at:
            return  # an endpoint that lies about one chain must not keep all others busy
        self._progress.read_again_at = now + READ_AGAIN_SECONDS
        for chain in tuple(self._progress.chains.values()):
            if chain.connection is not connection:
                chain.following.monitor.read_again(FIRST_BLOCK)

    def _start_directions(self, name: str) -> None:
        """Start the directions that were waiting for this chain only."""
        chains = self._progress.chains
        for names, inbox in self._inboxes.items():
            source, target = names
            if name in names and source in chains and target in chains:
                self._start_direction(chains[source], chains[target], inbox)

    def _start_direction(self, source: Chain, target: Chain, inbox: Inbox) -> None:
        workers = build_direction(source, target, inbox, self._base, self._around, self._metrics)
        self._progress.directions.append(workers)
        if self._base.account is not None and self._progress.base is not None:
            workers.proofs.attach_base(self._progress.base.end)
        name = f"{source.connection.name}->{target.connection.name}"
        staff_direction(self._crew, name, workers)

    def _http_server(self) -> HttpServer | None:
        settings = self._config.metrics
        if settings.prometheus_port is None:
            return None
        return HttpServer(
            self._metrics.registry,
            lambda: Status(StateStatus("running", 0.0), supervisor_turned_seconds_ago=0.0),
            settings.host,
            settings.prometheus_port,
            Redactor(secrets_of(self._config)),
            self._logger,
        )

    def _fail(self, error: FatalError) -> None:
        self._fatal = self._fatal or error
        self.stop()

    def _shut_down(self) -> None:
        hanging = self._crew.stop()
        for line in self._lines:
            line.pool.close()
        self._logger.info("Stopped", hanging=hanging)


def _wake(inboxes: Sequence[Inbox]) -> None:
    for inbox in inboxes:
        inbox.wake.set()
