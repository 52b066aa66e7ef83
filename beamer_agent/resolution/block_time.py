"""BlockTime: how long the blocks of L1 take."""

import math
from dataclasses import dataclass
from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.resolution.rollup import BaseEnd
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber, Seconds

SLOT: Final = Seconds(12)
"""Of Ethereum; no L1 that we know takes longer."""
MEASURED_BLOCKS: Final = 16
MEASURED_SECONDS: Final = 600.0
"""How long a measured block time is good for."""


@dataclass(slots=True)
class BlockTime:
    """Seconds between blocks of L1, between one and Ethereum's twelve."""

    clock: Clock
    seconds: Seconds = SLOT
    _measured_at: float | None = None

    def measure(self, base: BaseEnd, head: Block) -> None:
        """Look at the last blocks, if the last look is long ago.

        Raises:
            RpcError: L1 does not answer.
        """
        now = self.clock.monotonic()
        if self._measured_at is not None and now - self._measured_at < MEASURED_SECONDS:
            return
        blocks = min(MEASURED_BLOCKS, head.number)
        if blocks == 0:
            return
        earlier = base.client.block(BlockNumber(head.number - blocks))
        seconds = math.ceil((head.timestamp - earlier.timestamp) / blocks)
        self.seconds = Seconds(min(max(seconds, 1), SLOT))
        self._measured_at = now
