"""Agent: builds the workers, connects them as in the drawing, and stops them.

ChainConnector[chain] --connected--> EventMonitor[chain] --batches--> Inbox[direction]
                                                                           |
                                                                           v
                        TransactionSender[chain] <--actions-- EventProcessor[direction]
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations
from queue import SimpleQueue
from typing import Final

from eth_account.signers.local import LocalAccount
from structlog.typing import FilteringBoundLogger

from beamer_agent.chain import (
    Chain,
    Connection,
    Surroundings,
    build_chain,
    log_warnings,
    make_client,
)
from beamer_agent.clock import Clock, SystemClock
from beamer_agent.config import Config
from beamer_agent.connector import Attempt, ChainConnector, Connected, Unreachable, Unusable
from beamer_agent.contracts.deployments import Deployments
from beamer_agent.contracts.interface import ContractInterfaces
from beamer_agent.direction import build_processor
from beamer_agent.errors import ConfigurationError, FatalError, RpcError
from beamer_agent.inbox import Inbox
from beamer_agent.preflight import check_base_chain, check_tokens
from beamer_agent.rpc.client import ChainClient
from beamer_agent.service.http import HttpServer
from beamer_agent.service.metrics import AgentMetrics
from beamer_agent.tokens import TokenPairs
from beamer_agent.worker import Step, Worker

STOP_SECONDS: Final = 1.5
"""How long workers may take to end; the process ends without those that hang (invariant I6)."""
RECONNECT_SECONDS: Final = 5.0
"""The longest pause between two attempts to reach a chain."""

Names = tuple[str, str]
"""Configured names of source and target chain."""


@dataclass(frozen=True, slots=True)
class _Mailbox:
    wake: threading.Event
    inbox: Inbox


@dataclass(slots=True)
class _Progress:
    """What is known of the configured chains. Owned by the thread of `run`."""

    chains: dict[str, Chain] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """Chains that were tried at least once."""
    has_started: bool = False


class Agent:
    """The whole agent. `run` in one thread, `stop` from any.

    Args:
        config: what the operator decided.
        account: signs everything.
        deployments: where the contracts are.
        interfaces: their ABIs.
    """

    def __init__(
        self,
        config: Config,
        account: LocalAccount,
        deployments: Deployments,
        interfaces: ContractInterfaces,
        logger: FilteringBoundLogger,
        clock: Clock | None = None,
    ) -> None:
        self._config = config
        self._account = account
        self._clock = clock or SystemClock()
        self._logger = logger
        self._around = Surroundings(
            config,
            account,
            deployments,
            interfaces,
            TokenPairs(config.tokens),
            self._clock,
            logger,
        )
        self._metrics = AgentMetrics(account.address)
        self._mailboxes = {names: _new_mailbox() for names in _directions(list(config.chains))}
        self._attempts: SimpleQueue[Attempt | None] = SimpleQueue()
        self._progress = _Progress()
        self._workers: list[Worker] = []
        self._clients: list[ChainClient] = []
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
            client = make_client(settings.rpc_url.get_secret_value(), self._around.interfaces)
            self._clients.append(client)
            connector = ChainConnector(name, client, self._around, self._attempts.put)
            self._start(f"ChainConnector[{name}]", connector.step, longest_retry=RECONNECT_SECONDS)

    def _take(self, attempt: Attempt) -> None:
        """Go on with what a connector reports."""
        progress = self._progress
        match attempt:
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

    def _warn_at_start(self) -> None:
        """Say what the agent does without."""
        connections = self._progress.connections
        chain_ids = {connection.chain_id for connection in connections.values()}
        connected = chain_ids if connections.keys() == self._config.chains.keys() else None
        log_warnings(check_tokens(self._around.pairs, connected), self._logger)
        self._start("BaseChain", self._look_at_base_chain)

    def _look_at_base_chain(self) -> None:
        settings, deployment = self._config.base_chain, self._around.deployments.base
        if settings is None:
            self._logger.warning("No L1 resolution", error="there is no [base-chain]")
            return
        client = make_client(settings.rpc_url.get_secret_value(), self._around.interfaces)
        try:
            log_warnings(check_base_chain(client, deployment), self._logger)
        except RpcError as error:
            self._logger.warning("No L1 resolution", error=str(error))
        finally:
            client.close()

    def _start_chain(self, connection: Connection) -> Chain:
        name = connection.name
        boxes = [box for names, box in self._mailboxes.items() if name in names]
        inboxes = [box.inbox.deliver for box in boxes]

        def wake_directions() -> None:
            for box in boxes:
                box.wake.set()

        subscribers = [self._metrics.observe, *inboxes]
        chain = build_chain(connection, self._around, subscribers, wake_directions)
        self._logger.info("Connected", chain=name, chain_id=connection.chain_id)
        self._start(f"EventMonitor[{name}]", chain.monitor.step)
        self._start(f"TransactionSender[{name}]", chain.sender.step, wake=chain.sender_wake)
        return chain

    def _start_directions(self, name: str) -> None:
        """Start the directions that were waiting for this chain only."""
        chains = self._progress.chains
        for names, mailbox in self._mailboxes.items():
            source, target = names
            if name in names and source in chains and target in chains:
                processor = build_processor(
                    chains[source], chains[target], mailbox.inbox, self._around
                )
                self._start(
                    f"EventProcessor[{source}->{target}]", processor.step, wake=mailbox.wake
                )

    def _http_server(self) -> HttpServer | None:
        port = self._config.metrics.prometheus_port
        return None if port is None else HttpServer(self._metrics.registry, port)

    def _start(
        self,
        name: str,
        step: Step,
        *,
        wake: threading.Event | None = None,
        longest_retry: float | None = None,
    ) -> None:
        worker = Worker(
            name,
            step,
            wake=wake or threading.Event(),
            on_fatal=self._fail,
            logger=self._logger,
            **({} if longest_retry is None else {"longest_retry": longest_retry}),
        )
        self._workers.append(worker)
        worker.start()

    def _fail(self, error: FatalError) -> None:
        self._fatal = self._fatal or error
        self.stop()

    def _shut_down(self) -> None:
        for worker in self._workers:
            worker.stop()
        deadline = self._clock.monotonic() + STOP_SECONDS
        hanging = [
            worker.name
            for worker in self._workers
            if not worker.join(max(0.0, deadline - self._clock.monotonic()))
        ]
        for client in self._clients:
            client.close()
        self._logger.info("Stopped", hanging=hanging)


def _directions(names: list[str]) -> Iterator[Names]:
    """Every ordered pair; a chain that is alone is its own target."""
    if len(names) == 1:
        return iter([(names[0], names[0])])
    return permutations(names, 2)


def _new_mailbox() -> _Mailbox:
    wake = threading.Event()
    return _Mailbox(wake, Inbox(wake))
