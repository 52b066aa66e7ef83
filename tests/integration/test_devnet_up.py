"""`beamer-agent devnet up`: what it writes, and that nothing stays, however it ends."""

import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest

from beamer_agent.devnet.chain import connect
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import RpcConnectionError

pytestmark = pytest.mark.integration

LAST_LINE = "Ctrl-C ends the chains and removes the files.\n"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's prctl or /proc")


def command(folder: Path) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "beamer_agent", "devnet", "up", "--folder", str(folder)]


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A devnet that has written its files."""
    process = subprocess.Popen(command(folder), stdout=subprocess.PIPE, text=True)
    with process:
        try:
            wait_until((folder / "agent.toml").exists, "the configuration")
            yield process
        finally:
            process.kill()


def urls(folder: Path) -> list[str]:
    """The RPC endpoints of the configuration."""
    data = tomllib.loads((folder / "agent.toml").read_text())
    tables = [data["base-chain"], *data["chains"].values()]
    return [table["rpc-url"] for table in tables]


def is_gone(url: str) -> bool:
    """Whether nobody listens there."""
    with closing(connect(url)) as client:
        try:
            client.chain_id()
        except RpcConnectionError:
            return True
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_chains_and_removes_files(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM are the ordinary ends: exit code 0, an empty place."""
    folder = tmp_path / "world"
    with running(folder) as process:
        endpoints = urls(folder)
        assert len(endpoints) == 3
        assert process.stdout is not None
        greeting = "".join(iter(process.stdout.readline, LAST_LINE))
        process.send_signal(number)
        process.communicate(timeout=10)
    assert process.returncode == 0
    assert re.search(r"^  .* --config .*agent\.toml$", greeting, re.MULTILINE)
    assert all(is_gone(url) for url in endpoints)
    assert not folder.exists()


@linux_only
def test_killed_parent_leaves_no_chain(tmp_path: Path) -> None:
    """SIGKILL cannot be caught, and still no anvil survives; a new devnet takes the folder."""
    with running(tmp_path) as process:
        endpoints = urls(tmp_path)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        for url in endpoints:
            wait_until(partial(is_gone, url), "the chain to end", seconds=5.0)
    written = (tmp_path / "agent.toml").stat().st_mtime_ns
    again = subprocess.Popen(command(tmp_path), stdout=subprocess.DEVNULL)
    with again:
        try:
            wait_until(lambda: is_newer(tmp_path / "agent.toml", written), "new files")
        finally:
            again.terminate()
    assert again.returncode == 0
    assert not list(tmp_path.iterdir())


def is_newer(path: Path, than: int) -> bool:
    """Whether a file exists and was written after a moment (nanoseconds)."""
    return path.exists() and path.stat().st_mtime_ns > than


@linux_only
def test_chain_that_ends_ends_the_devnet(tmp_path: Path) -> None:
    """A devnet with a dead chain says which one, and does not pretend to run."""
    with running(tmp_path) as process:
        os.kill(anvil_of(process.pid), signal.SIGKILL)
        assert process.wait(10) == 1


def anvil_of(parent: int) -> int:
    """One of a process's children."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(children[0])


def test_running_devnet_keeps_its_folder(tmp_path: Path) -> None:
    """A second devnet is refused with a sentence and exit code 2; the first one stays."""
    with running(tmp_path) as process:
        second = subprocess.run(command(tmp_path), capture_output=True, text=True, check=False)
        assert second.returncode == 2
        assert "A devnet is running in" in second.stderr
        assert process.poll() is None
        assert (tmp_path / "agent.toml").exists()
        process.terminate()


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder that holds anything else is not touched."""
    (tmp_path / "thesis.tex").write_text("dear")
    refused = subprocess.run(command(tmp_path), capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "holds other things" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_start_is_quick(tmp_path: Path) -> None:
    """The whole world is up within seconds, blocks of a second notwithstanding."""
    started = time.monotonic()
    with running(tmp_path) as process:
        assert time.monotonic() - started < 10
        process.terminate()
