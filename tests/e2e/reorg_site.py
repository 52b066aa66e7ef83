"""ReorgSite: a world, and one agent that lives through many reorganisations of its chains."""

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Self

import urllib3

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Seconds
from tests.agent_process import AgentProcess, LogLine
from tests.e2e.configuration import configuration_of, write
from tests.e2e.story import resume_mining
from tests.e2e.theatre import FILLED_ONLY

FILL_WAIT_TIME: Final = Seconds(60)
SETTINGS: Final = WorldSettings(
    block_time=None, claim_period=Seconds(600), fill_wait_time=FILL_WAIT_TIME
)
"""Claims run so long that only the tests end them."""

BLOCK_SECONDS: Final = 0.25
"""How often a block is made while the agent is waited for: no real chain stands still."""
SETTLE_SECONDS: Final = 60.0

_CONFIGURATION: Final = "agent.toml"
_METRIC: Final = re.compile(r'^(\w+)(?:\{(?:.*?)\w+="([^"]*)"\})? (\S+)$', re.MULTILINE)


class ReorgSite:
    """A context manager: world and agent begin when they are needed and end with it.

    Args:
        folder: for the agent's files.
        changes: to the agent's configuration, see `configuration_of`.
        block_time: seconds between blocks; None mines each transaction at once.
    """

    def __init__(
        self,
        folder: Path,
        changes: Mapping[str, Any] | None = None,
        *,
        block_time: float | None = None,
    ) -> None:
        self._folder = folder
        self._changes = changes or {}
        self._settings = replace(SETTINGS, block_time=block_time)
        self._stack = ExitStack()
        self._world: LocalWorld | None = None
        self._metrics = f"http://{HOST}:{(port := free_port())}/metrics"
        self._port = port

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all of it, the agent first."""
        self.renew()

    def renew(self) -> None:
        """End world and agent; there will be others."""
        self._stack.close()
        self._world = None

    @property
    def world(self) -> LocalWorld:
        """The world, in which the agent has seen every chain."""
        if self._world is None:
            self._world = self._begin()
        return self._world

    @property
    def l2s(self) -> tuple[L2Contracts, L2Contracts]:
        """Source and target of the transfers."""
        return self.world.pair

    def _begin(self) -> LocalWorld:
        with self._stack:
            world = self._stack.enter_context(LocalWorld(self._settings))
            world.allow_lp("rival")
            port = {"metrics.prometheus-port": self._port}
            text = configuration_of(world, {**FILLED_ONLY, **port, **self._changes})
            write(self._folder / _CONFIGURATION, text)
            self._start_agent(world)
            self._stack = self._stack.pop_all()
        return world

    def start_next_agent(self) -> None:
        """Start an agent in the place of one that has ended."""
        self._start_agent(self.world)

    def _start_agent(self, world: LocalWorld) -> None:
        agent = AgentProcess(self._folder, ["--config", str(self._folder / _CONFIGURATION)])
        self.agent = self._stack.enter_context(agent)
        for l2 in world.pair:
            agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)

    def mine(self, blocks: int) -> None:
        """Put blocks on top of those rollups that make any."""
        for l2 in self.l2s:
            if l2.chain.client.call("anvil_getAutomine"):
                l2.chain.mine(blocks)

    def resume_mining(self) -> None:
        """Let both rollups make blocks again, if they do not."""
        for l2 in self.l2s:
            self.resume_mining_of(l2)

    def resume_mining_of(self, l2: L2Contracts) -> None:
        """Let a rollup make blocks again, if it does not."""
        if not l2.chain.client.call("anvil_getAutomine"):
            resume_mining(l2.chain)

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for the agent, while time goes by on the chains."""
        next_block = time.monotonic() + BLOCK_SECONDS

        def look() -> object:
            nonlocal next_block
            if time.monotonic() >= next_block:
                self.mine(1)
                next_block = time.monotonic() + BLOCK_SECONDS
            return condition()

        self.agent.wait_until(look, what, SETTLE_SECONDS)

    def wait_for_line(
        self, event: str, is_meant: Callable[[LogLine], bool] = lambda _: True, **fields: object
    ) -> None:
        """Wait until the agent has written a line of its log, while chains go on."""
        self.wait_until(
            lambda: any(map(is_meant, self.agent.lines(event, **fields))), f"{event!r}, {fields}"
        )

    def let_agent_look(self) -> None:
        """Wait until the agent has read both rollups up to now; no blocks are made."""
        heights = {str(l2.chain.chain_id): l2.chain.height() for l2 in self.l2s}

        def has_read() -> bool:
            seen = self._values("beamer_chain_events_until_block")
            return all(seen.get(chain, 0) >= height for chain, height in heights.items())

        self.agent.wait_until(has_read, f"the agent to read up to {heights}")

    def losses(self) -> Counter[str]:
        """What the agent has counted as lost, by kind."""
        values = self._values("beamer_losses_total")
        return Counter({kind: int(value) for kind, value in values.items()})

    def chain(self, side: str) -> LocalChain:
        """The chain of a side."""
        source, target = self.l2s
        return source.chain if side == "source" else target.chain

    def _values(self, name: str) -> dict[str, float]:
        """The values of a metric with one label, by that label."""
        with urllib3.PoolManager(timeout=10, retries=3) as pool:
            text = pool.request("GET", self._metrics).data.decode()
        return {label: float(value) for key, label, value in _METRIC.findall(text) if key == name}
