"""Following: all that reads one chain's events, put together."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.history import HistoryReader
from beamer_agent.events.monitor import EventMonitor
from beamer_agent.events.publisher import Publisher, Subscriber
from beamer_agent.events.reading import RangeReader
from beamer_agent.events.rider import Rider
from beamer_agent.events.trust import Trust
from beamer_agent.rpc.client import ChainClient
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

    monitor: EventMonitor
    monitor_wake: threading.Event
    history: HistoryReader
    history_wake: threading.Event


def follow(
    contracts: Contracts,
    client: ChainClient,
    trust: Trust,
    subscribers: Sequence[Subscriber],
    *,
    poll_period: float,
    riders: Sequence[Rider] = (),
    is_needed: Callable[[], bool] = lambda: True,
    on_head: Callable[[BlockNumber], None] = lambda _: None,
    clock: Clock,
    logger: FilteringBoundLogger,
) -> Following:
    """Monitor and history of a chain, which tell the same subscribers; see `EventMonitor`."""

    def make_reader() -> RangeReader:
        return RangeReader(client, contracts.decoder, contracts.addresses, clock, logger)

    wake = threading.Event()
    publisher = Publisher(subscribers)
    history = HistoryReader(
        contracts.chain_id,
        client,
        make_reader(),
        publisher,
        contracts.first_block,
        wake=wake,
        clock=clock,
        logger=logger,
    )
    publisher.subscribe(history.notice)
    monitor = EventMonitor(
        contracts.chain_id,
        client,
        publisher,
        make_reader(),
        contracts.first_block,
        trust,
        poll_period=poll_period,
        riders=riders,
        is_needed=is_needed,
        on_head=on_head,
        clock=clock,
        logger=logger,
    )
    return Following(monitor, threading.Event(), history, wake)
