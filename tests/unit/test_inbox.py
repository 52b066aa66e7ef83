"""Inbox: batches in the order of their arrival, from many threads to one."""

import threading

import pytest

from beamer_agent.events.view import Batch
from beamer_agent.inbox import Inbox
from beamer_agent.types import BlockNumber
from tests.factories import SOURCE, TARGET, make_block, make_request_created
from tests.made_views import make_batch

pytestmark = pytest.mark.unit

EVENT = make_request_created()


def test_batches_are_taken_in_the_order_of_their_arrival() -> None:
    """Each once."""
    inbox = Inbox(threading.Event())
    first, second = make_batch(chain_id=SOURCE), make_batch(chain_id=TARGET)
    inbox.deliver(first)
    inbox.deliver(second)
    assert [inbox.take(), inbox.take(), inbox.take()] == [first, second, None]


def test_every_delivery_wakes_the_reader() -> None:
    """Also a batch without events: it brings a newer view."""
    wake = threading.Event()
    inbox = Inbox(wake)
    for _ in range(2):
        wake.clear()
        inbox.deliver(make_batch())
        assert wake.is_set()


def test_nothing_is_lost_between_threads() -> None:
    """And each thread's batches stay in order."""
    inbox = Inbox(threading.Event())
    batches = {
        chain_id: [make_batch(EVENT, chain_id=chain_id, head=make_block(n)) for n in range(500)]
        for chain_id in (SOURCE, TARGET)
    }

    def deliver(own: list[Batch]) -> None:
        for batch in own:
            inbox.deliver(batch)

    threads = [threading.Thread(target=deliver, args=(own,)) for own in batches.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = list(iter(inbox.take, None))
    for chain_id, own in batches.items():
        assert [b for b in taken if b.view.chain_id == chain_id] == own


def test_word_of_replaced_blocks_is_never_dropped() -> None:
    """Nor told after what replaces them; a view alone gives way to a newer one."""
    inbox = Inbox(threading.Event())
    dead = make_batch(dead_above=BlockNumber(5))
    views = [make_batch(head=make_block(number)) for number in (7, 8)]
    inbox.deliver(views[0])
    inbox.deliver(dead)
    inbox.deliver(views[0])
    inbox.deliver(views[1])
    assert list(iter(inbox.take, None)) == [dead, views[1]]
