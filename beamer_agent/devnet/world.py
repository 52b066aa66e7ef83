"""Three chains with everything on them, as one object."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.anvil import Anvil
from beamer_agent.devnet.artifacts import write_artifacts
from beamer_agent.devnet.binary import find_anvil
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployment import (
    L2Contracts,
    WorldContracts,
    allow_lp,
    deploy_world,
)
from beamer_agent.devnet.participant import Participant
from beamer_agent.devnet.relayer import Relayer
from beamer_agent.devnet.settings import (
    BASE_CHAIN_ID,
    BASE_NAME,
    L2_CHAIN_IDS,
    WorldSettings,
)
from beamer_agent.errors import FatalError
from beamer_agent.types import ChainId, Seconds
from beamer_agent.worker import Worker

RELAY_PERIOD = 0.5
"""Seconds between two turns of the relayer's thread."""

STOP_SECONDS = 2.0
"""How long the relayer's thread may take to end; after that the chains end under it."""


class LocalWorld:
    """A context manager: chains, contracts, funds and an agent's files inside, nothing after.

    Enter it from a thread that lives as long as the world shall (see `start_child`). Then `base`
    is the L1, `chains` are the L1 and the rollups, and `l2s` holds by name what stands on the
    chains that transfers run between.

    Args:
        settings: numbers of the contracts and the chains.
        folder: an existing folder for the agent's files; None makes one that goes with the world.
    """

    def __init__(
        self, settings: WorldSettings | None = None, *, folder: Path | None = None
    ) -> None:
        self.settings = settings or WorldSettings()
        self._folder = folder
        self._stack = ExitStack()
        self._failures: list[FatalError] = []
        self._relayers: list[Worker] = []

    def __enter__(self) -> Self:
        """Start, deploy, wire, fund, write.

        Raises:
            ConfigurationError: there is no anvil.
            FatalError: a chain does not start.
        """
        with self._stack:
            binary = find_anvil()
            self.base = self._started(binary, BASE_NAME, BASE_CHAIN_ID)
            rollups = tuple(self._started(binary, *item) for item in L2_CHAIN_IDS.items())
            self.chains: tuple[LocalChain, ...] = (self.base, *rollups)
            self.contracts: WorldContracts = deploy_world(self.base, rollups, self.settings)
            self.l2s = {l2.chain.name: l2 for l2 in self.contracts.l2s}
            self.folder = self._folder or Path(
                self._stack.enter_context(tempfile.TemporaryDirectory(prefix="beamer-devnet-"))
            )
            self.configuration = write_artifacts(self.folder, self.contracts, self.settings)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the chains and remove the temporary folder."""
        self._stack.close()

    @property
    def pair(self) -> tuple[L2Contracts, L2Contracts]:
        """The two rollups."""
        first, second = (l2 for l2 in self.contracts.l2s if not l2.is_base)
        return first, second

    def participant(self, role: str) -> Participant:
        """Somebody who acts in this world: "user", "agent", "rival" or "deployer"."""
        return Participant(role)

    def allow_lp(self, role: str) -> None:
        """Let a role fill and claim on every chain, once; the agent may from the beginning."""
        allow_lp(self.contracts, account_of(role).address)

    def relayer(self, delay: Seconds | None = None) -> Relayer:
        """A relayer that begins with the first message; delay as in the settings by default."""
        return Relayer(self.contracts, self.settings.relay_delay if delay is None else delay)

    @contextmanager
    def relaying(self) -> Iterator[None]:
        """A thread relays inside. It tries again for as long as chains do not answer."""
        relayer = self.relayer()

        def step() -> float:
            relayer.relay_once()
            return RELAY_PERIOD

        logger = structlog.get_logger(__name__)
        worker = Worker(
            "Relayer",
            step,
            wake=threading.Event(),
            on_fatal=self._failures.append,
            logger=logger,
            longest_retry=RELAY_PERIOD,
        )
        self._relayers.append(worker)
        try:
            worker.start()
            yield
        finally:
            worker.stop()
            worker.join(STOP_SECONDS)

    def increase_time(self, seconds: Seconds) -> None:
        """Let all chains' clocks jump forward."""
        for chain in self.chains:
            chain.increase_time(seconds)

    @contextmanager
    def isolated(self) -> Iterator[None]:
        """What happens to the chains inside is undone after; not while anything else acts."""
        with ExitStack() as stack:
            for chain in self.chains:
                stack.enter_context(chain.isolated())
            yield

    def check(self) -> None:
        """Make sure that every chain and the relayer are still there.

        Raises:
            FatalError: which one ended.
        """
        if self._failures:
            raise FatalError(f"The relayer ended: {self._failures[0]}")
        if any(worker.reading().has_died for worker in self._relayers):
            raise FatalError("The relayer ended by a defect; see the log.")
        for chain in self.chains:
            if not chain.anvil.is_alive():
                raise FatalError(f"The chain {chain.name} ended by itself.")

    def _started(self, binary: Path, name: str, chain_id: ChainId) -> LocalChain:
        anvil = Anvil(binary, chain_id, block_time=self.settings.block_time)
        chain = LocalChain(name, self._stack.enter_context(anvil))
        self._stack.callback(chain.close)
        return chain
