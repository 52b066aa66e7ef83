"""Site: a world whose chains are reached through proxies, and one agent that lives in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Seconds
from tests.agent_process import AgentProcess
from tests.e2e.configuration import configuration_of, write
from tests.faults.proxy import Proxy

FILL_WAIT_TIME: Final = 60

SETTINGS = WorldSettings(
    block_time=None, claim_period=Seconds(600), fill_wait_time=Seconds(FILL_WAIT_TIME)
)
"""Claims run so long that only the tests end them."""


class Ledger:
    """All that the chains tell of both managers, read past every proxy."""

    def __init__(self, world: LocalWorld) -> None:
        self._readers = [
            LogReader(
                l2.chain.client,
                [l2.request_manager.contract, l2.fill_manager.contract],
                l2.request_manager.block,
            )
            for l2 in world.contracts.l2s
        ]
        self._logs: list[Log] = []

    def logs(self) -> list[Log]:
        """Every event so far; those of one chain in order."""
        for reader in self._readers:
            self._logs += reader.read()
        return self._logs

    def of(self, request: Request) -> list[Log]:
        """What has happened to a request."""
        return [log for log in self.logs() if log.arguments.get("requestId") == request.request_id]

    def has(self, request: Request, name: str) -> bool:
        """Whether an event has happened to a request."""
        return any(log.name == name for log in self.of(request))


class Site:
    """A context manager: world, proxies and agent end with it.

    Args:
        folder: for the agent's files.
        endpoints: how many of them each chain of transfers has; L1 has one.
    """

    def __init__(self, folder: Path, endpoints: int) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._endpoints = endpoints
        self._asked_before: Counter[Proxy] = Counter()
        self._agent: AgentProcess | None = None

    def __enter__(self) -> Self:
        """Start the chains and the proxies; the agent comes later."""
        with self._stack:
            self.world = self._stack.enter_context(LocalWorld(SETTINGS))
            self.world.allow_lp("rival")
            self.proxies: dict[str, Sequence[Proxy]] = {
                chain.name: [
                    self._stack.enter_context(Proxy(chain))
                    for _ in range(1 if chain is self.world.base else self._endpoints)
                ]
                for chain in self.world.chains
            }
            self._begin()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End all of it, the agent first."""
        self.stop_agent()
        self._stack.close()

    def chain(self, name: str) -> LocalChain:
        """A chain itself, past its proxies."""
        (found,) = (chain for chain in self.world.chains if chain.name == name)
        return found

    def note(self) -> None:
        """Count from now on whom the agent asks."""
        everybody = [proxy for each in self.proxies.values() for proxy in each]
        self._asked_before = Counter({proxy: proxy.asked for proxy in everybody})

    def favourite(self, name: str) -> Proxy:
        """The endpoint of a chain that the agent has asked most since the last `note`."""
        return max(self.proxies[name], key=lambda proxy: proxy.asked - self._asked_before[proxy])

    def renew(self) -> None:
        """After a failure: no agent, and the chains as they were in the beginning."""
        self.stop_agent()
        for chain, snapshot in zip(self.world.chains, self._snapshots, strict=True):
            chain.client.call("evm_revert", snapshot)
        self._begin()

    def _begin(self) -> None:
        self._snapshots = [chain.client.call("evm_snapshot") for chain in self.world.chains]
        self.ledger = Ledger(self.world)

    @property
    def agent(self) -> AgentProcess:
        """The agent; started when there is none, or when the last one has ended."""
        if self._agent is None or self._agent.exit_code is not None:
            self._agent = self.start_agent()
        return self._agent

    def start_agent(self) -> AgentProcess:
        """Start an agent that knows the chains by their proxies alone."""
        changes = {"base-chain.rpc-url": self.proxies[self.world.base.name][0].url, **self._urls()}
        path = write(self._folder / "agent.toml", configuration_of(self.world, changes))
        self._agent = AgentProcess(self._folder, ["--config", str(path)]).start()
        return self._agent

    @property
    def troubles(self) -> list[str]:
        """Whether the agent has ended by itself, and what went wrong in a proxy."""
        proxies = [proxy for each in self.proxies.values() for proxy in each]
        defects = [f"a proxy failed: {error!r}" for proxy in proxies for error in proxy.failures]
        code = None if self._agent is None else self._agent.exit_code
        return defects if code is None else [f"the agent ended with code {code}", *defects]

    def stop_agent(self) -> None:
        """End the agent, if there is one."""
        if self._agent is not None:
            self._agent.close()
            self._agent = None

    def _urls(self) -> Mapping[str, Any]:
        urls = {name: [proxy.url for proxy in self.proxies[name]] for name in self.world.l2s}
        return {
            f"chains.{name}.rpc-url": each[0] if len(each) == 1 else each
            for name, each in urls.items()
        }
