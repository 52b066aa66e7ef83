"""What is known of a chain at a moment, and what travels from a monitor to its readers."""

from dataclasses import dataclass

from beamer_agent.events.model import Event
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, ChainId


@dataclass(frozen=True, slots=True)
class ChainView:
    """A chain as its monitor saw it last.

    events_until              head - confirmations            head
        |  (being read while not synced)  |                    |
    ----+---------------------------------+--------------------+----> block number
    """

    chain_id: ChainId
    head: Block
    events_until: BlockNumber
    """Events up to this block, included, have been handed out."""
    is_synced: bool
    """Whether that is every confirmed block."""
    is_reachable: bool
    """Whether the last question to the chain was answered."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in chain order, and the view after them."""

    view: ChainView
    events: tuple[Event, ...]
