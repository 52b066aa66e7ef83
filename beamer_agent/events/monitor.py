"""EventMonitor: follows the head of a chain and publishes its events, in batches, in order."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from structlog.typing import FilteringBoundLogger

from beamer_agent.errors import RecoverableError
from beamer_agent.events.fetcher import EventFetcher
from beamer_agent.events.model import Event
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, ChainId

Subscriber = Callable[[Batch], None]
"""Takes a batch without waiting for anything."""


class EventMonitor:
    """One chain's events, pushed to every subscriber. `step` runs in a thread of its own.

    Args:
        confirmation_blocks: how many blocks must stand on one before its events are published.
        poll_period: seconds between two looks at the head.
    """

    def __init__(
        self,
        chain_id: ChainId,
        client: ChainClient,
        fetcher: EventFetcher,
        subscribers: Sequence[Subscriber],
        *,
        confirmation_blocks: int,
        poll_period: float,
        logger: FilteringBoundLogger,
    ) -> None:
        self._chain_id = chain_id
        self._client = client
        self._fetcher = fetcher
        self._subscribers = tuple(subscribers)
        self._confirmation_blocks = confirmation_blocks
        self._poll_period = poll_period
        self._logger = logger
        self._view: ChainView | None = None

    def step(self) -> float:
        """Look at the head, publish the next range; the seconds until the next look.

        Raises:
            RecoverableError: the chain cannot be read now; its readers have been told.
        """
        self._logger.debug("Polling", chain_id=self._chain_id)
        try:
            return self._follow(self._client.head())
        except RecoverableError:
            self._publish_unreachable()
            raise

    def _follow(self, answered: Block) -> float:
        # An endpoint behind a load balancer may answer with an older head. The newer one stands,
        # but logs are asked up to the older one: an endpoint that has not seen a block would
        # answer with what it has, and the rest would never be read.
        is_older = self._view is not None and answered.number < self._view.head.number
        head = self._view.head if self._view and is_older else answered
        readable = self._confirmed(answered)
        events = self._fetcher.fetch(readable)
        self._publish(head, events or ())
        return self._poll_period if self._fetcher.next_block > readable else 0.0

    def _confirmed(self, head: Block) -> BlockNumber:
        """The newest block that is deep enough; below zero on a chain that has just begun."""
        return BlockNumber(head.number - self._confirmation_blocks)

    def _publish(self, head: Block, events: tuple[Event, ...]) -> None:
        events_until = BlockNumber(self._fetcher.next_block - 1)
        is_synced = events_until >= self._confirmed(head)
        view = ChainView(self._chain_id, head, events_until, is_synced, is_reachable=True)
        if view == self._view:
            return
        if is_synced and not (self._view and self._view.is_synced):
            self._logger.info("Synced", chain_id=self._chain_id, block_number=events_until)
        self._send(Batch(view, events))

    def _publish_unreachable(self) -> None:
        if self._view and self._view.is_reachable:
            self._send(Batch(replace(self._view, is_reachable=False), ()))

    def _send(self, batch: Batch) -> None:
        self._view = batch.view
        for subscriber in self._subscribers:
            subscriber(batch)
