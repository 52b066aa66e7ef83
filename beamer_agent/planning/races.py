r"""Races: requests that we wanted to fill, and who has filled them.

planned --our fill is in a block--> won
       \--another's ----------------> lost, to him
"""

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.view import DirectionView
from beamer_agent.planning.tallies import Tallies
from beamer_agent.state.request import Request
from beamer_agent.types import BlockNumber, RequestId


class Races:
    """The races of one direction. For one thread; each is counted once, while this life lasts."""

    def __init__(self, logger: FilteringBoundLogger, tallies: Tallies) -> None:
        self._logger = logger
        self._tallies = tallies
        self._aims: dict[RequestId, BlockNumber] = {}
        """The first block of the target chain that could have our fill, by request."""

    def begin(self, request: Request, view: DirectionView) -> None:
        """We want to fill a request; nothing new when we did before."""
        self._aims.setdefault(request.id, BlockNumber(view.target.head.number + 1))

    def look(self, request: Request, view: DirectionView) -> None:
        """Whether a race is over."""
        fill = request.fill
        if fill is None or request.id not in self._aims:
            return
        aimed_at = self._aims.pop(request.id)
        is_won = fill.filler == view.account
        self._tallies.count_race(fill.filler, is_won=is_won)
        if not is_won:
            self._logger.info(
                "Lost a race",
                request_id=request.id,
                rival=fill.filler,
                block_number=fill.block_number,
                aimed_at=aimed_at,
                blocks_earlier=max(0, aimed_at - fill.block_number),
            )

    def forget(self, request_id: RequestId) -> None:
        """We do not want to fill a request, or not any more."""
        self._aims.pop(request_id, None)
