"""An agent on endpoints in memory, in a thread of its own."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import beamer_agent.parts.base
import beamer_agent.parts.chain
from beamer_agent.agent import Agent
from beamer_agent.config import AccountConfig, BaseChainConfig, ChainConfig, Config, TokenConfig
from beamer_agent.contracts.deployments import BaseDeployment, ChainDeployment, Deployments
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import BeamerAgentError, RpcConnectionError
from beamer_agent.line import Line
from beamer_agent.types import BlockNumber, ChainId
from tests.contract_answers import INTERFACES, ContractsChain
from tests.doubles import RecordingLogger, block_json, make_line
from tests.factories import (
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TARGET_TOKEN,
    make_block,
)
from tests.fake_events import ACCOUNT

CHAINS = (SOURCE, TARGET)
SECONDS = 10.0
IN_TIME = 4.0
"""Two seconds to stop (invariant I6), and what a busy machine adds; what hangs, hangs for ten."""
DOWN = RpcConnectionError("refused")
TOKENS = {
    "TST": (
        TokenConfig(chain_id=SOURCE, address=SOURCE_TOKEN),
        TokenConfig(chain_id=TARGET, address=TARGET_TOKEN),
    )
}


class Endpoint(ContractsChain):
    """A chain without history on which the agent can work."""

    def __init__(self, chain_id: ChainId, other: ChainId, token: Any) -> None:
        super().__init__(chain_id, ACCOUNT.address)
        self.target_chain(other)
        self.target_chain(chain_id)
        self.token(token)
        self.always("eth_getBlockByNumber", block_json(make_block(100)))
        self.always("eth_getLogs", [])


class Running:
    """An agent on endpoints in memory, in a thread of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log = RecordingLogger()
        self.endpoints = {
            "l2a": Endpoint(SOURCE, TARGET, SOURCE_TOKEN),
            "l2b": Endpoint(TARGET, SOURCE, TARGET_TOKEN),
        }
        self.base: BaseDeployment | None = None
        """What is deployed on L1."""
        self.error: BeamerAgentError | None = None
        for module in (beamer_agent.parts.base, beamer_agent.parts.chain):
            monkeypatch.setattr(module, "open_line", self._open_line)

    def _open_line(
        self, name: str, settings: ChainConfig | BaseChainConfig, *_others: object
    ) -> Line:
        host = settings.rpc_url[0].get_secret_value().removeprefix("http://")
        return make_line(self.endpoints[host], name)

    def start(self, *names: str, **changes: Any) -> None:
        """With these chains."""
        config = Config(
            artifacts_dir=Path(),
            account=AccountConfig(path=Path(), password=SecretStr("")),
            poll_period=0.02,
            chains={
                name: ChainConfig(rpc_url=(SecretStr(f"http://{name}"),))
                for name in names or self.endpoints
            },
            tokens=TOKENS,
            **changes,
        )
        known = (ChainDeployment(c, REQUEST_MANAGER, FILL_MANAGER, BlockNumber(1)) for c in CHAINS)
        deployments = Deployments(self.base, {d.chain_id: d for d in known})
        self.agent = Agent(config, ACCOUNT, deployments, INTERFACES, self.log.logger)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.agent.run()
        except BeamerAgentError as error:
            self.error = error

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Until it holds."""
        wait_until(condition, what, seconds=SECONDS)

    def wait_for_end(self) -> None:
        """Until `run` has returned."""
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()

    def stop(self) -> float:
        """Stop, and how long that took."""
        started = time.monotonic()
        self.agent.stop()
        self.wait_for_end()
        return time.monotonic() - started

    def workers(self) -> set[str]:
        """Threads that were started."""
        return set(self.agent._crew.names)

    def dead(self) -> set[str]:
        """Threads that ended by a defect."""
        return {r.worker for r in self.agent._crew.readings() if r.has_died}

    def has_synced(self, *chain_ids: int) -> bool:
        """Whether the chains' events were read."""
        synced = {line["chain_id"] for line in self.log.lines if line["event"] == "Synced"}
        return synced >= set(chain_ids)
