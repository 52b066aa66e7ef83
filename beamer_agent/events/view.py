"""What is known of a chain at a moment, and what travels from a monitor to its readers."""

from dataclasses import dataclass
from typing import Final

from beamer_agent.events.model import Event
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, ChainId, Timestamp

FIRST_BLOCK: Final = BlockNumber(0)
BEFORE_ALL_BLOCKS: Final = BlockNumber(-1)
BEGINNING: Final = Timestamp(0)


@dataclass(frozen=True, slots=True)
class ChainView:
    """A chain as its monitor saw it last.

    History is read backwards, newest first, while what is new is followed:

       deployment     events_from        final_until    events_until   head - confirmations  head
          |  not read yet  |<------------ known ------------->|  not read yet   |              |
    ------+----------------+------------------+---------------+-----------------+--------------+-->
                                              |<-- a reorganisation may replace these blocks ->|
    """

    chain_id: ChainId
    head: Block
    events_until: BlockNumber
    """Events up to this block, included, have been handed out."""
    is_synced: bool
    """Whether that is every confirmed block."""
    is_reachable: bool
    """Whether the last question to the chain was answered, by an endpoint that is not stale."""
    events_from: BlockNumber = FIRST_BLOCK
    """Events from this block on, included, have been handed out."""
    events_since: Timestamp = BEGINNING
    """The time of that block; 0 when the whole history is known."""
    final_until: BlockNumber = BEFORE_ALL_BLOCKS
    """No reorganisation is expected to replace this block or an earlier one."""

    @property
    def is_whole(self) -> bool:
        """Whether the history is known back to the deployment of the contracts."""
        return self.events_since == BEGINNING

    def depth_of(self, number: BlockNumber) -> int:
        """How many blocks stand on top of a block; negative for one that is not there."""
        return self.head.number - number


@dataclass(frozen=True, slots=True)
class Batch:
    """Events in chain order, and the view after them."""

    view: ChainView
    events: tuple[Event, ...]
    dead_above: BlockNumber | None = None
    """After a reorganisation: all events told before from blocks above this one never happened.

    They are to be dropped before `events` are taken in.
    """
    is_history: bool = False
    """Whether the events are older than others that were told before."""
