"""`beamer-agent` run in this process, in a working directory of its own, without a real agent."""

import json
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from eth_account import Account

from beamer_agent.cli import main, run
from beamer_agent.cli.signals import StopSignals
from beamer_agent.config import Config

KEY = b"\x11" * 32
PASSWORD = "correct horse battery"
ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


@dataclass
class RecordingAgent:
    """Stands in for the agent: remembers what it is made of, runs as it is told to."""

    parts: list[tuple[Any, ...]] = field(default_factory=list)
    on_run: Callable[[], None] = lambda: None
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(
        self, *parts: Any, observers: Sequence[Any] = (), notifier: object = None
    ) -> "RecordingAgent":
        """Be made; who watches it, and whom it notifies, is of no interest here."""
        self.parts.append(parts)
        return self

    def run(self) -> None:
        """Run."""
        self.on_run()

    def stop(self) -> None:
        """Stop."""
        self.stopped.set()

    @property
    def config(self) -> Config:
        """The configuration it was made with."""
        config: Config = self.parts[-1][0]
        return config


def put_recording_agent(monkeypatch: pytest.MonkeyPatch) -> RecordingAgent:
    """Put it where `beamer-agent` finds the agent to run."""
    agent = RecordingAgent()
    monkeypatch.setattr(run, "Agent", agent)
    # Were the process ended in earnest, pytest would end too, and look content.
    monkeypatch.setattr(run, "StopSignals", lambda: StopSignals(lambda _: None))
    return agent


def enter_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory with everything an agent needs, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("BEAMER_AGENT_")]:
        monkeypatch.delenv(name)
    keystore = Account.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=2)
    (tmp_path / "account.json").write_text(json.dumps(keystore))
    (tmp_path / "deployments").mkdir()
    info = {"address": ADDRESS, "deployment_block": 1}
    chain = {"chain_id": 10, "RequestManager": info, "FillManager": info}
    path = tmp_path / "deployments" / "10-a.deployment.json"
    path.write_text(json.dumps({"chain": chain}))
    (tmp_path / "agent.toml").write_text(
        'artifacts-dir = "deployments"\npoll-period = 5\n'
        f'[account]\npath = "account.json"\npassword = "{PASSWORD}"\n'
        '[chains.a]\nrpc-url = "http://a"\n'
    )


def invoke(*arguments: str, **environment: str) -> Result:
    """Run `beamer-agent` in this process."""
    return CliRunner().invoke(main.cli, arguments, prog_name="beamer-agent", env=environment)
