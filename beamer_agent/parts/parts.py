"""Parts: all parts of an agent, and what is started when.

a chain answers -> its faults are told, or it is built -> so are directions whose chains are there
                                                       -> so is L1, once its nonces have one owner
"""

from collections.abc import Mapping
from typing import Final

from beamer_agent.base import BaseConnection
from beamer_agent.chain import Connection, log_warnings
from beamer_agent.connector import Attempt, Connected, Unreachable, Unusable
from beamer_agent.errors import ConfigurationError
from beamer_agent.events.view import FIRST_BLOCK
from beamer_agent.parts.base import BasePart
from beamer_agent.parts.chain import ChainPart
from beamer_agent.parts.direction import DirectionPart
from beamer_agent.parts.workshop import Told, Workshop
from beamer_agent.planning.report import DirectionReport
from beamer_agent.preflight import BASE_CHAIN, check_tokens
from beamer_agent.resolution.rollup import BaseEnd
from beamer_agent.rpc.health import EndpointHealth
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.queue import Work

READ_AGAIN_SECONDS: Final = 600.0
"""Between two times that chains are read again for the sake of another."""


class Parts:
    """Of one agent.

    Attributes:
        chains: the configured ones, by name, whether they answer or not.
        directions: the served ones, by name.
        base: L1.
    """

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._config = shop.around.config
        self._logger = shop.around.logger
        chains = self._config.chains.items()
        self.chains: Mapping[str, ChainPart] = {n: ChainPart(n, s, shop) for n, s in chains}
        self.base = BasePart(self._config.base_chain, shop)
        directions = [
            DirectionPart(self.chains[source], self.chains[target], self.base.slot, shop)
            for source, target in self._config.served_directions()
        ]
        self.directions: Mapping[str, DirectionPart] = {part.name: part for part in directions}
        self._faults: list[str] = []
        self.has_started = False
        """Whether every chain was asked, and what answered was started."""
        self._read_again_at = 0.0
        """From when on chains may be read again for another's sake; monotonic seconds. Set by
        whichever monitor's thread needs it: at worst they are read twice."""

    def open(self) -> None:
        """Try to reach all chains. L1 follows: it is never waited for."""
        for part in self.chains.values():
            part.open()

    def take(self, told: Told) -> None:
        """Go on with what a connector reports.

        Raises:
            ConfigurationError: nothing was started yet; all faults found.
        """
        part = self.base if told.part == BASE_CHAIN else self.chains[told.part]
        if told.generation != part.generation:
            return
        if told.attempt is None or isinstance(told.attempt, BaseConnection):
            self.base.take(told.attempt)
        else:
            self._take_chain(self.chains[told.part], told.attempt)
        if self.has_started or self._have_been_asked():
            self.start()

    @property
    def are_initialised(self) -> bool:
        """Whether every chain has been asked, and what answered is at work, if only one did."""
        chains = self.chains.values()
        are_built = all(part.chain is not None for part in chains if part.connection is not None)
        return self._have_been_asked() and are_built and any(part.chain for part in chains)

    def start(self) -> None:
        """Start what has become possible; nothing at all when the first start shows faults.

        Raises:
            ConfigurationError: all faults found.
        """
        if self._faults and not self.has_started:
            raise ConfigurationError(self._faults)
        for fault in self._faults:
            self._logger.error("Cannot serve a chain", error=fault)
        self._faults.clear()
        if not self.has_started:
            self._warn()
            self.base.open()
        self.has_started = True
        chains = [part for part in self.chains.values() if part.connection and not part.chain]
        for chain in chains:
            self._build_chain(chain)
        directions = [part for part in self.directions.values() if part.can_be_built()]
        for direction in directions:
            direction.build(self._base_end())
        # Only now: a direction that is there before its chains are read hears it all at once.
        for chain in chains:
            chain.staff()
        for direction in directions:
            direction.staff()
        self._start_base()

    def wake(self) -> None:
        """Have all directions decide anew; any thread."""
        for part in self.directions.values():
            part.wake()

    def endpoints(self) -> list[EndpointHealth]:
        """How those of all chains do; any thread."""
        lines = [*(part.line for part in self.chains.values()), self.base.line]
        return [health for line in lines if line is not None for health in line.pool.health()]

    def has_games(self) -> bool:
        """Whether a direction follows a proof; any thread."""
        workers = [part.workers for part in self.directions.values()]
        return any(each is not None and each.proofs.is_following() for each in workers)

    def _has_open(self) -> bool:
        """Whether something of ours is open anywhere; any thread."""
        return any(report and report.open_count for report in self.reports().values())

    def reports(self) -> dict[str, DirectionReport | None]:
        """What each direction tells of itself; None while it does not work. Any thread."""
        workers = {name: part.workers for name, part in self.directions.items()}
        return {n: None if each is None else each.processor.report for n, each in workers.items()}

    def accounts(self) -> dict[str, ChainAccount]:
        """The account on each chain at work, L1 among them; any thread."""
        chains = {name: part.chain for name, part in self.chains.items()}
        accounts = {name: chain.account for name, chain in chains.items() if chain is not None}
        if self.base.account is not None:
            accounts[BASE_CHAIN] = self.base.account
        return accounts

    def works(self) -> dict[str, Work]:
        """How much the senders have to do still, by chain; any thread."""
        return {name: account.sender.work() for name, account in self.accounts().items()}

    def close(self) -> None:
        """Give all connections back."""
        for part in self.chains.values():
            part.close()
        self.base.close()

    def _have_been_asked(self) -> bool:
        return all(part.has_been_asked for part in self.chains.values())

    def _take_chain(self, part: ChainPart, attempt: Attempt) -> None:
        part.has_been_asked = True
        tracker = self._shop.board.chains[part.name]
        match attempt:
            case Connected(connection):
                self._accept(connection)
            case Unusable(_, error):
                self._faults.extend(error.faults)
                tracker.failed("; ".join(error.faults))
            case Unreachable(_, reason):
                tracker.failed(reason)

    def _accept(self, connection: Connection) -> None:
        """Keep a connection, but never two to one chain: its account's nonces have one owner."""
        others = {
            part.name: part.connection.chain_id
            for part in self.chains.values()
            if part.connection is not None and part.name != connection.name
        }
        if self.base.account is not None and self.base.connection is not None:
            others[BASE_CHAIN] = self.base.connection.end.chain_id
        for name, chain_id in others.items():
            if chain_id == connection.chain_id:
                where = name if name == BASE_CHAIN else f"chains.{name}"
                self._faults.append(
                    f"chains.{connection.name}.rpc-url: serves chain id {chain_id}, "
                    f"as {where}.rpc-url does"
                )
                return
        self.chains[connection.name].connection = connection

    def _warn(self) -> None:
        """Say what the agent does without."""
        connections = [part.connection for part in self.chains.values()]
        chain_ids = {connection.chain_id for connection in connections if connection}
        findings = check_tokens(
            self._config, self._shop.around.pairs, chain_ids if all(connections) else None
        )
        log_warnings(findings, self._logger)

    def _build_chain(self, part: ChainPart) -> None:
        near = [each for each in self.directions.values() if each.touches(part.name)]

        def wake() -> None:
            for direction in near:
                direction.wake()

        part.build(wake, self._read_others_again)

    def _read_others_again(self, connection: Connection) -> None:
        """What was forgotten of other chains, since it was settled on this, may be open again."""
        now = self._shop.around.clock.monotonic()
        if now < self._read_again_at:
            return  # an endpoint that lies about one chain must not keep all others busy
        self._read_again_at = now + READ_AGAIN_SECONDS
        for chain in [part.chain for part in self.chains.values()]:
            if chain is not None and chain.connection is not connection:
                chain.following.monitor.read_again(FIRST_BLOCK)

    def _start_base(self) -> None:
        """Let proofs be carried over L1, as soon as it is known who owns its nonces."""
        base = self.base
        if base.connection is None or base.slot.account is not None:
            return
        end = base.connection.end
        chains = [part.chain for part in self.chains.values()]
        same = [chain for chain in chains if chain and chain.connection.chain_id == end.chain_id]
        is_transfer_chain = end.chain_id in self._shop.around.deployments.chains
        if same:
            base.attach(same[0].account)
        elif not is_transfer_chain or all(chains):
            base.build(self.has_games, self._has_open)
        else:
            base.wait()
            return
        for part in self.directions.values():
            if part.workers is not None:
                part.workers.proofs.attach_base(end)

    def _base_end(self) -> BaseEnd | None:
        """Where proofs are carried over; None while nobody can carry them."""
        connection = self.base.connection
        return None if connection is None or self.base.slot.account is None else connection.end
