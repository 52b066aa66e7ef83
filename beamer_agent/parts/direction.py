"""DirectionPart: one served direction, built as soon as both of its chains are at work."""

import threading
from functools import partial

from beamer_agent.actions.model import (
    Action,
    ApproveToken,
    FillRequest,
    InvalidateFill,
    RelayMessage,
)
from beamer_agent.base import BaseSlot
from beamer_agent.chain import Chain
from beamer_agent.config.directions import direction_key
from beamer_agent.direction import DirectionWorkers, build_direction
from beamer_agent.fence import Fence
from beamer_agent.inbox import Inbox
from beamer_agent.parts.chain import ChainPart
from beamer_agent.parts.workshop import Workshop
from beamer_agent.resolution.rollup import BaseEnd
from beamer_agent.staff import staff_direction
from beamer_agent.state.fold import Fold
from beamer_agent.team import Team
from beamer_agent.worker import longest_pause


class DirectionPart:
    """A direction by its name. `workers` may be read by any thread.

    It holds a fence, behind which its threads reach what outlives them: senders, wallets, books.
    """

    def __init__(
        self, source: ChainPart, target: ChainPart, base: BaseSlot, shop: Workshop
    ) -> None:
        self.name = direction_key(source.name, target.name)
        self.generation = 0
        self.workers: DirectionWorkers | None = None
        self._source = source
        self._target = target
        self._base = base
        self._shop = shop
        self._fence = Fence(self.name)
        self._inbox = Inbox(threading.Event())

    def touches(self, chain: str) -> bool:
        """Whether a chain, by its name, is one of its two."""
        return chain in (self._source.name, self._target.name)

    def can_be_built(self) -> bool:
        """Whether it is not there, and both of its chains are."""
        is_possible = self._source.chain is not None and self._target.chain is not None
        return self.workers is None and is_possible

    def build(self, base: BaseEnd | None) -> None:
        """Begin a generation: all that is known is read from the chains. Nothing runs yet.

        Its inbox is there only now, so that nothing gathers in it that nobody takes.
        """
        source, target = self._source.chain, self._target.chain
        if source is None or target is None:
            return
        self.generation += 1
        self._fence = Fence(self.name)
        self._inbox = Inbox(threading.Event())
        self.workers = build_direction(
            source,
            target,
            self._inbox,
            self._base,
            self._shop.around,
            self._shop.tallies(self.name),
            self._fence,
            self._shop.order,
            self._shop.count_audits(self.name),
        )
        for chain in _distinct(source, target):
            chain.following.publisher.join(self._inbox.deliver)
        if base is not None:
            self.workers.proofs.attach_base(base)

    def staff(self) -> None:
        """Let it run."""
        if self.workers is not None:
            chains = self._shop.around.config.chains
            ends = (chains[part.name].poll_period for part in (self._source, self._target))
            team = Team(self._shop.crew, self.name, self.generation, longest_pause(*ends))
            staff_direction(team, self.name, self.workers)

    def cut(self) -> None:
        """It has no connections of its own: those of its chains are left to others."""

    def revive(self) -> None:
        """Begin a generation with new threads on what is known."""
        self.generation += 1
        self.staff()

    def close(self) -> None:
        """End a generation for good: whatever its threads still want is refused.

        What it had queued is dropped: it may have been decided on what is not true. What was
        sent is the senders' to finish.
        """
        self._fence.shut()
        source, target = self._source.chain, self._target.chain
        if self.workers is None or source is None or target is None:
            return
        for chain in _distinct(source, target):
            chain.following.publisher.leave(self._inbox.deliver)
            chain.account.sender.drop_all(partial(_is_of, self.workers.fold))
        self._inbox.close()
        self.workers = None

    def wake(self) -> None:
        """Have it decide anew; any thread."""
        self._inbox.wake.set()


def _is_of(fold: Fold, action: Action) -> bool:
    """Whether an action was decided on in a direction, as far as its fold still knows."""
    match action:
        case ApproveToken() | RelayMessage():
            return False  # whoever needs it, it is not wrong
        case FillRequest() | InvalidateFill():
            # Even when its request is gone: then all the more.
            return action.source_chain_id == fold.direction.source
        case _:
            return fold.requests.get(action.request_id) is not None


def _distinct(source: Chain, target: Chain) -> tuple[Chain, ...]:
    """A chain that is its own target is one."""
    return (source,) if source is target else (source, target)
