"""Testimony: what so many votes amount to."""

import pytest

from beamer_agent.actions.testimony import Testimony, weigh

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("vouching", "denying", "quorum"), [(1, 0, 1), (2, 0, 2), (2, 1, 2), (3, 2, 1)]
)
def test_a_quorum_that_outvotes_the_others_upholds(
    vouching: int, denying: int, quorum: int
) -> None:
    """A lone endpoint is its own quorum."""
    assert weigh(vouching, denying, quorum) is Testimony.UPHELD


@pytest.mark.parametrize(
    ("vouching", "denying", "quorum"), [(0, 1, 1), (0, 2, 2), (1, 2, 2), (2, 3, 2)]
)
def test_a_majority_that_could_be_a_quorum_denies(
    vouching: int, denying: int, quorum: int
) -> None:
    """Whatever the others say, be they a quorum by themselves."""
    assert weigh(vouching, denying, quorum) is Testimony.DENIED


@pytest.mark.parametrize(
    ("vouching", "denying", "quorum"), [(0, 0, 1), (1, 0, 2), (0, 1, 2), (1, 1, 1), (2, 2, 2)]
)
def test_too_few_or_halves_leave_it_open(vouching: int, denying: int, quorum: int) -> None:
    """One that denies while the others are down is no majority either."""
    assert weigh(vouching, denying, quorum) is Testimony.UNKNOWN
