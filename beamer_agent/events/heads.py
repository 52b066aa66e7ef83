r"""HeadSubscription: new blocks wake the monitor, over a web socket where an endpoint offers one.

    opened --subscribed--> listens --head--> on_head()        polls go on all the while
       ^                      |
       \---pause--- broken, not subscribed in time, or silent while polls see new blocks

Nothing depends on it: without it the monitor finds new blocks up to a poll period later.
"""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError, RpcPayloadError, RpcTimeoutError
from beamer_agent.events.view import BEFORE_ALL_BLOCKS
from beamer_agent.rpc.envelope import parsed, refusal_of
from beamer_agent.rpc.model import quantity
from beamer_agent.rpc.push import Opening, PushEndpoint, PushSocket
from beamer_agent.types import BlockNumber, ChainId

LISTEN_SECONDS: Final = 0.5
"""For one step. A worker that is stopped only notices between two steps, and the agent waits 1.5
seconds for its workers."""
CALM_SECONDS: Final = 0.1
"""Between two wakings: an endpoint that talks without end does not make the monitor poll so."""
MESSAGES_AT_ONCE: Final = 64

OPENING_SECONDS: Final = 10.0
"""More than a socket takes that has a limit of its own; a name server may not answer."""
CONFIRM_SECONDS: Final = 5.0
"""Until the endpoint has agreed to tell of new blocks."""
SILENT_SECONDS: Final = 5.0
SILENT_HEADS: Final = 2
"""So many new blocks seen by polls only, for at least so long: the socket is silent. On chains
with many blocks a second a poll is often the first to see one."""

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 30.0

_SUBSCRIBE: Final = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "eth_subscribe", "params": ["newHeads"]}
)


class HeadSubscription:
    """Listens to one of some endpoints. `step` runs in a thread of its own.

    Args:
        endpoints: where sockets can be opened; after a failure the next one is tried.
        on_head: called from the listening thread when there are new blocks; must not wait.
    """

    def __init__(
        self,
        chain_id: ChainId,
        endpoints: Sequence[PushEndpoint],
        on_head: Callable[[], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._chain_id = chain_id
        self._endpoints = tuple(endpoints)
        self._on_head = on_head
        self._clock = clock
        self._logger = logger
        self.wake = threading.Event()
        """Cuts the pause of its worker short."""
        self._place = 0
        self._opening: Opening | None = None
        self._socket: PushSocket | None = None
        self._opened_at = 0.0
        self._is_confirmed = False
        self._pause = FIRST_PAUSE_SECONDS
        self._is_pushed: bool | None = None
        """What the log says now; None before the first line."""
        self._lock = threading.Lock()
        """Protects the four below."""
        self._polled = BEFORE_ALL_BLOCKS
        self._told = BEFORE_ALL_BLOCKS
        self._missed = 0
        self._told_at = 0.0

    def seen(self, number: BlockNumber) -> None:
        """A poll has shown this head. Any thread; never waits."""
        with self._lock:
            if number > self._polled:
                self._polled = number
                self._missed += number > self._told

    def retry(self) -> None:
        """The chain answers again: try at once, and again soon. Any thread; never waits."""
        self._pause = FIRST_PAUSE_SECONDS
        self.wake.set()

    def step(self) -> float:
        """Listen for a moment, at an open socket or a new one; the seconds until the next step."""
        try:
            socket = self._socket or self._open()
            if socket is None:
                return 0.0
            if self._listen(socket):
                self._on_head()
                return CALM_SECONDS
            self._check_silence()
        except RpcError as error:
            return self._give_up(error)
        return 0.0

    def close(self) -> None:
        """End the connection; once no step will follow."""
        socket, self._socket = self._socket, None
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.abandon()
        if socket is not None:
            socket.close()

    def _open(self) -> PushSocket | None:
        """A socket that has been asked for news; None while it is being opened."""
        if self._opening is None:
            self._opening = Opening(self._endpoint)
            self._opened_at = self._clock.monotonic()
        socket = self._opening.socket(LISTEN_SECONDS)
        now = self._clock.monotonic()
        if socket is None:
            if now - self._opened_at > OPENING_SECONDS:
                raise RpcTimeoutError("the web socket did not open in time")
            return None
        self._opening, self._socket, self._opened_at = None, socket, now
        self._is_confirmed = False
        with self._lock:
            self._told, self._missed, self._told_at = BEFORE_ALL_BLOCKS, 0, now
        socket.send(_SUBSCRIBE)
        return socket

    def _listen(self, socket: PushSocket) -> bool:
        """Take what has come, waiting for the first message only; whether it told of blocks."""
        has_heads = False
        message = socket.receive(LISTEN_SECONDS)
        for _ in range(MESSAGES_AT_ONCE):
            if message is None:
                break
            has_heads |= self._take(message)
            message = socket.receive(0.0)
        return has_heads

    def _take(self, message: str | bytes) -> bool:
        content = parsed(message.encode() if isinstance(message, str) else message)
        refusal = refusal_of(content)
        if refusal is not None:
            raise refusal
        number = _head_number(content)
        if number is None:
            self._is_confirmed = True
            return False
        self._note(number)
        return True

    def _note(self, number: BlockNumber) -> None:
        self._pause = FIRST_PAUSE_SECONDS
        with self._lock:
            self._told = number
            if number >= self._polled:
                self._missed, self._told_at = 0, self._clock.monotonic()
        if self._is_pushed is not True:
            self._is_pushed = True
            self._logger.info(
                "Heads are pushed", chain_id=self._chain_id, endpoint=self._endpoint.name
            )

    def _check_silence(self) -> None:
        now = self._clock.monotonic()
        if not self._is_confirmed and now - self._opened_at > CONFIRM_SECONDS:
            raise RpcTimeoutError("the subscription was not confirmed")
        with self._lock:
            is_silent = self._missed >= SILENT_HEADS and now - self._told_at > SILENT_SECONDS
        if is_silent:
            raise RpcTimeoutError("polls have seen blocks that were not told of")

    def _give_up(self, error: RpcError) -> float:
        """Leave this endpoint; the seconds until the next one is tried."""
        pause = self._pause
        # Once for each time that the push ends; that it is still not there is no news.
        log = self._logger.debug if self._is_pushed is False else self._logger.warning
        log(
            "Heads are not pushed",
            chain_id=self._chain_id,
            endpoint=self._endpoint.name,
            error=str(error) or type(error).__name__,
            retry_seconds=pause,
        )
        self._is_pushed = False
        self._pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        self.close()
        self._place += 1
        return pause

    @property
    def _endpoint(self) -> PushEndpoint:
        return self._endpoints[self._place % len(self._endpoints)]


def _head_number(content: Any) -> BlockNumber | None:
    """The block that a message tells of; None: it is the answer to the subscription.

    Raises:
        RpcPayloadError: it is neither.
    """
    try:
        if content.get("method") == "eth_subscription":
            return BlockNumber(quantity(content["params"]["result"]["number"]))
        if "result" in content:
            return None
    except (KeyError, TypeError, AttributeError, RpcPayloadError):
        pass
    raise RpcPayloadError("a message is neither a head nor an answer")
