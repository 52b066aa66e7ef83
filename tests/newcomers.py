"""A reader who comes late, and whether it was given what it is told is known."""

from beamer_agent.events.model import Event
from beamer_agent.events.view import Batch, ChainView
from tests.doubles import FakeChain


class Newcomer:
    """Keeps the events of the blocks that stand, as a fold does.

    Every view is held against what it was given before: a view that claims more would make it
    believe that something has not happened.
    """

    def __init__(self, chain: FakeChain) -> None:
        self._chain = chain
        self.view: ChainView | None = None
        self.given: set[Event] = set()
        self.gaps: list[tuple[ChainView, Event]] = []
        """Views that claimed an event which it had not been given."""

    def hear(self, batch: Batch) -> None:
        """Take a batch."""
        if batch.dead_above is not None:
            self.given = {e for e in self.given if e.block_number <= batch.dead_above}
        self.given.update(batch.events)
        self.view = view = batch.view
        claimed = [
            event
            for event in map(self._chain.placed, self._chain.events)
            if view.events_from <= event.block_number <= view.events_until
        ]
        known = {(event.block_number, event.log_index) for event in self.given}
        self.gaps += [
            (view, event)
            for event in claimed
            if (event.block_number, event.log_index) not in known
        ]
