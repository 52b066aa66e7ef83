r"""EventMonitor: follows the head of a chain and publishes its events, in batches, in order.

    look at the chain --> is our last block still there? --no--> the blocks above the fork are dead
                             |yes
                             v
                          events up to head - confirmations --> Publisher --> every reader

It begins with the newest blocks; what is older is left to the HistoryReader.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RecoverableError, RpcPayloadError
from beamer_agent.events.doubt import Doubt
from beamer_agent.events.fetcher import EventFetcher
from beamer_agent.events.forks import Standing, compare, find_fork
from beamer_agent.events.horizon import Horizon
from beamer_agent.events.looks import Looks
from beamer_agent.events.model import Event
from beamer_agent.events.news import say_news
from beamer_agent.events.poll import Look, blocks_at, look
from beamer_agent.events.publisher import Publisher
from beamer_agent.events.ranges import BlockRange
from beamer_agent.events.reading import RangeReader
from beamer_agent.events.recent import ReplacedError
from beamer_agent.events.rider import Rider
from beamer_agent.events.tail import Tail, anchors
from beamer_agent.events.trust import Trust
from beamer_agent.events.view import FIRST_BLOCK, ChainView
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, ChainId

AT_ONCE: Final = 0.0


class EventMonitor:
    """One chain's events, pushed to every subscriber. `step` runs in a thread of its own.

    Args:
        publisher: tells the readers.
        reader: of this thread.
        first_block: the deployment of the contracts.
        poll_period: seconds between two looks at the head.
        riders: whose questions go with every look.
        is_needed: while it says no, nothing is read.
        is_watched: while it says no either, nothing is asked.
        looks: told what comes of every look.
        on_head: told the number of every newest block; must not wait.
        on_start_over: called when what counted as final was replaced; must not wait.
    """

    def __init__(
        self,
        chain_id: ChainId,
        client: ChainClient,
        publisher: Publisher,
        reader: RangeReader,
        first_block: BlockNumber,
        trust: Trust,
        *,
        poll_period: float,
        riders: Sequence[Rider] = (),
        is_needed: Callable[[], bool] = lambda: True,
        is_watched: Callable[[], bool] = lambda: False,
        looks: Looks | None = None,
        on_head: Callable[[BlockNumber], None] = lambda _: None,
        on_start_over: Callable[[], None] = lambda: None,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._chain_id = chain_id
        self._client = client
        self._publisher = publisher
        self._reader = reader
        self._first_block = first_block
        self._trust = trust
        self._poll_period = poll_period
        self._riders = tuple(riders)
        self._is_needed = is_needed
        self._is_watched = is_watched
        self._looks = looks or Looks(poll_period, clock)
        self._on_head = on_head
        self._on_start_over = on_start_over
        self._clock = clock
        self._logger = logger.bind(chain_id=chain_id)
        self._tail = Tail(())
        self._fetcher = EventFetcher(reader, first_block, clock)
        self._horizon = Horizon(client, publisher, first_block)
        self._doubt = Doubt(clock)
        self._asks_apart = False
        """After an error: the logs of a long outage may be too many to be asked for beside."""

    def step(self) -> float:
        """Look at the head, publish the next range; the seconds until the next look.

        Raises:
            RecoverableError: the chain cannot be read now; its readers have been told.
        """
        self._logger.debug("Polling")
        try:
            with self._looks.one():
                if self._may_rest():
                    return self._glance()
                if self._tail.newest is None:
                    self._begin(self._client.head())
                return self._follow()
        except RecoverableError as error:
            if self._looks.is_lost():
                self._publish_down(str(error))
            raise

    def read_again(self, first: BlockNumber) -> None:
        """Have events read once more from a block on; from any thread, never waits."""
        self._horizon.ask(first)

    def _may_rest(self) -> bool:
        """Whether nobody reads what this chain tells, and nobody was told that it is down."""
        view = self._publisher.view
        return not self._is_needed() and (view is None or view.is_reachable)

    def _glance(self) -> float:
        if self._is_watched():
            self._client.head()
            self._looks.answer()
        return self._poll_period

    def _begin(self, head: Block) -> None:
        """Mark blocks from the head down to the oldest that may still be replaced."""
        deepest = self._trust.final_until(head.number)
        oldest = max(deepest, self._first_block, FIRST_BLOCK)
        blocks = blocks_at(self._client, anchors(head.number, oldest))
        marked = [block for block in blocks if block is not None] or [head]
        is_whole = oldest <= self._first_block
        self._horizon.begin(oldest if is_whole else marked[0].number, marked[0].timestamp)
        self._fetcher = EventFetcher(self._reader, self._horizon.block, self._clock)
        self._tail = Tail([*marked, head])
        self._doubt.begin_anew()

    def _follow(self) -> float:
        self._horizon.turn_back(self._tail, self._fetcher)
        self._fetcher.look_back()
        mark = self._tail.newest
        is_beside = mark is not None and not self._asks_apart
        asked = self._fetcher.live_range(mark.number) if mark and is_beside else None
        self._asks_apart = True
        seen = look(self._client, mark, self._reader.addresses, asked, self._riders)
        self._looks.answer()
        self._asks_apart = False
        standing = compare(self._tail, seen)
        if standing is Standing.REPLACED:
            return self._switch(seen.head)
        if standing is Standing.UNCLEAR:
            return self._bear_with_it(seen.head)
        self._doubt.end()
        if mark is not None:
            self._doubt.confirm(mark.number)
        self._tail.add(seen.head)
        self._tail.forget_final(self._final_until(seen.head))
        self._on_head(seen.head.number)
        try:
            return self._read(seen, asked)
        except ReplacedError as error:
            return self._return_to(self._tail.highest_below(error.block_number), seen.head)

    def _bear_with_it(self, head: Block) -> float:
        """What was seen before stands: the next look may find a node that knows more.

        Raises:
            RpcError: that has been hoped for too long.
        """
        return self._poll_period if self._doubt.is_borne() else self._give_way(head)

    def _give_way(self, head: Block) -> float:
        """Give up what was seen, if it may have been a lie.

        Raises:
            RpcError: it is not given up, or the endpoint does not answer.
        """
        newest, fork = self._tail.newest, find_fork(self._client, self._tail)
        is_older = newest is not None and (fork is None or fork < newest.number)
        if not is_older or not self._doubt.gives_way(fork):
            raise RpcPayloadError("the endpoint does not have blocks that it has shown")
        return self._return_to(fork, head)

    def _read(self, seen: Look, asked: BlockRange | None) -> float:
        readable = self._trust.confirmed(seen.head)
        events = None
        if asked is not None and isinstance(seen.logs, list):
            given = BlockRange(asked.first, seen.head.number)
            events = self._fetcher.take(seen.logs, given, readable)
        if events is None:
            events = self._fetcher.fetch(readable)
        self._publish(seen.head, events or ())
        return self._poll_period if self._fetcher.next_block > readable else AT_ONCE

    def _switch(self, head: Block) -> float:
        """The chain went over to other blocks.

        Raises:
            RpcError: the endpoint does not say which of the old ones are left.
        """
        fork = find_fork(self._client, self._tail)
        if self._tail.newest is not None and fork == self._tail.newest.number:
            # Two nodes that do not agree: the one asked last has what was seen.
            return self._bear_with_it(head)
        return self._return_to(fork, head)

    def _return_to(self, fork: BlockNumber | None, head: Block) -> float:
        if fork is not None:
            self._drop(fork, head)
        else:
            self._start_over(head)
        return self._poll_period if self._doubt.is_contradicted_again() else AT_ONCE

    def _drop(self, fork: BlockNumber, head: Block) -> None:
        """What is above the fork never happened."""
        newest = self._tail.newest
        depth = newest.number - fork if newest else 0
        self._logger.warning("Blocks were replaced", block_number=fork, depth=depth)
        self._doubt.cut(fork)
        self._tail.cut(fork)
        self._fetcher.rewind(fork)
        if self._publisher.view is not None:
            self._publish(head, (), dead_above=fork)

    def _start_over(self, head: Block) -> None:
        """Deeper than we look: what we know of the chain is worth nothing."""
        oldest, before = self._tail.oldest, self._publisher.view
        if oldest and before and oldest.number <= before.final_until:
            self._logger.error(
                "Blocks were replaced that counted as final", block_number=oldest.number
            )
            self._on_start_over()
        else:
            self._logger.warning("All blocks that were seen were replaced")
        self._begin(head)
        view = self._view_at(head)
        self._publisher.begin_anew(view)
        say_news(before, view, self._logger)

    def _publish(
        self, head: Block, events: tuple[Event, ...], dead_above: BlockNumber | None = None
    ) -> None:
        before, view = self._publisher.view, self._view_at(head)
        self._publisher.publish(view, events, dead_above)
        say_news(before, view, self._logger)

    def _view_at(self, head: Block) -> ChainView:
        events_until = BlockNumber(self._fetcher.next_block - 1)
        return ChainView(
            self._chain_id,
            head,
            events_until,
            is_synced=events_until >= self._trust.confirmed(head),
            is_reachable=not self._trust.is_stale(head, self._clock.now()),
            events_from=self._horizon.block,
            events_since=self._horizon.time,
            final_until=self._final_until(head),
        )

    def _final_until(self, head: Block) -> BlockNumber:
        """What only one look has shown makes nothing final."""
        return self._trust.final_until(min(head.number, self._doubt.shown_twice))

    def _publish_down(self, reason: str) -> None:
        view = self._publisher.view
        if view is not None and view.is_reachable:
            down = replace(view, is_reachable=False)
            self._publisher.publish(down)
            say_news(view, down, self._logger, reason)
