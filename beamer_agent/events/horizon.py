"""Horizon: down to which block a chain's newest events are read; what is older is history."""

from collections import deque

from beamer_agent.events.fetcher import EventFetcher
from beamer_agent.events.publisher import Publisher
from beamer_agent.events.tail import Tail
from beamer_agent.events.view import BEGINNING
from beamer_agent.rpc.client import ChainClient
from beamer_agent.types import BlockNumber, Timestamp


class Horizon:
    """Where the monitor began to read, and where it begins once more when it is asked to.

    Of the monitor's thread, but for `ask`.

    Args:
        first_block: the deployment of the contracts.
    """

    def __init__(
        self, client: ChainClient, publisher: Publisher, first_block: BlockNumber
    ) -> None:
        self._client = client
        self._publisher = publisher
        self._first_block = first_block
        self.block = first_block
        """From this one on all events are read, or will be at once."""
        self.time: Timestamp = BEGINNING
        """Of that block; the beginning: there was nothing before it."""
        self._again: deque[BlockNumber] = deque()

    def begin(self, block: BlockNumber, time: Timestamp) -> None:
        """The newest events are read from this block on."""
        is_whole = block <= self._first_block
        self.block = self._first_block if is_whole else block
        self.time = BEGINNING if is_whole else time

    def ask(self, first: BlockNumber) -> None:
        """Have events read once more from a block on; from any thread, never waits."""
        if all(first < asked for asked in tuple(self._again)):
            self._again.append(first)

    def turn_back(self, tail: Tail, fetcher: EventFetcher) -> None:
        """Go back for those who are new, and for what was asked.

        Raises:
            RpcError: the endpoint does not say how old a block is; it will be asked again.
        """
        oldest = tail.oldest
        if oldest is None or self._publisher.view is None:
            return
        if self._publisher.has_newcomers:
            self._admit(oldest.number, fetcher)
        while self._again:
            self._go_back(oldest.number, fetcher)

    def _admit(self, oldest: BlockNumber, fetcher: EventFetcher) -> None:
        """Tell newcomers what is at hand, as at a start; what is older they hear as history."""
        self._move_to(oldest)
        fetcher.tell_again(self.block)
        self._publisher.admit(self.block, self.time)

    def _go_back(self, oldest: BlockNumber, fetcher: EventFetcher) -> None:
        """Read once more what logs are missing of.

        What is final is read as a history is: newest first, while the newest events are at hand.
        """
        first = max(self._again[0], self._first_block)
        if first < oldest:
            self._move_to(oldest)
            first = self.block
            self._publisher.retract(self.block, self.time)
        fetcher.go_back(first)
        self._again.popleft()

    def _move_to(self, block: BlockNumber) -> None:
        is_whole = block <= self._first_block
        self.begin(block, BEGINNING if is_whole else self._client.block(block).timestamp)
