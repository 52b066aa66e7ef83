"""Gas book: what transactions use, as measured and as learned."""

import json
from pathlib import Path
from typing import Final

import pytest

from beamer_agent.economy.gas_book import (
    CLAIM,
    FILL,
    MEASURED_GAS,
    MOST_FACTOR,
    REMEMBER_SECONDS,
    GasBook,
    Usage,
)
from beamer_agent.types import Wei
from tests.doubles import FakeClock

pytestmark = pytest.mark.unit

SNAPSHOTS: Final = Path(__file__).parents[2] / "contracts" / "snapshots" / "transactions.json"
NONE: Final = Wei(0)


def test_it_begins_with_the_packaged_contracts() -> None:
    """With what the contracts' own tests have measured."""
    measured = json.loads(SNAPSHOTS.read_text())
    names = {"fill": "2 fillRequest", "claim": "3 claimRequest", "withdraw": "4 withdraw"}
    assert {label: int(measured[name]) for label, name in names.items()} == {
        label: MEASURED_GAS[label] for label in names
    }
    book = GasBook()
    assert {label: book.usage(label) for label in MEASURED_GAS} == {
        label: Usage(gas) for label, gas in MEASURED_GAS.items()
    }


def test_first_transaction_replaces_what_was_measured() -> None:
    """It tells of the contracts that are really there; other kinds stay as they are."""
    book = GasBook()
    book.learn(FILL, 90_000, Wei(123))
    assert book.usage(FILL) == Usage(90_000, is_learned=True, data_fee=Wei(123))
    assert book.usage(CLAIM) == Usage(MEASURED_GAS[CLAIM])


def test_average_moves_slowly() -> None:
    """One odd transaction counts for an eighth; what lasts is learned."""
    book = GasBook()
    book.learn(FILL, 80_000, Wei(800))
    book.learn(FILL, 100_000, Wei(0))
    assert book.usage(FILL) == Usage(82_500, is_learned=True, data_fee=Wei(700))
    for _ in range(60):
        book.learn(FILL, 100_000, Wei(0))
    assert book.usage(FILL).gas == pytest.approx(100_000, rel=0.001)


def test_other_transactions_are_none_of_its() -> None:
    """Bids, for example."""
    book = GasBook()
    book.learn("challenge", 46_000, NONE)
    assert not any(book.usage(label).is_learned for label in MEASURED_GAS)


def test_mistake_of_an_endpoint_is_not_learned_for_good() -> None:
    """No transaction uses twenty times as much."""
    book = GasBook()
    book.learn(FILL, 2**62, NONE)
    assert book.usage(FILL).gas == MOST_FACTOR * MEASURED_GAS[FILL]


def test_average_is_forgotten_when_nothing_mends_it() -> None:
    """One that is too high may keep the very fills from being made that would."""
    clock = FakeClock()
    book = GasBook(clock)
    book.learn(FILL, 2**62, Wei(2**200))
    clock.advance(REMEMBER_SECONDS - 1)
    assert book.usage(FILL).is_learned
    book.learn(CLAIM, 90_000, NONE)
    clock.advance(1)
    assert book.usage(FILL) == Usage(MEASURED_GAS[FILL])
    assert book.usage(CLAIM).gas == 90_000
    book.learn(FILL, 80_000, NONE)
    assert book.usage(FILL).gas == 80_000
