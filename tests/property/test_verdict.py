"""Judging, whatever fails whenever: no restart too many, and nobody forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.errors import ThrashingError
from beamer_agent.orders import SERVICE, SUPERVISOR, RestartKind
from beamer_agent.pulse import PulseReading
from beamer_agent.service.restarts import PastRestart
from beamer_agent.service.verdict import (
    HOUR_SECONDS,
    LONGEST_PAUSE_SECONDS,
    MOST_RESTARTS,
    QUIET_SECONDS,
    judge,
    pause_before_restart,
)

pytestmark = pytest.mark.property

PARTS = ("l2a", "l2b", "base-chain", "l2a->l2b", "l2b->l2a")
GENTLE, HARD = RestartKind.GENTLE, RestartKind.HARD


@dataclass
class Life:
    """An agent whose parts fail when they are told to, and whose supervisor obeys the judge."""

    now: float = 0.0
    failing: set[str] = field(default_factory=set)
    past: list[PastRestart] = field(default_factory=list)
    error_since: float | None = None

    def turn(self, failing: set[str], seconds: float, *, helps: bool) -> None:
        """Some time later these have failed, too."""
        self.now += seconds
        self.failing |= failing
        verdict = judge(self.readings(), self.past, self.now)
        for order in verdict.orders:
            self.restarted(order.part, order.kind, helps=helps)
        if verdict.error is not None and self.error_since is None:
            self.error_since = self.now
        self._restart_whole(helps=helps)

    def readings(self) -> list[PulseReading]:
        """Of one worker per part."""
        return [
            PulseReading(part, part, 1, 60, False, 0, 0, 0, "KeyError", part in self.failing)
            for part in PARTS
        ]

    def restarted(self, part: str, kind: RestartKind, *, helps: bool) -> None:
        """It is done at once."""
        self.past.append(PastRestart(part, kind, SUPERVISOR, self.now))
        if helps:
            self.failing -= set(PARTS) if part == SERVICE else {part}

    def _restart_whole(self, *, helps: bool) -> None:
        since = self.error_since
        if since is not None and self.now >= since + pause_before_restart(self.past, since):
            self.error_since = None
            self.restarted(SERVICE, HARD, helps=helps)


turns = st.lists(
    st.tuples(st.sets(st.sampled_from(PARTS)), st.floats(0.5, 2_000), st.booleans()), max_size=60
)


@given(turns)
def test_restarts_are_bounded_and_escalate(story: Sequence[tuple[set[str], float, bool]]) -> None:
    """Of parts, so many in an hour; a hard one follows a gentle one, and nothing a hard one."""
    life = Life()
    for failing, seconds, helps in story:
        life.turn(failing, seconds, helps=helps)
    of_parts = [restart for restart in life.past if restart.part != SERVICE]
    for restart in of_parts:
        hour = [r for r in of_parts if 0 <= restart.at - r.at < HOUR_SECONDS]
        assert len(hour) <= MOST_RESTARTS
        before = life.past[: life.past.index(restart)]
        soon = {
            r.kind
            for r in before
            if r.part in (restart.part, SERVICE) and restart.at - r.at < QUIET_SECONDS
        }
        assert soon == (set() if restart.kind is GENTLE else {GENTLE})


@given(turns)
def test_whatever_is_broken_is_tried_again(story: Sequence[tuple[set[str], float, bool]]) -> None:
    """As soon as restarts help, all is well after the longest pause, however bad it was before."""
    life = Life()
    for failing, seconds, _ in story:
        life.turn(failing, seconds, helps=False)
    for _ in range(3):
        life.turn(set(), LONGEST_PAUSE_SECONDS, helps=True)
    assert life.failing == set()


past_restarts = st.lists(
    st.builds(
        PastRestart,
        st.sampled_from((*PARTS, SERVICE)),
        st.sampled_from(RestartKind),
        st.sampled_from((SUPERVISOR, "period", "uid 0")),
        st.floats(0, 10_000),
        st.booleans(),
    ),
    max_size=12,
)


@given(st.sets(st.sampled_from(PARTS)), past_restarts)
def test_every_failure_has_its_answer(failing: set[str], past: list[PastRestart]) -> None:
    """An order, an error, or a restart that is on its way: of the part, its chain, or all."""
    verdict = judge(Life(failing=failing).readings(), past, 10_000.0)
    on_their_way = {restart.part for restart in past if restart.is_pending}
    ordered = {order.part for order in verdict.orders}
    assert ordered <= failing - on_their_way
    assert len(ordered) == len(verdict.orders)
    if SERVICE in on_their_way:
        assert (ordered, verdict.error) == (set(), None)
    elif verdict.error is None:
        answered = ordered | on_their_way
        chains = {part for part in answered if "->" not in part}
        assert all(part in answered or chains & set(part.split("->")) for part in failing)
    if isinstance(verdict.error, ThrashingError):
        assert ordered == set()
    if not failing:
        assert (ordered, verdict.error) == (set(), None)
