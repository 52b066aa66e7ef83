"""What endpoints say together, as a test says; without a word, they uphold everything."""

from beamer_agent.actions.testimony import Testimony
from beamer_agent.events.model import RequestCreated, RequestFilled
from beamer_agent.types import FillId, RequestId


class ScriptedWitness:
    """Answers at once, and remembers what it was asked."""

    def __init__(self, testimony: Testimony = Testimony.UPHELD) -> None:
        self.requests = testimony
        self.fills = testimony
        self.asked: list[tuple[RequestId | FillId, int]] = []
        """Request or fill, and depth."""

    def attests(self, created: RequestCreated, depth: int) -> Testimony:
        """What the test said of requests."""
        self.asked.append((created.request_id, depth))
        return self.requests

    def attests_fill(self, fill: RequestFilled, depth: int) -> Testimony:
        """What the test said of fills."""
        self.asked.append((fill.fill_id, depth))
        return self.fills
