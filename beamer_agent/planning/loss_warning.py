"""LossWarning: tells now and then that fills cost more than they bring."""

from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.profit import profit_sheet
from beamer_agent.actions.view import DirectionView
from beamer_agent.state.request import Request
from beamer_agent.types import Timestamp

QUIET_SECONDS: Final = 3_600
"""For so long nothing more is told of a direction: neither requests nor prices change by that."""


class LossWarning:
    """Looks at the fills of one direction. For one thread."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        self._logger = logger
        self._quiet_until = Timestamp(0)

    def look(self, request: Request, view: DirectionView) -> None:
        """Warn when a fill that is made now is expected to be a loss."""
        if view.now < self._quiet_until:
            return
        sheet = profit_sheet(request.created, view)
        if sheet is not None and sheet.profit < 0:
            self._quiet_until = Timestamp(view.now + QUIET_SECONDS)
            figures = dict(sheet.figures)
            self._logger.warning("Fee does not cover the costs", request_id=request.id, **figures)
