"""What endpoints say together, as a test says; without a word, they uphold everything."""

from collections.abc import Collection

from beamer_agent.actions.testimony import Testimony
from beamer_agent.events.model import RequestCreated, RequestFilled
from beamer_agent.types import BlockNumber, FillId, RequestId


class ScriptedWitness:
    """Answers at once, and remembers what it was asked."""

    def __init__(self, testimony: Testimony = Testimony.UPHELD) -> None:
        self.requests = testimony
        self.fills = testimony
        self.absences = testimony
        self.asked: list[tuple[RequestId | FillId, int]] = []
        """Request or fill, and depth; for an absence the block."""
        self.forgotten: set[RequestId] = set()

    def attests(self, created: RequestCreated, depth: int) -> Testimony:
        """What the test said of requests."""
        self.asked.append((created.request_id, depth))
        return self.requests

    def attests_fill(self, fill: RequestFilled, depth: int) -> Testimony:
        """What the test said of fills."""
        self.asked.append((fill.fill_id, depth))
        return self.fills

    def attests_absence(
        self, request_id: RequestId, fill_id: FillId, block_number: BlockNumber
    ) -> Testimony:
        """What the test said of fills that are not there."""
        del request_id  # the fill id names it
        self.asked.append((fill_id, block_number))
        return self.absences

    def forget(self, request_ids: Collection[RequestId]) -> None:
        """It is remembered which ones."""
        self.forgotten.update(request_ids)
