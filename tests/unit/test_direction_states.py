"""DirectionTracker: the states of a direction, and every reason why it cannot act."""

from dataclasses import replace

import pytest

from beamer_agent.planning.report import Lack
from beamer_agent.service.direction_states import Circumstances, DirectionTracker
from beamer_agent.service.status import ChainStatus, DirectionStatus, StageStatus, StateStatus
from beamer_agent.switches import Change, SwitchReading
from beamer_agent.types import Timestamp
from tests.doubles import FakeClock
from tests.factories import NOW, SOURCE, TARGET
from tests.made_reports import make_report

pytestmark = pytest.mark.unit

NAME = "l2a->l2b"
BY = Change("operator", Timestamp(NOW))
SYNCED = StateStatus("synced", 5.0)
LOST = StateStatus("reconnecting", 5.0, "no answer in time")
BEHIND = StateStatus("syncing", 5.0, "its newest events are still being read")
L2A, L2B = ChainStatus("l2a", SOURCE, SYNCED), ChainStatus("l2b", TARGET, SYNCED)
BASE = ChainStatus("base-chain", None, SYNCED)
WELL = Circumstances((L2A, L2B), BASE, SwitchReading(), is_built=True, report=make_report())
TARGET_LOST = replace(WELL, chains=(L2A, replace(L2B, state=LOST)))
TARGET_BEHIND = replace(WELL, chains=(L2A, replace(L2B, state=BEHIND)))
PAUSED = replace(WELL, switches=SwitchReading(paused={NAME: BY}))
DRAINED = replace(WELL, switches=SwitchReading(draining=BY))
POOR = replace(WELL, report=make_report(lacking=(Lack(TARGET, "DAI", 20, 3, is_total=True),)))


@pytest.fixture
def tracker() -> DirectionTracker:
    """Of a direction that has not begun."""
    return DirectionTracker(NAME, FakeClock())


@pytest.fixture
def active(tracker: DirectionTracker) -> DirectionTracker:
    """Of a direction at work."""
    assert tracker.status(WELL).state.state == "active"
    return tracker


def seen(status: DirectionStatus) -> tuple[str, bool, str | None]:
    """State, readiness and reason."""
    return status.state.state, status.is_ready, status.state.reason


def test_a_direction_waits_for_its_chains_and_workers(tracker: DirectionTracker) -> None:
    """Until both chains are read up to now: a first reading is not stale, it is waited for."""
    no_workers = replace(WELL, is_built=False, report=None)
    assert seen(tracker.status(TARGET_LOST)) == (
        "waiting",
        False,
        "l2b is reconnecting: no answer in time",
    )
    assert seen(tracker.status(no_workers)) == ("waiting", False, "its workers are being built")
    assert tracker.status(TARGET_BEHIND).state.state == "waiting"
    assert seen(tracker.status(WELL)) == ("active", True, None)


def test_a_direction_waits_again_for_a_chain_that_is_lost(active: DirectionTracker) -> None:
    """The missing chain is named; it begins again when the chain is read."""
    assert seen(active.status(TARGET_LOST)) == (
        "waiting",
        False,
        "l2b is reconnecting: no answer in time",
    )
    assert active.status(TARGET_BEHIND).state.state == "waiting"
    assert seen(active.status(WELL)) == ("active", True, None)


@pytest.mark.parametrize(
    ("around", "reason"),
    [
        (PAUSED, "operator has paused it"),
        (TARGET_BEHIND, "l2b is syncing: its newest events are still being read"),
        (POOR, f"too little DAI on chain {TARGET}: 3 of 20"),
    ],
)
def test_a_direction_is_paused_for_a_reason(
    active: DirectionTracker, around: Circumstances, reason: str
) -> None:
    """By its operator, for a stale view, for lack of funds; and goes on when that is over."""
    assert seen(active.status(around)) == ("paused", False, reason)
    assert seen(active.status(WELL)) == ("active", True, None)


def test_funds_for_one_request_only_are_no_reason_to_pause(active: DirectionTracker) -> None:
    """Smaller ones can be filled."""
    lack = Lack(TARGET, "DAI", 20, 3, is_total=False)
    assert active.status(replace(WELL, report=make_report(lacking=(lack,)))).is_ready


def test_a_direction_that_was_paused_before_it_began_begins_paused(
    tracker: DirectionTracker,
) -> None:
    """It is never active in between."""
    assert tracker.status(PAUSED).state.state == "paused"


def test_draining_stays_whatever_the_chains_do_and_can_be_taken_back(
    active: DirectionTracker,
) -> None:
    """All reasons are told."""
    lost = replace(TARGET_LOST, switches=DRAINED.switches)
    assert seen(active.status(DRAINED)) == ("draining", False, "operator drains the agent")
    assert seen(active.status(lost)) == (
        "draining",
        False,
        "operator drains the agent; l2b is reconnecting: no answer in time",
    )
    assert active.status(WELL).state.state == "active"


def test_a_direction_without_l1_fills_on_but_is_not_ready(active: DirectionTracker) -> None:
    """It could not carry a proof; where none is carried, L1 is nobody's business."""
    without = replace(WELL, base=replace(BASE, state=LOST))
    reason = "base-chain is reconnecting: no answer in time"
    assert seen(active.status(without)) == ("active", False, reason)
    assert active.status(replace(WELL, base=None)).is_ready


def test_stages_are_those_of_the_report(active: DirectionTracker) -> None:
    """A stake is told among the values."""
    stages = {stage.stage: stage for stage in active.status(WELL).stages}
    assert stages["claimed"] == StageStatus("claimed", 1, {"DAI": 5, "wei": 7}, None)
    assert stages["filling"] == StageStatus("filling", 0, {}, None)
