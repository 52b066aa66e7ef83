"""Following: all that reads one chain's events, put together."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import SystemRandom

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.events.audit import EndpointAudit
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.heads import HeadSubscription
from beamer_agent.events.history import HistoryReader
from beamer_agent.events.looks import Looks
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.events.panel import Panel
from beamer_agent.events.publisher import Publisher, Subscriber
from beamer_agent.events.ranges import BlockRange
from beamer_agent.events.reading import RangeReader
from beamer_agent.events.rider import Rider
from beamer_agent.events.trust import Trust
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.push import PushEndpoint
from beamer_agent.types import Address, BlockNumber, ChainId


@dataclass(frozen=True, slots=True)
class Contracts:
    """Whose events are read."""

    chain_id: ChainId
    addresses: tuple[Address, ...]
    first_block: BlockNumber
    """Where their history starts."""
    decoder: EventDecoder


@dataclass(frozen=True, slots=True)
class Following:
    """Step functions for threads of their own, and what wakes these."""

    publisher: Publisher
    monitor: EventMonitor
    monitor_wake: threading.Event
    history: HistoryReader
    history_wake: threading.Event
    heads: HeadSubscription | None
    """None: no endpoint tells of new blocks."""
    audit: EndpointAudit | None
    """None: there is nothing to compare."""


def follow(
    contracts: Contracts,
    client: ChainClient,
    trust: Trust,
    subscribers: Sequence[Subscriber],
    *,
    poll_period: float,
    panel: Panel | None = None,
    pushes: Sequence[PushEndpoint] = (),
    riders: Sequence[Rider] = (),
    is_needed: Callable[[], bool] = lambda: True,
    is_watched: Callable[[], bool] = lambda: False,
    looks: Looks | None = None,
    on_start_over: Callable[[], None] = lambda: None,
    on_return: Callable[[], None] = lambda: None,
    clock: Clock,
    logger: FilteringBoundLogger,
) -> Following:
    """What reads a chain, all telling the same subscribers.

    `on_return` is called when it answers again after a look that failed; it must not wait.
    `panel`: its endpoints, when there are several; `pushes`: where new blocks are told of; the
    rest as for `EventMonitor`.
    """
    chain_id, first_block = contracts.chain_id, contracts.first_block

    def make_reader() -> RangeReader:
        return RangeReader(client, contracts.decoder, contracts.addresses, clock, logger)

    wake, history_wake = threading.Event(), threading.Event()
    looks = looks or Looks(poll_period, clock)
    heads = HeadSubscription(chain_id, pushes, wake.set, clock, logger) if pushes else None
    looks.tell_return(lambda: _tell_return(on_return, heads))
    publisher = Publisher(subscribers)
    history = HistoryReader(
        chain_id,
        client,
        make_reader(),
        publisher,
        first_block,
        wake=history_wake,
        clock=clock,
        logger=logger,
    )
    publisher.join(history.notice)
    monitor = EventMonitor(
        chain_id,
        client,
        publisher,
        make_reader(),
        first_block,
        trust,
        poll_period=poll_period,
        riders=riders,
        is_needed=is_needed,
        is_watched=is_watched,
        looks=looks,
        on_head=heads.seen if heads is not None else lambda _: None,
        on_start_over=on_start_over,
        clock=clock,
        logger=logger,
    )
    audit = None if panel is None else _audit(contracts, panel, publisher, monitor, logger)
    return Following(publisher, monitor, wake, history, history_wake, heads, audit)


def _tell_return(on_return: Callable[[], None], heads: HeadSubscription | None) -> None:
    on_return()
    if heads is not None:
        heads.retry()


def _audit(
    contracts: Contracts,
    panel: Panel,
    publisher: Publisher,
    monitor: EventMonitor,
    logger: FilteringBoundLogger,
) -> EndpointAudit | None:
    if len(panel.endpoints) < 2:
        return None
    return EndpointAudit(
        contracts.chain_id,
        panel,
        contracts.addresses,
        read=partial(_what_is_read, publisher),
        on_missing=monitor.read_again,
        choose=SystemRandom().randint,
        logger=logger,
    )


def _what_is_read(publisher: Publisher) -> BlockRange | None:
    view = publisher.view
    return None if view is None else BlockRange(view.events_from, view.events_until)
