"""A local world whose chains begin late, with a made-up past told by an endpoint in front.

Everything that an agent can act on is real: contracts, balances and new requests are anvil's.
Only blocks and logs before anvil's first block are made up (`past.py`). Mining them would take
anvil hours, it gets slower with each block.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.anvil import Anvil
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import BlockNumber, ChainId
from benchmarks.front import Front
from benchmarks.past import EVENTS_OF_LIFE, End, Tale
from tests.e2e.configuration import configuration_of, write

FIRST_BLOCK: Final = 1_000
"""Where the contracts of the made-up past were deployed."""


class LateAnvil(Anvil):
    """A chain whose genesis has a height."""

    height = 0

    def _command(self, port: int) -> list[str]:
        return [*super()._command(port), "--number", str(self.height)]


class LateChains(LocalWorld):
    """A world whose chains all begin at one height.

    Args:
        height: of each genesis.
    """

    def __init__(self, settings: WorldSettings, height: int) -> None:
        super().__init__(settings)
        self._height = height

    def _started(self, binary: Path, name: str, chain_id: ChainId) -> LocalChain:
        anvil = LateAnvil(binary, chain_id, block_time=self.settings.block_time)
        anvil.height = self._height
        chain = LocalChain(name, self._stack.enter_context(anvil))
        self._stack.callback(chain.close)
        return chain


class LateWorld:
    """A context manager: world, past and endpoint inside, nothing after.

    Args:
        requests: how many of the past there are in each of the two directions.
        blocks: how many it is spread over, on each chain.
        folder: for the files of agents.
        settings: of the real chains.
    """

    def __init__(
        self, requests: int, blocks: int, folder: Path, settings: WorldSettings | None = None
    ) -> None:
        self.events = 2 * EVENTS_OF_LIFE * requests
        """How many the past consists of, on both chains."""
        self._requests = requests
        self._until = FIRST_BLOCK + blocks
        self._folder = folder
        self._settings = settings or WorldSettings()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start and deploy; the endpoint answers already."""
        with self._stack:
            self.real = self._stack.enter_context(LateChains(self._settings, self._until))
            first, second = self.real.pair
            tales = {
                first.chain.name: self._tale(first, second),
                second.chain.name: self._tale(second, first),
            }
            urls = {chain.name: chain.url for chain in self.real.chains}
            self.front = self._stack.enter_context(Front(urls, tales, self._folder))
            self._write_deployments()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self._stack.close()

    def configuration(self, name: str, *, has_past: bool, changes: Mapping[str, Any]) -> Path:
        """The file of an agent that knows, or does not know, that the contracts have a past."""
        urls = {f"chains.{name}.rpc-url": self.front.url(name) for name in self.real.l2s}
        if has_past:
            urls["artifacts-dir"] = str(self._deployments)
        base = {"base-chain.rpc-url": self.front.url(self.real.base.name)}
        content = configuration_of(self.real, {**urls, **base, **changes})
        return write(self._folder / f"{name}.toml", content)

    @property
    def _deployments(self) -> Path:
        return self._folder / "deployments"

    def _write_deployments(self) -> None:
        """The world's own files, with contracts that are as old as the past."""
        self._deployments.mkdir()
        for path in self.real.folder.glob("*.deployment.json"):
            content = json.loads(path.read_text())
            for name in ("RequestManager", "FillManager"):
                if name in content.get("chain", {}):
                    content["chain"][name]["deployment_block"] = FIRST_BLOCK
            write(self._deployments / path.name, content)

    def _tale(self, here: L2Contracts, there: L2Contracts) -> Tale:
        genesis = here.chain.client.block(BlockNumber(self._until))
        return Tale(
            here=_end(here),
            there=_end(there),
            agent=account_of("agent").address,
            requests=self._requests,
            first=FIRST_BLOCK,
            until=self._until,
            until_time=genesis.timestamp,
        )


def _end(l2: L2Contracts) -> End:
    return End(
        chain_id=l2.chain.chain_id,
        request_manager=l2.request_manager.address,
        fill_manager=l2.fill_manager.address,
        token=next(iter(l2.tokens.values())).address,
    )
