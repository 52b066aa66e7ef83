"""Judging: which failures of workers lead to which restarts, and when restarting is given up."""

from collections.abc import Sequence

import pytest

from beamer_agent.errors import ServiceError, ThrashingError
from beamer_agent.orders import SERVICE, SUPERVISOR, Restart, RestartKind
from beamer_agent.pulse import PulseReading
from beamer_agent.service.restarts import PastRestart
from beamer_agent.service.verdict import (
    HOUR_SECONDS,
    MOST_RESTARTS,
    QUIET_SECONDS,
    Verdict,
    judge,
    pause_before_restart,
)
from tests.pulses import NOW, died, hanging, resting, working

pytestmark = pytest.mark.unit

GENTLE, HARD = RestartKind.GENTLE, RestartKind.HARD
NOTHING = Verdict()


def restarted(
    part: str,
    kind: RestartKind = GENTLE,
    ago: float = 1.0,
    by: str = SUPERVISOR,
    *,
    is_pending: bool = False,
) -> PastRestart:
    """A restart some seconds ago."""
    return PastRestart(part, kind, by, NOW - ago, is_pending)


def kinds(verdict: Verdict) -> dict[str, RestartKind]:
    """What is ordered for which part."""
    assert verdict.error is None
    assert all(order.by == SUPERVISOR for order in verdict.orders)
    return {order.part: order.kind for order in verdict.orders}


def judged(*readings: PulseReading, past: Sequence[PastRestart] = ()) -> Verdict:
    """What these ask for, now."""
    return judge(readings, past, NOW)


def test_workers_that_do_well_are_left_alone() -> None:
    """Whether they rest for long, are in a step, or fail and try again."""
    assert judged() == NOTHING
    assert (
        judged(resting("l2a", 1e6), working("l2a", 59.0), resting("l2b", failures=100)) == NOTHING
    )


def test_a_part_whose_worker_died_is_restarted_gently() -> None:
    """The order says which worker, and of what."""
    verdict = judged(died("l2a"), resting("l2b"))
    assert verdict == Verdict((Restart("l2a", GENTLE, "Worker[l2a] died (KeyError)", SUPERVISOR),))


def test_a_part_whose_worker_hangs_is_restarted_gently() -> None:
    """Once its step takes longer than its limit; each worker has its own."""
    assert judged(working("l2a", 120.0, limit=120.0)) == NOTHING
    verdict = judged(working("l2a", 121.0, limit=120.0))
    reason = "Worker[l2a] hangs for 121 s"
    assert verdict == Verdict((Restart("l2a", GENTLE, reason, SUPERVISOR),))


def test_several_workers_of_a_part_are_one_restart() -> None:
    """For the first reason."""
    assert kinds(judged(died("l2a"), hanging("l2a"))) == {"l2a": GENTLE}


def test_a_second_failure_soon_is_answered_harder() -> None:
    """Until the first is forgotten."""
    soon = [restarted("l2a", ago=QUIET_SECONDS - 1)]
    late = [restarted("l2a", ago=QUIET_SECONDS)]
    assert kinds(judged(died("l2a"), past=soon)) == {"l2a": HARD}
    assert kinds(judged(died("l2a"), past=late)) == {"l2a": GENTLE}


def test_a_third_failure_soon_is_an_error_of_the_service() -> None:
    """Which says what was in vain."""
    past = [restarted("l2a", ago=900), restarted("l2a", HARD, ago=QUIET_SECONDS - 1)]
    verdict = judged(died("l2a"), past=past)
    assert verdict.orders == ()
    assert type(verdict.error) is ServiceError
    assert str(verdict.error) == "Worker[l2a] died (KeyError), though l2a is new"


def test_a_quiet_time_ends_the_escalation() -> None:
    """The next failure is answered gently again."""
    past = [restarted("l2a", ago=1200), restarted("l2a", HARD, ago=QUIET_SECONDS)]
    assert kinds(judged(died("l2a"), past=past)) == {"l2a": GENTLE}


def test_a_failure_soon_after_all_was_built_anew_is_an_error() -> None:
    """There is nothing harder for one part."""
    past = [restarted(SERVICE, HARD, ago=QUIET_SECONDS - 1)]
    assert judged(died("l2a"), past=past).error is not None


def test_other_parts_are_restarted_beside_a_hopeless_one() -> None:
    """They keep their chance while the service is in Error."""
    verdict = judged(died("l2a"), died("l2b"), past=[restarted("l2a", HARD)])
    assert verdict.error is not None
    assert [order.part for order in verdict.orders] == ["l2b"]


@pytest.mark.parametrize("by", ["period", "uid 1000"])
def test_what_others_asked_for_is_no_failure(by: str) -> None:
    """It neither escalates nor uses up the budget."""
    past = [restarted("l2a", HARD, by=by) for _ in range(MOST_RESTARTS)]
    assert kinds(judged(died("l2a"), past=past)) == {"l2a": GENTLE}


@pytest.mark.parametrize("part", ["l2a", SERVICE])
def test_what_is_on_its_way_is_not_ordered_again(part: str) -> None:
    """The dead worker is seen until its part is built anew."""
    assert judged(died("l2a"), past=[restarted(part, is_pending=True)]) == NOTHING


def test_a_restart_on_its_way_does_not_hold_up_other_parts() -> None:
    """They fail for themselves."""
    past = [restarted("l2b", is_pending=True)]
    assert kinds(judged(died("l2a"), died("l2b"), past=past)) == {"l2a": GENTLE}


def test_a_direction_waits_for_the_restart_of_its_chain() -> None:
    """Calls to the chain are what its workers may hang in; others do not wait."""
    readings = [hanging("l2a->l2b"), hanging("l2c->l2a"), hanging("l2b->l2c"), hanging("l2a")]
    assert kinds(judged(*readings)) == {"l2a": GENTLE, "l2b->l2c": GENTLE}
    past = [restarted("l2a", is_pending=True)]
    assert kinds(judged(*readings[:3], past=past)) == {"l2b->l2c": GENTLE}


@pytest.mark.parametrize("part", ["", SUPERVISOR])
def test_who_belongs_to_no_part_is_not_restarted(part: str) -> None:
    """Least of all the supervisor, by itself."""
    assert judged(died(part)) == NOTHING


def test_more_restarts_than_an_hour_allows_are_thrashing() -> None:
    """Nothing is ordered any more; the sentence says what came last."""
    past = [restarted(f"c{n}", ago=60.0 * n) for n in range(MOST_RESTARTS)]
    verdict = judged(died("l2a"), past=past)
    assert verdict.orders == ()
    assert isinstance(verdict.error, ThrashingError)
    assert str(verdict.error) == "6 restarts within an hour, and Worker[l2a] died (KeyError)"


def test_the_budget_counts_what_is_due_together() -> None:
    """Two at once, with one left, are too many."""
    past = [restarted(f"c{n}") for n in range(MOST_RESTARTS - 1)]
    assert kinds(judged(died("l2a"), past=past)) == {"l2a": GENTLE}
    assert isinstance(judged(died("l2a"), died("l2b"), past=past).error, ThrashingError)


def test_the_budget_is_one_per_hour() -> None:
    """Older ones are forgotten."""
    past = [restarted(f"c{n}", ago=HOUR_SECONDS) for n in range(MOST_RESTARTS)]
    assert kinds(judged(died("l2a"), past=past)) == {"l2a": GENTLE}


@pytest.mark.parametrize(
    ("before", "seconds"), [(0, 60), (1, 120), (2, 240), (3, 480), (4, 600), (50, 600)]
)
def test_the_pause_in_error_doubles_with_each_restart_of_all(before: int, seconds: float) -> None:
    """Up to ten minutes."""
    past = [restarted(SERVICE, HARD, ago=700.0 - n) for n in range(before)]
    assert pause_before_restart(past, NOW) == seconds


def test_the_pause_in_error_is_short_again_after_a_quiet_hour() -> None:
    """And not lengthened by parts, by others, or by what came after."""
    past = [
        restarted(SERVICE, HARD, ago=HOUR_SECONDS),
        restarted(SERVICE, HARD, by="uid 1000"),
        restarted("l2a", HARD),
        restarted(SERVICE, HARD, ago=-5.0),
    ]
    assert pause_before_restart(past, NOW) == 60
