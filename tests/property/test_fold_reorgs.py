"""The fold depends on the canonical chains alone, however they were read."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.events.view import ChainView
from beamer_agent.state.fold import Fold
from beamer_agent.types import ChainId, Timestamp
from tests.factories import DIRECTION, NOW, SOURCE, TARGET, US
from tests.made_views import TERMS, make_chain_view
from tests.property.chain_readings import Reading
from tests.property.histories import Ledger, ledgers
from tests.property.test_fold_order import folded, state_of

pytestmark = pytest.mark.property

seeds = st.integers(0, 2**32)


def readings_of(fold: Fold, ledger: Ledger, other: Ledger, chance: Random) -> list[Reading]:
    """Of both chains; what the other ledger tells stands on dead branches."""
    return [
        Reading(fold, chain_id, ledger.events, other.events, chance)
        for chain_id in (SOURCE, TARGET)
    ]


def view_of(chain_id: ChainId, reading: Reading) -> ChainView:
    """What the monitor would say of it."""
    since = Timestamp(0 if reading.is_whole else NOW)
    return make_chain_view(chain_id, events_since=since, final_until=reading.final_until)


def forget(fold: Fold, readings: list[Reading]) -> None:
    """As after a turn of the planner."""
    source, target = map(view_of, (SOURCE, TARGET), readings)
    fold.forget_settled(source, target, TERMS.request_extension)


@given(ledgers, ledgers, seeds)
def test_any_reading_folds_to_the_state_of_the_canonical_chains(
    ledger: Ledger, other: Ledger, seed: int
) -> None:
    """Backward history, forward batches, reorganisations and duplicates, in any interleaving."""
    chance, fold = Random(seed), Fold(DIRECTION, US)  # noqa: S311  # to be repeated
    readings = readings_of(fold, ledger, other, chance)
    for _ in range(30):
        chance.choice(readings).turn()
    for reading in readings:
        reading.finish()
    straight = folded(ledger.events)
    assert (state_of(fold), fold.kept) == (state_of(straight), straight.kept)


@given(ledgers, ledgers, seeds)
def test_forgetting_on_the_way_loses_nothing_that_is_open(
    ledger: Ledger, other: Ledger, seed: int
) -> None:
    """What is left is what a straight fold forgets nothing of."""
    chance, fold = Random(seed), Fold(DIRECTION, US)  # noqa: S311  # to be repeated
    readings = readings_of(fold, ledger, other, chance)
    for _ in range(30):
        chance.choice(readings).turn()
        forget(fold, readings)
    for reading in readings:
        reading.finish()
        forget(fold, readings)
    straight = folded(ledger.events)
    forget(straight, readings)
    assert open_of(fold) == open_of(straight)


def open_of(fold: Fold) -> tuple[Any, ...]:
    """Its requests and claims; not what waits for a request that never came."""
    return state_of(fold)[:3]
