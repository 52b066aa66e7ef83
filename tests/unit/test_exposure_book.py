"""ExposureBook: what all directions dare together for requests of one chain."""

import threading

import pytest

from beamer_agent.transactions.exposure import ExposureBook
from beamer_agent.types import TokenAmount

pytestmark = pytest.mark.unit


def make_book(**limits: int) -> ExposureBook:
    """With limits by token."""
    return ExposureBook({symbol: TokenAmount(limit) for symbol, limit in limits.items()})


def test_fills_of_all_directions_share_one_limit() -> None:
    """The last unit of it may be paid."""
    book = make_book(USDC=10)
    book.state("a->b", {"USDC": 4})
    book.state("a->c", {"USDC": 3})
    assert not book.take("a->d", "USDC", TokenAmount(4))
    assert book.take("a->d", "USDC", TokenAmount(3))
    assert not book.take("a->d", "USDC", TokenAmount(1))


def test_each_token_has_a_limit_of_its_own() -> None:
    """Or none."""
    book = make_book(USDC=10, DAI=1)
    assert book.take("a->b", "USDC", TokenAmount(10))
    assert book.take("a->b", "DAI", TokenAmount(1))
    assert not book.take("a->b", "DAI", TokenAmount(1))
    assert book.take("a->b", "WETH", TokenAmount(10**30))
    assert [book.is_limited(symbol) for symbol in ("USDC", "WETH", None)] == [True, False, False]


def test_direction_states_its_sums_anew() -> None:
    """What it took since is in there, or has not come about."""
    book = make_book(USDC=10)
    assert book.take("a->b", "USDC", TokenAmount(6))
    book.state("a->b", {"USDC": 1})
    assert book.take("a->c", "USDC", TokenAmount(9))
    book.state("a->b", {})
    assert book.take("a->c", "USDC", TokenAmount(1))


def test_no_two_threads_take_the_same_room() -> None:
    """Directions decide in threads of their own."""
    book = make_book(USDC=100)
    taken: list[bool] = []
    start = threading.Barrier(4)

    def fill(name: str) -> None:
        start.wait(5)
        taken.extend(book.take(name, "USDC", TokenAmount(1)) for _ in range(50))

    threads = [threading.Thread(target=fill, args=(f"a->{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert taken.count(True) == 100
