"""A test stand: a world with a block a second, and an agent in it that has done one transfer.

agent --HTTP--> front (counts) --> chains --(new blocks)--> agent, observers

The agent has its default `poll-period` and hears of new blocks by web sockets, straight from the
chains. An unlimited allowance, so that its first transfer pays for everything that happens once;
or exact ones, an approval for each fill.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import VALIDITY_PERIOD
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.types import Seconds, TransactionHash
from benchmarks.front import Front
from benchmarks.lives import CLAIMED, CREATED, FILLED, Lives
from benchmarks.observer import Observer, push_url, shift_blocks
from benchmarks.sightings import Pair
from benchmarks.witness import Witness
from tests.agent_process import AgentProcess
from tests.crowd import send_all
from tests.e2e.configuration import REMOVED, configuration_of, tokens_of, write

AMOUNT: Final = 10**12
SYMBOL: Final = "DAI"
LONG: Final = Seconds(3600)
"""A claim period that no measurement waits for."""
UNLIMITED: Final = -1
ENOUGH_STAKES: Final = 1_000
STAGE_SECONDS: Final = 180.0
DELEGATE: Final = ("delegate", "set", "--yes")
BATCH: Final[Mapping[bool, Mapping[str, Any]]] = {False: {}, True: {"batch": True}}
"""Without batches the key is not there: earlier agents do not know it."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two chains, watched."""

    l2: L2Contracts
    observer: Observer
    witness: Witness


@dataclass(frozen=True, slots=True)
class Stand:
    """Everything that a measurement needs."""

    world: LocalWorld
    front: Front
    agent: AgentProcess
    source: Side
    target: Side

    def create(self, count: int) -> list[TransactionHash]:
        """Hand so many requests over in one go; returns before they are mined."""
        user = self.world.participant("user").address
        create = self.source.l2.request_manager.contract.call(
            "createRequest",
            self.target.l2.chain.chain_id,
            self.source.l2.tokens[SYMBOL].address,
            self.target.l2.tokens[SYMBOL].address,
            user,
            AMOUNT,
            VALIDITY_PERIOD,
        )
        return send_all(self.source.l2.chain, "user", [create] * count)

    def wait_for(self, stage: str, count: int) -> None:
        """Wait until there are so many events of a stage, the earlier ones among them.

        Chains are asked once a block, so that waiting costs the machine little.
        """
        side = self.target if stage == FILLED else self.source

        def are_there() -> bool:
            if side.witness.count(stage) >= count:
                return True
            side.observer.wait_for_block()
            return False

        self.agent.wait_until(are_there, f"{count} times {stage}", STAGE_SECONDS)

    def count(self, stage: str) -> int:
        """How many events of a stage there have been."""
        return (self.target if stage == FILLED else self.source).witness.count(stage)

    def lives(self, created_by: Sequence[TransactionHash]) -> Lives:
        """What has become of requests."""
        return Lives([*self.source.witness.look(), *self.target.witness.look()], created_by)

    def shift(self, seconds: float) -> None:
        """Let the target chain's blocks come so long after the source chain's from now on."""
        shift_blocks(self.source.observer, self.target.l2.chain, seconds)

    def seen(self) -> Pair:
        """When the chains' blocks came."""
        return Pair(self.source.observer.sightings, self.target.observer.sightings)


@contextmanager
def standing(
    command: Sequence[str],
    claim_period: Seconds = LONG,
    *,
    batch: bool = False,
    allowance: int | None = UNLIMITED,
) -> Iterator[Stand]:
    """Everything runs inside; nothing is left after.

    Args:
        command: the agent's, which takes `--config FILE`.
        claim_period: of the contracts.
        batch: whether its account delegates to the batch executor on both chains.
        allowance: of all tokens, as `[tokens]` has it; None: exact ones.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = WorldSettings(block_time=1.0, claim_period=claim_period)
        world = stack.enter_context(LocalWorld(settings))
        urls = {chain.name: chain.url for chain in world.chains}
        front = stack.enter_context(Front(urls, {}, folder))
        content = configuration_of(world, {**changes(world, front, allowance), **BATCH[batch]})
        options = ["--config", str(write(folder / "agent.toml", content))]
        if batch:
            delegate(AgentProcess(folder, [*DELEGATE, *options], command=command))
        agent = stack.enter_context(AgentProcess(folder, options, command=command))
        source, target = (
            Side(l2, stack.enter_context(Observer(l2.chain)), Witness(l2)) for l2 in world.pair
        )
        stand = Stand(world, front, agent, source, target)
        prepare(stand)
        yield stand


def delegate(command: AgentProcess) -> None:
    """Let the agent's account delegate, by the agent's own command.

    Raises:
        FatalError: it does not, or has no such command.
    """
    with command:
        if command.wait_for_exit() != 0:
            raise FatalError(f"The account does not delegate: {command.stderr}")


def changes(world: LocalWorld, front: Front, allowance: int | None) -> dict[str, Any]:
    """What is not plain about the agent's configuration."""
    rpc = {f"chains.{name}.rpc-url": front.url(name) for name in world.l2s}
    push = {f"chains.{name}.ws-url": push_url(l2.chain) for name, l2 in world.l2s.items()}
    return {
        **rpc,
        **push,
        "base-chain.rpc-url": front.url(world.base.name),
        "poll-period": REMOVED,
        "max-total-stake": ENOUGH_STAKES,
        "tokens": tokens_of(world, allowance),
    }


def prepare(stand: Stand) -> None:
    """Wait until the agent has read everything, and let it do one transfer."""
    for side in (stand.source, stand.target):
        stand.agent.wait_for_line("Synced", chain_id=side.l2.chain.chain_id)
    stand.world.participant("user").allow(stand.source.l2, SYMBOL, stand.source.l2.request_manager)
    stand.create(1)
    for stage in (CREATED, FILLED, CLAIMED):
        stand.wait_for(stage, 1)
