"""Reports of directions, with a default for everything."""

from typing import Any

from beamer_agent.planning.report import DirectionReport, ObligationStage, StageReport
from beamer_agent.types import Wei
from tests.factories import NOW, made

NOTHING_OPEN = StageReport()


def make_report(**changes: Any) -> DirectionReport:
    """A direction with one claim open, that lacks nothing."""
    claimed = StageReport(1, {"DAI": 5}, Wei(7))
    stages = dict.fromkeys(ObligationStage, NOTHING_OPEN) | {ObligationStage.CLAIMED: claimed}
    return made(
        DirectionReport,
        changes,
        made_at=NOW,
        source_time=NOW,
        stages=stages,
        lacking=(),
        is_deciding=True,
    )
