"""The agent of a local world without its threads: its workers' steps, turned by hand."""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from beamer_agent.chain import Chain, Surroundings, build_chain, connect
from beamer_agent.config import AccountConfig, ChainConfig, Config, TokenConfig
from beamer_agent.contracts.deployments import load_deployments
from beamer_agent.contracts.interface import load_interfaces
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.direction import build_processor
from beamer_agent.errors import RecoverableError
from beamer_agent.inbox import Inbox
from beamer_agent.processor import EventProcessor
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import TokenAmount
from tests.doubles import FakeClock, RecordingLogger

BLOCK_SECONDS = 2
UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class _Office:
    inbox: Inbox
    processor: EventProcessor


class HandAgent:
    """One life of the agent, in both directions; another object is the next life.

    Args:
        allowance: of every token, as configured; None is exact.
        confirmations: how deep events must be.
    """

    def __init__(
        self, world: LocalWorld, *, allowance: int | None = None, confirmations: int = 0
    ) -> None:
        self.world = world
        self.log = RecordingLogger()
        self.clock = FakeClock(int(time.time()))
        self._around = self._surroundings(allowance, confirmations)
        pairs = [tuple(world.l2s), tuple(reversed(world.l2s))]
        inboxes = {(source, target): Inbox(threading.Event()) for source, target in pairs}
        deliveries = [inbox.deliver for inbox in inboxes.values()]
        self.chains: dict[str, Chain] = {}
        for name, l2 in world.l2s.items():
            connection = connect(name, l2.chain.client, self._around)
            self.chains[name] = build_chain(connection, self._around, deliveries, lambda: None)
        self._processors = [
            build_processor(self.chains[source], self.chains[target], inbox, self._around)
            for (source, target), inbox in inboxes.items()
        ]

    def _surroundings(self, allowance: int | None, confirmations: int) -> Surroundings:
        world = self.world
        config = Config(
            artifacts_dir=world.folder,
            account=AccountConfig(path=Path(), password=SecretStr("")),
            confirmation_blocks=confirmations,
            chains={
                name: ChainConfig(rpc_url=SecretStr(l2.chain.url))
                for name, l2 in world.l2s.items()
            },
            tokens=self._tokens(allowance),
        )
        return Surroundings(
            config=config,
            account=account_of("agent"),
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
            for symbol in ("DAI", "USDT")
        }

    def turn(self) -> None:
        """One step of every worker, as threads would make them; a chain that fails fails alone."""
        for chain in self.chains.values():
            with suppress(RecoverableError):
                while chain.monitor.step() == 0.0:
                    pass
            self._send(chain)
        self.decide()
        for chain in self.chains.values():
            self._send(chain)

    def decide(self) -> None:
        """One step of every direction."""
        for processor in self._processors:
            processor.step()

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

    def _send(self, chain: Chain) -> None:
        with suppress(RecoverableError):
            chain.sender.step()

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
