"""FinalTime: what time it is at least, by a block of a chain that is final itself."""

from collections import deque

from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, Timestamp


class FinalTime:
    """Remembers the newest blocks of a chain until they are final. For one thread.

    A time that only one head has told may be wrong, and what is forgotten on it does not come
    back. So a head's time counts once its block is final, and no later head contradicts it.
    """

    def __init__(self) -> None:
        self._heads: deque[tuple[BlockNumber, Timestamp]] = deque()
        """Oldest first, numbers and times in order; at most the first one is final."""

    def see(self, head: Block, final_until: BlockNumber) -> Timestamp | None:
        """Take in the newest block; the time of the newest one that is final, if it was seen."""
        heads = self._heads
        while heads and (heads[-1][0] >= head.number or heads[-1][1] > head.timestamp):
            heads.pop()  # it was replaced, or was never there
        heads.append((head.number, head.timestamp))
        while len(heads) > 1 and heads[1][0] <= final_until:
            heads.popleft()
        number, timestamp = heads[0]
        return timestamp if number <= final_until else None
