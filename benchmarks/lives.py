"""What has become of many requests: in which blocks, and how often.

logs of both chains, the requests' transactions -> Lives
"""

from collections.abc import Collection, Iterable
from typing import Final

from beamer_agent.devnet.logs import Log
from beamer_agent.types import BlockNumber, RequestId, TransactionHash

CREATED: Final = "RequestCreated"
FILLED: Final = "RequestFilled"
CLAIMED: Final = "ClaimMade"
WITHDRAWN: Final = "ClaimStakeWithdrawn"
STAGES: Final = (CREATED, FILLED, CLAIMED, WITHDRAWN)


class Lives:
    """The stages of those requests that some transactions have created.

    Args:
        logs: of both chains, from before the first of them.
        created_by: the transactions.
    """

    def __init__(self, logs: Iterable[Log], created_by: Collection[TransactionHash]) -> None:
        ours, hashes = list(logs), set(created_by)
        self.requests: frozenset[RequestId] = frozenset(
            log["requestId"]
            for log in ours
            if log.name == CREATED and log.transaction_hash in hashes
        )
        self._blocks: dict[str, list[BlockNumber]] = {stage: [] for stage in STAGES}
        self._lived: dict[str, dict[RequestId, int]] = {
            stage: dict.fromkeys(self.requests, 0) for stage in STAGES
        }
        for log in ours:
            if log.name in STAGES and log["requestId"] in self.requests:
                self._blocks[log.name].append(log.block)
                self._lived[log.name][log["requestId"]] += 1

    def blocks(self, stage: str) -> list[BlockNumber]:
        """The block of every event of a stage."""
        return self._blocks[stage]

    def last(self, stage: str) -> BlockNumber:
        """The newest block with an event of a stage.

        Raises:
            ValueError: there is none.
        """
        return max(self._blocks[stage])

    def off_by(self, stage: str) -> int:
        """How many events of a stage are missing, or more than one for each request."""
        return sum(abs(count - 1) for count in self._lived[stage].values())
