"""Knows when each block of a chain came.

chain --(web socket: a message for each new block)--> Observer -> Sightings

Nothing is asked meanwhile, so that watching costs the machine nothing that is measured.
"""

import json
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from beamer_agent.devnet.chain import LocalChain
from beamer_agent.errors import FatalError
from beamer_agent.rpc.push import push_endpoints
from beamer_agent.types import BlockNumber
from benchmarks.sightings import Sightings

SUBSCRIBE: Final = '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'
RECEIVE_SECONDS: Final = 0.2
BLOCK_SECONDS: Final = 5.0
"""Longer than any block of these chains takes."""


class Observer:
    """A context manager: looks at the chain inside. Moments are monotonic seconds."""

    def __init__(self, chain: LocalChain) -> None:
        (endpoint,) = push_endpoints(chain.name, [push_url(chain)])
        self._socket = endpoint.open()
        self._chain = chain
        self._seen: dict[BlockNumber, float] = {}
        self._news = threading.Condition()  # protects _seen
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"Observer[{chain.name}]")

    def __enter__(self) -> Self:
        """Look from now on; the newest block is seen now, whenever it came."""
        self._socket.send(SUBSCRIBE)
        self._socket.receive(BLOCK_SECONDS)
        self._seen[self._chain.height()] = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()
        self._socket.close()

    @property
    def sightings(self) -> Sightings:
        """Everything seen so far."""
        with self._news:
            return Sightings(dict(self._seen))

    def wait_for_block(self) -> float:
        """When the next block was seen.

        Raises:
            FatalError: none came.
        """
        with self._news:
            known = len(self._seen)
            self._wait(lambda: len(self._seen) > known)
            return max(self._seen.values())

    def seen_at(self, number: BlockNumber) -> float:
        """When a block was seen that comes now or has come.

        Raises:
            FatalError: it did not come.
        """
        with self._news:
            self._wait(lambda: number in self._seen)
            return self._seen[number]

    def _wait(self, condition: Callable[[], bool]) -> None:
        if not self._news.wait_for(condition, BLOCK_SECONDS):
            raise FatalError(f"{self._chain.name} has made no block for {BLOCK_SECONDS:g} s.")

    def _run(self) -> None:
        while not self._stop.is_set():
            message = self._socket.receive(RECEIVE_SECONDS)
            if message is None:
                continue
            now = time.monotonic()
            number = BlockNumber(int(json.loads(message)["params"]["result"]["number"], 16))
            with self._news:
                self._seen.setdefault(number, now)
                self._news.notify_all()


def shift_blocks(sources: Observer, target: LocalChain, seconds: float) -> None:
    """Let a chain's blocks come so long after those of the observed one from now on."""
    at = sources.wait_for_block() + seconds
    threading.Event().wait(max(0.0, at - time.monotonic()))
    target.client.call("evm_setIntervalMining", 1)


def push_url(chain: LocalChain) -> str:
    """Where a chain tells of its blocks."""
    return chain.url.replace("http://", "ws://")
