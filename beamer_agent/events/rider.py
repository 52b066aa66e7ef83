"""Rider: what is asked along with a monitor's poll, so that it costs no request of its own."""

from collections.abc import Sequence
from typing import Any, Protocol

from beamer_agent.rpc.client import Request
from beamer_agent.rpc.model import Block


class Rider(Protocol):
    """Somebody with questions to a chain that may wait for its next poll.

    Called from the monitor's thread: neither method waits for anything or raises.
    """

    def questions(self) -> Sequence[Request]:
        """What to ask with the next poll; empty when nothing is wanted."""
        ...

    def take(self, results: Sequence[Any], head: Block) -> None:
        """Take the results in the order of the questions; an RpcError where one failed.

        `head` is the newest block at that poll. Not called when the whole poll was not answered.
        """
        ...
