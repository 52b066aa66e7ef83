"""A HeadSubscription over sockets in memory, with everything around it."""

import json
import threading
from collections.abc import Callable, Sequence

from beamer_agent.errors import RpcError
from beamer_agent.events.heads import HeadSubscription
from beamer_agent.rpc.push import PushEndpoint
from beamer_agent.types import BlockNumber
from tests.doubles import FakeClock, RecordingLogger
from tests.factories import SOURCE

CONFIRMATION = '{"jsonrpc":"2.0","id":1,"result":"0x1"}'

Message = str | bytes | RpcError


class FakeSocket:
    """A `PushSocket` that says what it was given; time passes while it is silent."""

    def __init__(self, clock: FakeClock, messages: Sequence[Message]) -> None:
        self.messages = list(messages)
        self.sent: list[str] = []
        self.is_closed = False
        self._clock = clock

    def send(self, message: str) -> None:
        """Remember it."""
        self.sent.append(message)

    def receive(self, seconds: float) -> str | bytes | None:
        """The next message."""
        if not self.messages:
            self._clock.advance(seconds)
            return None
        message = self.messages.pop(0)
        if isinstance(message, RpcError):
            raise message
        return message

    def close(self) -> None:
        """Remember it."""
        self.is_closed = True


class Listening:
    """A subscription to `count` endpoints. `offers` is what the next sockets will say.

    An error instead of a list of messages: that socket does not open.
    """

    def __init__(self, *offers: Sequence[Message] | RpcError, count: int = 1) -> None:
        self.offers = list(offers)
        self.sockets: list[FakeSocket] = []
        self.opened: list[str] = []
        """Names of the endpoints, as they were tried."""
        self.gate: threading.Event | None = None
        """Until it is set, no socket opens."""
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.heads = 0
        """How often the monitor was woken."""
        names = [f"l2a/ws{place}" for place in range(1, count + 1)]
        self.subscription = HeadSubscription(
            SOURCE,
            [PushEndpoint(name, self._opener(name)) for name in names],
            self._count,
            self.clock,
            self.log.logger,
        )

    @property
    def socket(self) -> FakeSocket:
        """The one that was opened last."""
        return self.sockets[-1]

    def step(self) -> float:
        """One step; its pause has passed afterwards."""
        pause = self.subscription.step()
        self.clock.advance(pause)
        return pause

    def see(self, *numbers: int) -> None:
        """Polls show these heads, three seconds apart, while the subscription listens."""
        for number in numbers:
            self.subscription.seen(BlockNumber(number))
            for _ in range(6):
                self.step()

    def _opener(self, name: str) -> Callable[[], FakeSocket]:
        def open_socket() -> FakeSocket:
            self.opened.append(name)
            if self.gate is not None:
                self.gate.wait()
            offer = self.offers.pop(0)
            if isinstance(offer, RpcError):
                raise offer
            self.sockets.append(FakeSocket(self.clock, offer))
            return self.socket

        return open_socket

    def _count(self) -> None:
        self.heads += 1


def head(number: int) -> str:
    """A message that tells of a block."""
    return json.dumps(
        {
            "jsonrpc": "2.0",
            "method": "eth_subscription",
            "params": {"subscription": "0x1", "result": {"number": hex(number)}},
        }
    )
