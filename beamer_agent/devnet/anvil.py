"""One anvil process: a chain of its own on this machine."""

import gzip
import json
import socket
import subprocess
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import structlog

from beamer_agent.clock import SystemClock
from beamer_agent.devnet.child import start_child, stop_child
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError, RpcError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.transport import HttpTransport, Transport
from beamer_agent.types import BlockNumber, ChainId, Timestamp

HOST = "127.0.0.1"
START_ATTEMPTS = 3
START_SECONDS = 15.0
ANSWER_SECONDS = 1.0
GENESIS = BlockNumber(0)

_DUMP = b'{"jsonrpc": "2.0", "id": 1, "method": "anvil_dumpState", "params": [true]}'


class Anvil:
    """A context manager: the chain answers inside, and is gone after.

    Start it from a thread that lives as long as the chain shall (see `start_child`).

    Args:
        binary: the program, see `find_anvil`.
        chain_id: EIP-155 id.
        block_time: seconds between blocks, fractions allowed; None mines each transaction at once.
        port: on 127.0.0.1; None takes a free one.
    """

    def __init__(
        self,
        binary: Path,
        chain_id: ChainId,
        *,
        block_time: float | None = None,
        port: int | None = None,
    ) -> None:
        self.chain_id = chain_id
        self.block_time = block_time
        self.url = ""
        self._binary = binary
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None
        self._kept: bytes | None = None
        """What was on the chain when it was killed."""
        self._began = Timestamp(0)
        """The time of its block 0."""

    def __enter__(self) -> Self:
        """Start the process and wait until it answers.

        Raises:
            FatalError: it does not start, with its own words.
        """
        attempts = 1 if self._port else START_ATTEMPTS
        for attempt in range(1, attempts + 1):
            with ExitStack() as stack:
                stack.callback(self.stop)
                try:
                    self._start(self._port or free_port())
                except FatalError:
                    # Somebody may have taken the free port before anvil could bind it.
                    if attempt == attempts:
                        raise
                else:
                    stack.pop_all()
                    break
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the process."""
        self.stop()

    @property
    def pid(self) -> int:
        """The process id, of a started chain."""
        if self._child is None:
            raise FatalError("anvil is not running.")
        return self._child.pid

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._child is not None and self._child.poll() is None

    def stop(self) -> None:
        """End the process; nothing happens when there is none."""
        if self._child is not None:
            stop_child(self._child)
            self._child = None

    def kill(self) -> None:
        """End the process at once, as a crash would; `revive` brings back what was mined."""
        with closing(self._client()) as client:
            # Nothing may be mined that is not kept: that would be a reorganisation.
            client.call("evm_setAutomine", False)
            client.call("evm_setIntervalMining", 0)
            self._began = client.block(GENESIS).timestamp
        with closing(HttpTransport(self.url)) as transport:
            # Longer than a ChainClient takes an answer to be: it has the states of all blocks.
            answer = json.loads(transport.post(_DUMP))
        self._kept = gzip.decompress(bytes.fromhex(answer["result"].removeprefix("0x")))
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def revive(self) -> None:
        """Start it again where it was killed: at the same port, with an empty pool.

        Raises:
            FatalError: it does not start, with its own words.
        """
        port = urlsplit(self.url).port or 0
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            file.write(self._kept or b"")
            file.flush()
            # With a block 0 of another time it would have two of them, and tell now one, now the
            # other one after the next time.
            began = ["--timestamp", str(self._began)]
            self._start(port, "--load-state", file.name, *began)
        with closing(self._client()) as client:
            # Its clock began anew; blocks must not be older than those before.
            now = max(client.head().timestamp + 1, SystemClock().now())
            client.call("anvil_setTime", now)

    def _client(self, seconds: float = START_SECONDS) -> ChainClient:
        transport = HttpTransport(self.url, read_seconds=seconds)
        return ChainClient(local_endpoint(transport), lambda _: "")

    def _start(self, port: int, *options: str) -> None:
        self.url = f"http://{HOST}:{port}"
        with tempfile.TemporaryFile() as complaints:
            command = [*self._command(port), *options]
            self._child = child = start_child(command, stderr=complaints)
            # The port may be somebody's who never answers.
            with closing(self._client(ANSWER_SECONDS)) as client:
                wait_until(
                    lambda: child.poll() is not None or self._answers(client),
                    f"anvil to answer at {self.url}",
                    seconds=START_SECONDS,
                )
            if child.poll() is not None:
                complaints.seek(0)
                words = complaints.read().decode(errors="replace").strip()
                raise FatalError(
                    f"anvil did not start on port {port}: {words or 'it gave no reason'}"
                )

    def _command(self, port: int) -> list[str]:
        command = [str(self._binary), "--host", HOST, "--port", str(port)]
        # Without the limit every old state is written to the home directory and never removed.
        command += ["--chain-id", str(self.chain_id), "--quiet", "--prune-history", "200"]
        if self.block_time is not None:
            command += ["--block-time", f"{self.block_time:g}"]
        return command

    def _answers(self, client: ChainClient) -> bool:
        try:
            return client.chain_id() == self.chain_id
        except RpcError:
            return False


def local_endpoint(transport: Transport) -> Endpoint:
    """An endpoint of this machine, which needs no name."""
    return Endpoint("local", transport, SystemClock(), structlog.get_logger(__name__))


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
