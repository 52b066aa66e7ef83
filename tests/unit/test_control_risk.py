"""What is at risk if the agent stopped now, in sentences."""

import pytest

from beamer_agent.planning.report import DirectionReport, ObligationStage, StageReport
from beamer_agent.service.control.risk import describe_risk
from beamer_agent.transactions.queue import Work
from beamer_agent.types import Timestamp, Wei
from tests.factories import NOW
from tests.made_reports import NOTHING_OPEN, make_report

pytestmark = pytest.mark.unit

WAY, BACK = "l2a->l2b", "l2b->l2a"
EMPTY = dict.fromkeys(ObligationStage, NOTHING_OPEN)


def report(stages: dict[ObligationStage, StageReport], **changes: object) -> DirectionReport:
    """With nothing else open."""
    return make_report(stages=EMPTY | stages, **changes)


def test_every_stage_has_its_line_with_sums_and_time_left() -> None:
    """By the source chain's clock, which may be far from ours."""
    stages = {
        ObligationStage.FILLED: StageReport(
            2, {"DAI": 5, "USDC": 7}, Wei(0), Timestamp(NOW + 5_000)
        ),
        ObligationStage.CONTESTED: StageReport(1, {"DAI": 9}, Wei(10**17), Timestamp(NOW + 3_700)),
    }
    lines = describe_risk(
        {WAY: report(stages, source_time=Timestamp(NOW + 3_500))}, {}, Timestamp(NOW + 20)
    )
    assert lines == [
        WAY,
        "  2 filled: DAI 5, USDC 7, 24 min 40 s left",
        "  1 contested: DAI 9, stake 0.1 ether, 3 min left",
        "No transaction is in flight or waits.",
        f"Stop now, and be back within 3 min: {WAY} has a claim to defend.",
    ]


def test_the_nearest_deadline_of_all_directions_counts() -> None:
    """Whichever comes first by name."""
    near = StageReport(1, {}, Wei(1), Timestamp(NOW + 60))
    far = StageReport(1, {}, Wei(1), Timestamp(NOW + 600))
    reports = {
        WAY: report({ObligationStage.FILLED: far}),
        BACK: report({ObligationStage.STAKED: near}),
    }
    last = describe_risk(reports, {}, NOW)[-1]
    assert last == f"Stop now, and be back within 1 min: {BACK} has a challenge to carry through."


def test_what_is_late_is_told_so() -> None:
    """There is no time left, and none is invented."""
    late = StageReport(1, {"DAI": 5}, Wei(0), Timestamp(NOW - 1))
    lines = describe_risk({WAY: report({ObligationStage.FILLED: late})}, {}, NOW)
    assert lines[1].endswith("its time is over")
    assert "within 0 s" in lines[-1]


def test_claims_that_wait_press_nobody_but_may_be_challenged() -> None:
    """That is what an operator forgets."""
    lines = describe_risk({WAY: make_report()}, {}, NOW)
    assert lines[:2] == [
        WAY,
        "  1 claimed: DAI 5, stake 0.000000000000000007 ether",
    ]
    assert lines[-1].startswith("Nothing presses; but nobody answers a challenge")


def test_transactions_are_counted_by_chain() -> None:
    """Where there are any; without anything else open, they are all there is."""
    works = {"l2b": Work(1, 2), "l2a": Work(0, 0)}
    lines = describe_risk({WAY: report({})}, works, NOW)
    assert lines == [
        f"{WAY}: nothing is open",
        "l2b: 2 transactions in flight, 1 waits",
        "Nothing is open but transactions on their way: what they do is seen after a start.",
    ]


@pytest.mark.parametrize("unknown", [None, report({}, is_whole=False)])
def test_what_is_not_known_is_not_called_safe(unknown: DirectionReport | None) -> None:
    """A start still reads; a claim of an earlier life may be anywhere."""
    last = describe_risk({WAY: report({}), BACK: unknown}, {}, NOW)[-1]
    assert last == f"Not everything is known yet: {BACK} is still being read."


def test_a_deadline_is_not_the_nearest_while_others_are_not_known() -> None:
    """Of what is not read yet, something may have to be done sooner."""
    stages = {ObligationStage.FILLED: StageReport(1, {}, nearest_deadline=Timestamp(NOW + 60))}
    last = describe_risk({WAY: report(stages), BACK: None, "a->b": None}, {}, NOW)[-1]
    assert last == (
        f"Stop now, and be back within 1 min: {WAY} has a fill to claim. "
        f"Not everything is known yet: a->b, {BACK} are still being read."
    )


def test_old_reports_are_told_as_old() -> None:
    """Of chains that do not answer."""
    lines = describe_risk(
        {WAY: report({}, is_deciding=False, is_whole=False)}, {}, Timestamp(NOW + 90)
    )
    assert lines[0] == f"{WAY}: nothing is open (as of 1 min 30 s ago)"
