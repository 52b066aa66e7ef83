"""StakeBook: no direction stakes what another has staked already."""

import threading

import pytest

from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.types import Wei

pytestmark = pytest.mark.unit


def test_bids_of_all_directions_share_one_limit() -> None:
    """The last wei of it may be bid."""
    book = StakeBook(Wei(10))
    book.state("a->b", Wei(4))
    book.state("a->c", Wei(3))
    assert book.total() == 7
    assert not book.take("a->d", Wei(4))
    assert book.take("a->d", Wei(3))
    assert book.total() == 10


def test_direction_states_its_sum_anew() -> None:
    """What it took since is in there, or has not come about."""
    book = StakeBook(Wei(10))
    assert book.take("a->b", Wei(6))
    book.state("a->b", Wei(1))
    assert book.total() == 1
    assert book.take("a->c", Wei(9))


def test_refused_bid_leaves_no_trace() -> None:
    """A smaller one may still be made."""
    book = StakeBook(Wei(10))
    assert not book.take("a->b", Wei(11))
    assert book.total() == 0
    assert book.take("a->b", Wei(10))


def test_no_two_threads_take_the_same_room() -> None:
    """Directions decide in threads of their own."""
    book = StakeBook(Wei(100))
    taken: list[bool] = []
    start = threading.Barrier(4)

    def bid(name: str) -> None:
        start.wait(5)
        taken.extend(book.take(name, Wei(1)) for _ in range(50))

    threads = [threading.Thread(target=bid, args=(f"a->{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (taken.count(True), book.total()) == (100, 100)
