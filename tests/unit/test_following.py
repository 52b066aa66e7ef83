"""Following: monitor and history of a chain tell the same readers, and riders come along."""

from collections.abc import Sequence
from typing import Any

import pytest

from beamer_agent.errors import RpcUnreachableError
from beamer_agent.rpc.model import Block
from beamer_agent.rpc.push import PushEndpoint, PushSocket
from tests.factories import make_claim_made, make_request_created
from tests.watching import watch

pytestmark = pytest.mark.unit


def _no_socket() -> PushSocket:
    raise RpcUnreachableError("Connection refused")


class Passenger:
    """Asks for a balance with every look."""

    def __init__(self) -> None:
        self.heads: list[int] = []

    def questions(self) -> Sequence[tuple[str, Sequence[Any]]]:
        """See `Rider`."""
        return [("eth_gasPrice", ())]

    def take(self, _results: Sequence[Any], head: Block) -> None:
        """See `Rider`."""
        self.heads.append(head.number)


def test_new_and_old_events_go_to_the_same_readers() -> None:
    """In one order; the history is woken when there is one."""
    seen = watch(head=3_000)
    late = make_claim_made(block_number=2_999)
    seen.chain.events.append(late)
    seen.settle()
    assert seen.history_wake.is_set()
    seen.read_history()
    assert seen.batches == seen.other
    assert set(seen.events) == {late, make_request_created(), make_claim_made()}


def test_the_history_is_not_woken_by_itself() -> None:
    """Its own batches are no news to it."""
    seen = watch(head=3_000)
    seen.settle()
    seen.history_wake.clear()
    seen.history.step()
    assert not seen.history_wake.is_set()


def test_riders_come_along_with_every_look() -> None:
    """At no cost of their own."""
    rider = Passenger()
    seen = watch(riders=[rider])
    seen.settle()
    before = seen.posts
    seen.settle(101)
    assert rider.heads == [100, 101]
    assert seen.posts == before + 1


def test_heads_are_asked_for_again_as_soon_as_the_chain_is_back() -> None:
    """Polls found out; a socket that was tried in vain would be tried half a minute later."""
    seen = watch(pushes=[PushEndpoint("l2a/ws1", _no_socket)])
    assert seen.heads is not None
    seen.step()
    seen.fails("eth_getBlockByNumber")
    assert not seen.heads.wake.is_set()
    seen.step()
    assert seen.heads.wake.is_set()


def test_a_return_is_told_after_any_failure_and_once() -> None:
    """A node that was killed and started again within a moment has lost its pool as well."""
    seen = watch()
    seen.step()
    seen.fails("eth_getBlockByNumber")
    assert seen.returns == 0
    seen.step()
    seen.step()
    assert seen.returns == 1
