"""Health: what observations of an endpoint make of its rank."""

import pytest

from beamer_agent.rpc.health import (
    DISTRUST_SECONDS,
    FIRST_FOREIGN_SECONDS,
    FOREIGN_SECONDS,
    LAG_SECONDS,
    LONGEST_REST_SECONDS,
    Health,
    report,
)

pytestmark = pytest.mark.unit

GOOD = Health().identified().answered(0.0, 0.01)
NOW = 1.0


def better(first: Health, second: Health, now: float = NOW) -> bool:
    """Whether the first one is asked before the second."""
    return first.rank(now) < second.rank(now)


def test_failures_rest_longer_and_longer_up_to_a_bound() -> None:
    """Half of each rest is left to chance."""
    health, rests = GOOD, []
    for _ in range(6):
        health = health.failed(0.0, 1.0)
        rests.append(health.rests_until)
    assert rests == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert GOOD.failed(0.0, 0.0).rests_until == 0.25
    assert health.failed(0.0, 1.0).rests_until == LONGEST_REST_SECONDS


def test_an_answer_ends_a_rest() -> None:
    """It counts as working again, if it does not fail often."""
    health = GOOD.failed(0.0, 1.0)
    assert health.is_resting(0.4)
    assert health.is_failing
    health = health.answered(0.4, 0.01)
    assert not health.is_resting(0.4)
    assert not health.is_failing


def test_who_fails_often_is_failing_between_failures_too() -> None:
    """Until it has answered for a while."""
    health = GOOD
    for _ in range(4):
        health = health.failed(0.0, 0.0)
    health = health.answered(1.0, 0.01)
    assert health.is_failing
    for _ in range(3):
        health = health.answered(1.0, 0.01)
    assert not health.is_failing


def test_wishes_to_slow_down_are_longer_and_longer_up_to_a_bound() -> None:
    """Where the endpoint does not say how long."""
    health, pauses, now = GOOD, [], 0.0
    for _ in range(7):
        health = health.slowed(now, None)
        pauses.append(health.paused_until - now)
        now = health.paused_until
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@pytest.mark.parametrize(("asked_for", "seconds"), [(7.0, 7.0), (0.0, 1.0), (10**6, 60.0)])
def test_an_endpoint_is_left_alone_for_as_long_as_it_asks(
    asked_for: float, seconds: float
) -> None:
    """Within reason."""
    health = GOOD.slowed(NOW, asked_for)
    assert health.is_paused(NOW + seconds - 0.1)
    assert not health.may_be_asked(NOW + seconds - 0.1)
    assert health.may_be_asked(NOW + seconds)


def test_calls_that_were_under_way_together_are_one_wish() -> None:
    """Eight refusals of one moment are no reason for a pause of two minutes."""
    health = GOOD.slowed(0.0, None).slowed(0.1, None).slowed(0.2, None)
    assert health.paused_until == 1.0
    assert health.slowed(0.3, 9.0).paused_until == 9.3
    assert health.rate_limited == 3


def test_an_answer_starts_pauses_anew() -> None:
    """But not one that was under way when the pause began."""
    health = GOOD.slowed(0.0, None).slowed(1.0, None)
    assert health.answered(1.5, 0.01).slowed(3.0, None).paused_until == 7.0
    assert health.answered(3.0, 0.01).slowed(3.0, None).paused_until == 4.0


def test_another_chain_is_not_asked_until_it_may_have_changed() -> None:
    """Then it has to tell again: soon at first, for it may just be starting."""
    health = GOOD.estranged(0.0)
    assert not health.may_be_asked(FIRST_FOREIGN_SECONDS - 0.1)
    assert health.may_be_asked(FIRST_FOREIGN_SECONDS)
    for _ in range(10):
        health = health.estranged(0.0)
    assert not health.may_be_asked(FOREIGN_SECONDS - 0.1)
    assert health.may_be_asked(FOREIGN_SECONDS)
    assert health.identified().estranged(0.0) == GOOD.estranged(0.0)
    assert not health.is_identified
    assert health.identified().may_be_asked(0.0)


@pytest.mark.parametrize(("is_cut_off", "is_identified"), [(True, False), (False, True)])
def test_who_was_unreachable_tells_its_chain_again(is_cut_off: bool, is_identified: bool) -> None:
    """Another program may listen there by now. Slow answers are no sign of that."""
    health = GOOD.failed(0.0, 0.0, is_cut_off=is_cut_off)
    assert health.is_identified is is_identified


def test_latency_follows_what_is_measured() -> None:
    """A fifth of the way with each answer; answers that had much to do are not measured."""
    health = GOOD.answered(0.0, 1.01)
    assert health.latency == pytest.approx(0.21)
    assert health.answered(0.0, None).latency == health.latency


def test_the_order_of_faults() -> None:
    """Resting, distrusted, behind, failing, slow: each weighs more than all that follow."""
    resting = GOOD.failed(NOW, 1.0)
    distrusted = GOOD.distrusted(NOW, "misses logs")
    lagging = GOOD.showed_head(NOW, LAG_SECONDS)
    failing = GOOD.failed(NOW - 10, 1.0)
    slow = GOOD.answered(0.0, 60.0)
    ranks = [health.rank(NOW) for health in (resting, distrusted, lagging, failing, slow, GOOD)]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == len(ranks)


def test_small_differences_do_not_matter() -> None:
    """Of speed below a twentieth of a second, of lag below five."""
    assert GOOD.rank(NOW) == Health().answered(0.0, 0.049).showed_head(NOW, LAG_SECONDS - 1).rank(
        NOW
    )
    assert better(Health().answered(0.0, 0.06), Health().answered(0.0, 0.3))


def test_who_was_never_asked_counts_as_fast() -> None:
    """So that it is found out."""
    assert better(Health(), Health().answered(0.0, 0.5))


def test_distrust_heals() -> None:
    """After ten minutes."""
    health = GOOD.distrusted(0.0, "misses logs")
    assert health.is_distrusted(DISTRUST_SECONDS - 1)
    assert not health.is_distrusted(DISTRUST_SECONDS)


def test_a_report_says_what_an_operator_asks() -> None:
    """Usable is who serves its chain, wants to be asked, and answered last."""
    assert report("l2a", "l2a/1", GOOD, NOW).is_usable
    for bad in (GOOD.failed(0.0, 0.0), GOOD.slowed(NOW, 5.0), GOOD.estranged(0.0)):
        assert not report("l2a", "l2a/1", bad, NOW).is_usable
    told = report("l2a", "l2a/1", GOOD.distrusted(0.0, "misses logs").showed_head(0.0, 3.0), NOW)
    assert (told.distrusted, told.lag_seconds) == ("misses logs", 3.0)
    assert report("l2a", "l2a/1", GOOD, NOW).distrusted is None
