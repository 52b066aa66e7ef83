"""TruthfulWitness: endpoints of the model's chains that agree, and have nothing to hide."""

from collections.abc import Collection

from beamer_agent.actions.testimony import Testimony
from beamer_agent.events.model import RequestCreated, RequestFilled
from beamer_agent.types import BlockNumber, FillId, RequestId
from tests.property.game.world import World


class TruthfulWitness:
    """Answers at once, by what is so, whatever the asking agent has seen of it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def attests(self, created: RequestCreated, depth: int) -> Testimony:
        """The request is there."""
        del depth  # nothing is replaced in this model
        return _say(self._world.requests.get(created.request_id) == created)

    def attests_fill(self, fill: RequestFilled, depth: int) -> Testimony:
        """It is the fill, in just these words."""
        del depth
        return _say(self._world.fills.get(fill.request_id) == fill)

    def attests_absence(
        self, request_id: RequestId, fill_id: FillId, block_number: BlockNumber
    ) -> Testimony:
        """It is not the fill."""
        assert block_number <= self._world.target.height()
        fill = self._world.fills.get(request_id)
        return _say(fill is None or fill.fill_id != fill_id)

    def forget(self, request_ids: Collection[RequestId]) -> None:
        """Nothing is remembered."""


def _say(is_so: bool) -> Testimony:
    return Testimony.UPHELD if is_so else Testimony.DENIED
