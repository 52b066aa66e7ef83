"""What an operator said about a chain: which of its blocks count, and which are past changing."""

from dataclasses import dataclass

from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, Seconds, Timestamp


@dataclass(frozen=True, slots=True)
class Trust:
    """How far a chain's word is taken."""

    confirmation_blocks: int
    """How many blocks must stand on one before its events are published."""
    finality_blocks: int
    """How many blocks must stand on one before it is past being replaced."""
    stale_after: Seconds | None = None
    """How old a head may be; None: any age, for chains that make blocks on demand only."""

    def confirmed(self, head: Block) -> BlockNumber:
        """The newest block that is deep enough; below zero on a chain that has just begun."""
        return BlockNumber(head.number - self.confirmation_blocks)

    def final_until(self, head: BlockNumber) -> BlockNumber:
        """The newest block that is past being replaced; below zero likewise."""
        return BlockNumber(head - max(self.finality_blocks, self.confirmation_blocks))

    def is_stale(self, head: Block, now: Timestamp) -> bool:
        """Whether a head is too old to act upon."""
        return self.stale_after is not None and now - head.timestamp > self.stale_after
