"""Fence: what passes while it is open, and that nothing passes afterwards."""

import threading

import pytest

from beamer_agent.errors import SupersededError
from beamer_agent.fence import Fence
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.types import Wei

pytestmark = pytest.mark.unit

SOON = 10.0


class Ledger:
    """Something that is shared."""

    def __init__(self) -> None:
        self.is_empty = True
        self.is_inside = threading.Event()
        self.may_go_on = threading.Event()

    def write_slowly(self) -> None:
        """As long as the test wants."""
        self.is_inside.set()
        self.may_go_on.wait(SOON)
        self.is_empty = False


def test_an_open_fence_is_not_noticed() -> None:
    """Methods and properties are those of the thing itself."""
    book, ledger, fence = StakeBook(Wei(10)), Ledger(), Fence("l2a->l2b")
    fenced = fence.around(book)
    assert fenced.take("l2a->l2b", Wei(7))
    assert book.total() == fenced.total() == 7
    assert fence.around(ledger).is_empty
    ledger.is_empty = False
    assert not fence.around(ledger).is_empty


def test_nothing_passes_a_shut_fence() -> None:
    """Neither what is called for the first time nor what was called before, nor properties."""
    book, fence = StakeBook(Wei(10)), Fence("l2a->l2b")
    fenced, ledger = fence.around(book), fence.around(Ledger())
    fenced.total()
    take = fenced.take
    fence.shut()
    with pytest.raises(SupersededError, match="l2a->l2b was built anew"):
        fenced.total()
    with pytest.raises(SupersededError):
        take("l2a->l2b", Wei(7))
    with pytest.raises(SupersededError):
        _ = ledger.is_empty
    with pytest.raises(SupersededError):
        fence.guard(book.total)()
    assert book.total() == 0


def test_what_a_property_gives_stands_behind_the_fence() -> None:
    """A part of something shared is shared."""

    class Desk:
        def __init__(self) -> None:
            self.book = StakeBook(Wei(10))

    fence = Fence("l2a->l2b")
    book = fence.around(Desk()).book
    assert book.take("l2a->l2b", Wei(7))
    fence.shut()
    with pytest.raises(SupersededError):
        book.take("l2a->l2b", Wei(1))


def test_a_fence_is_shut_only_when_nobody_is_inside() -> None:
    """Once it is shut, nothing is half done that could still come to its end."""
    ledger, fence = Ledger(), Fence("l2a->l2b")
    writer = threading.Thread(target=fence.around(ledger).write_slowly)
    writer.start()
    assert ledger.is_inside.wait(SOON)
    is_shut = threading.Event()

    def shut() -> None:
        fence.shut()
        assert not ledger.is_empty
        is_shut.set()

    builder = threading.Thread(target=shut)
    builder.start()
    assert not is_shut.wait(0.05)
    ledger.may_go_on.set()
    assert is_shut.wait(SOON)
    writer.join(SOON)
    builder.join(SOON)


def test_two_fences_around_one_thing_are_two() -> None:
    """The successor passes its own."""
    book, old, new = StakeBook(Wei(10)), Fence("l2a->l2b"), Fence("l2a->l2b")
    old.shut()
    assert new.around(book).take("l2a->l2b", Wei(7))


def test_an_error_inside_leaves_it_open() -> None:
    """And nobody waits for ever."""
    fence = Fence("l2a->l2b")

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fence.guard(fail)()
    assert fence.guard(lambda: 1)() == 1


def test_a_defect_inside_keeps_nobody_waiting_for_ever() -> None:
    """Whoever is stuck there is left behind; nobody else passes."""
    ledger, fence = Ledger(), Fence("l2a->l2b")
    fenced = fence.around(ledger)
    stuck = threading.Thread(target=fenced.write_slowly)
    stuck.start()
    assert ledger.is_inside.wait(SOON)
    fence.shut()
    ledger.may_go_on.set()
    stuck.join(SOON)
    with pytest.raises(SupersededError):
        fenced.write_slowly()
