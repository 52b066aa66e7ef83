"""Health and choice of endpoints, after any observations."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.errors import RpcConnectionError, RpcError, RpcHttpError, RpcTimeoutError
from beamer_agent.rpc.heads import Heads
from beamer_agent.rpc.health import LONGEST_REST_SECONDS, LONGEST_RETRY_AFTER, Health
from beamer_agent.rpc.pool import MOST_ROUNDS
from beamer_agent.types import BlockNumber
from tests.pool_desk import PoolDesk

pytestmark = pytest.mark.property

Observation = Callable[[Health, float], Health]

shares = st.floats(0.0, 1.0)
observations: st.SearchStrategy[Observation] = st.one_of(
    st.builds(lambda s: lambda h, at: h.answered(at, s), st.none() | st.floats(0.0, 60.0)),
    st.builds(lambda c, cut: lambda h, at: h.failed(at, c, is_cut_off=cut), shares, st.booleans()),
    st.builds(lambda r: lambda h, at: h.slowed(at, r), st.none() | st.floats(0.0, 1e9)),
    st.builds(lambda lag: lambda h, at: h.showed_head(at, lag), st.floats(0.0, 1e6)),
    st.just(lambda h, at: h.distrusted(at, "misses logs")),
    st.just(lambda h, at: h.estranged(at)),
    st.just(lambda h, _: h.identified()),
)
lives = st.lists(st.tuples(observations, st.floats(0.0, 100.0)), max_size=30)


def lived(life: list[tuple[Observation, float]]) -> tuple[Health, float]:
    """An endpoint's health after a life, and the time it is then."""
    health, now = Health(), 0.0
    for observe, pause in life:
        now += pause
        health = observe(health, now)
    return health, now


@given(lives)
def test_no_endpoint_is_given_up(life: list[tuple[Observation, float]]) -> None:
    """Whatever it did, it is asked again before long."""
    health, now = lived(life)
    assert 0.0 <= health.error_rate < 1.0
    assert not health.is_resting(now + LONGEST_REST_SECONDS)
    assert health.may_be_asked(now + LONGEST_RETRY_AFTER)


@given(lives)
def test_whoever_answers_well_for_a_while_is_as_good_as_new(
    life: list[tuple[Observation, float]],
) -> None:
    """No fault sticks."""
    health, now = lived(life)
    for _ in range(60):
        now += 30.0
        health = health.identified().answered(now, 0.01).showed_head(now, 0.0)
    assert health.rank(now) == Health().rank(now)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.floats(0.0, 50.0))))
def test_the_highest_head_of_all_is_never_behind(heads: list[tuple[str, int, float]]) -> None:
    """And nobody is behind for longer than heads have been looked at; lower is more behind."""
    known, now = Heads(), 0.0
    for endpoint, number, pause in heads:
        now += pause
        known = known.noted(endpoint, BlockNumber(number), now)
    top = max(known.shown.values(), default=0)
    lags = [known.lag(BlockNumber(number), now) for number in range(top + 1)]
    assert lags[-1] == 0.0
    assert lags == sorted(lags, reverse=True)
    assert all(0.0 <= lag <= now for lag in lags)


troubles: st.SearchStrategy[RpcError | None] = st.sampled_from(
    [
        None,
        RpcConnectionError("Connection refused"),
        RpcTimeoutError("no answer in time"),
        RpcHttpError(500),
        RpcHttpError(429),
        RpcHttpError(429, 7.0),
    ]
)
turns = st.lists(
    st.tuples(st.tuples(troubles, troubles, troubles), st.floats(0.0, 10.0)), max_size=12
)


@given(turns)
def test_a_question_is_answered_whenever_one_of_those_who_may_be_asked_works(
    story: list[tuple[tuple[RpcError | None, ...], float]],
) -> None:
    """And whoever wants to be left alone is; none is asked without end."""
    desk = PoolDesk(3)
    desk.pool.identify()
    for state, pause in story:
        desk.clock.advance(pause)
        for node, trouble in zip(desk.nodes, state, strict=True):
            node.trouble = trouble
            node.given.clear()
        before = [endpoint.health for endpoint in desk.pool.endpoints]
        now = desk.clock.monotonic()
        try:
            assert state[desk.served_by() - 1] is None
        except RpcError:
            pairs = zip(before, state, strict=True)
            assert not any(h.may_be_asked(now) and trouble is None for h, trouble in pairs)
        for health, node in zip(before, desk.nodes, strict=True):
            assert not node.given or health.may_be_asked(desk.clock.monotonic())
            # In each round once, and before it who was cut off tells its chain.
            assert len(node.given) <= 2 * MOST_ROUNDS
