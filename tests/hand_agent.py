"""The agent of a local world without its threads: its workers' steps, turned by hand."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import permutations
from pathlib import Path

from pydantic import SecretStr

from beamer_agent.base import BaseConnection, BaseSlot, BaseWorkers, build_base, connect_base
from beamer_agent.chain import Chain, Surroundings, build_chain, connect
from beamer_agent.config import AccountConfig, ChainConfig, Config, TokenConfig
from beamer_agent.contracts.deployments import load_deployments
from beamer_agent.contracts.interface import load_interfaces
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.direction import DirectionWorkers, build_direction
from beamer_agent.errors import RecoverableError
from beamer_agent.events.following import Following
from beamer_agent.fence import Fence
from beamer_agent.inbox import Inbox
from beamer_agent.line import Line, make_line
from beamer_agent.orders import Restart
from beamer_agent.periods.auditor import AuditOutcome
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.rpc.transport import Transport
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.types import TokenAmount
from tests.doubles import FakeClock, RecordingLogger
from tests.tallying import RecordingTallies

BLOCK_SECONDS = 2
UNLIMITED = -1


class HandAgent:
    """One life of the agent, in both directions; another object is the next life.

    Args:
        allowance: of every token, as configured; None is exact.
        confirmations: how deep events must be.
        role: whose account it uses.
        symbols: tokens that it knows.
        fill: False makes it a watchtower.
        liars: endpoints of chains, by name, that are asked before the honest one.
    """

    def __init__(
        self,
        world: LocalWorld,
        *,
        allowance: int | None = None,
        confirmations: int = 0,
        role: str = "agent",
        symbols: Sequence[str] = ("DAI", "USDT"),
        fill: bool = True,
        liars: Mapping[str, Transport] | None = None,
    ) -> None:
        self.world = world
        self._role = role
        self._symbols = symbols
        self._fill = fill
        self._liars = liars or {}
        self.log = RecordingLogger()
        self.clock = FakeClock(max(chain.client.head().timestamp for chain in world.chains))
        self._around = self._surroundings(allowance, confirmations)
        pairs = list(permutations(world.l2s, 2))
        inboxes = {(source, target): Inbox(threading.Event()) for source, target in pairs}
        deliveries = [inbox.deliver for inbox in inboxes.values()]
        self.chains: dict[str, Chain] = {}
        for name, l2 in world.l2s.items():
            connection = connect(self._line(name, l2), self._around)
            self.chains[name] = build_chain(connection, self._around, deliveries, lambda: None)
        self._slot = BaseSlot()
        self.tallies = RecordingTallies()
        """Everything that was counted as lost."""
        self._base = self._connected_base(world)
        self.directions = [
            self._direction(source, target, inbox) for (source, target), inbox in inboxes.items()
        ]

    def _line(self, name: str, l2: L2Contracts) -> Line:
        endpoint = l2.chain.client.asks
        assert isinstance(endpoint, Endpoint)
        endpoints = [endpoint]
        if name in self._liars:
            liar = Endpoint(f"{name}/liar", self._liars[name], self.clock, self.log.logger)
            endpoints = [liar, endpoint]
        pool = EndpointPool(name, endpoints, 1, self.clock, self.log.logger)
        return make_line(pool, self._around.interfaces)

    def _connected_base(self, world: LocalWorld) -> BaseWorkers | None:
        connection = connect_base(world.base.client, self._around)
        assert isinstance(connection, BaseConnection)
        self._base_end = connection.end
        for chain in self.chains.values():
            if chain.connection.chain_id == connection.end.chain_id:
                self._slot.account = chain.account
                return None
        workers = build_base(connection, self._around, self._has_games)
        self._slot.account = workers.account
        return workers

    def _order(self, order: Restart) -> None:
        raise AssertionError(f"no audit is made here: {order}")

    def _count_audit(self, outcome: AuditOutcome, _differences: int) -> None:
        raise AssertionError(f"no audit is made here: {outcome}")

    def _has_games(self) -> bool:
        return any(direction.proofs.is_following() for direction in self.directions)

    def _direction(self, source: str, target: str, inbox: Inbox) -> DirectionWorkers:
        chains = self.chains[source], self.chains[target]
        fence = Fence(f"{source}->{target}")
        workers = build_direction(
            *chains,
            inbox,
            self._slot,
            self._around,
            self.tallies,
            fence,
            self._order,
            self._count_audit,
        )
        workers.proofs.attach_base(self._base_end)
        return workers

    def _surroundings(self, allowance: int | None, confirmations: int) -> Surroundings:
        world = self.world
        config = Config(
            artifacts_dir=world.folder,
            account=AccountConfig(path=Path(), password=SecretStr("")),
            confirmation_blocks=confirmations,
            fill_wait_time=world.settings.fill_wait_time,
            fill=self._fill,
            chains={
                name: ChainConfig(rpc_url=(SecretStr(l2.chain.url),))
                for name, l2 in world.l2s.items()
            },
            tokens=self._tokens(allowance),
        )
        return Surroundings(
            config=config,
            account=account_of(self._role),
            deployments=load_deployments(world.folder),
            interfaces=load_interfaces(None),
            pairs=TokenPairs(config.tokens),
            clock=self.clock,
            logger=self.log.logger,
        )

    def _tokens(self, allowance: int | None) -> Mapping[str, tuple[TokenConfig, ...]]:
        amount = None if allowance is None else TokenAmount(allowance)
        return {
            symbol: tuple(
                TokenConfig(
                    chain_id=l2.chain.chain_id,
                    address=l2.tokens[symbol].address,
                    allowance=amount,
                )
                for l2 in self.world.contracts.l2s
            )
            for symbol in self._symbols
        }

    def turn(self) -> None:
        """One step of every worker, as threads would make them; a chain that fails fails alone."""
        for chain in self.chains.values():
            self._follow(chain.following)
            self._send(chain.account.sender)
        if self._base is not None:
            self._follow(self._base.following)
        self.decide()
        for chain in self.chains.values():
            self._send(chain.account.sender)
        if self._base is not None:
            self._send(self._base.account.sender)

    def decide(self) -> None:
        """One step of every direction; proofs are looked at for the next one."""
        for direction in self.directions:
            direction.processor.step()
            with suppress(RecoverableError):
                direction.proofs.step()
            while direction.witness.step() == 0.0:  # more is due
                pass
            direction.processor.step()

    def turns(self, count: int) -> None:
        """Turns with time between them, on chains that mine each transaction at once."""
        for _ in range(count):
            self.turn()
            self.clock.advance(BLOCK_SECONDS)

    def blocks(self, count: int) -> None:
        """Blocks on both chains, with a turn after each."""
        for _ in range(count):
            for l2 in self.world.contracts.l2s:
                l2.chain.mine()
            self.clock.advance(BLOCK_SECONDS)
            self.turn()

    @staticmethod
    def _follow(following: Following) -> None:
        with suppress(RecoverableError):
            while following.monitor.step() == 0.0:
                pass
            while following.history.step() == 0.0:
                pass

    @staticmethod
    def _send(sender: TransactionSender) -> None:
        with suppress(RecoverableError):
            sender.step()

    def sent(self, l2: L2Contracts) -> list[str]:
        """What was sent for the first time on a chain, in order."""
        return [
            line["transaction"]
            for line in self.log.lines
            if line["event"] == "Sent transaction" and line["chain_id"] == l2.chain.chain_id
        ]

    def put_off(self) -> list[str]:
        """Why actions were put off, in order."""
        return [line["error"] for line in self.log.lines if line["event"] == "Put action off"]
