"""A look: everything that is to be known of a chain, in one HTTP request."""

from collections.abc import Sequence
from typing import Any

import pytest

from beamer_agent.errors import RpcError, RpcPayloadError, RpcResponseError, RpcTimeoutError
from beamer_agent.events.poll import Look, blocks_at, look
from beamer_agent.events.ranges import BlockRange
from beamer_agent.events.tail import Mark
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber
from tests.doubles import ErrorObject, FakeChain, make_client
from tests.factories import REQUEST_MANAGER, block_hash, make_block, make_claim_made
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit

MARK = Mark(BlockNumber(98), block_hash(98))
ASKED = BlockRange(BlockNumber(20), BlockNumber(98))


class Passenger:
    """Asks for gas prices, as often as told."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken: list[tuple[list[Any], Block]] = []

    def questions(self) -> Sequence[tuple[str, Sequence[Any]]]:
        """See `Rider`."""
        return [("eth_gasPrice", ())] * self.count

    def take(self, results: Sequence[Any], head: Block) -> None:
        """See `Rider`."""
        self.taken.append((list(results), head))


@pytest.fixture
def chain() -> FakeChain:
    """With an event in block 30."""
    return FakeChain(100, [make_claim_made()])


def test_head_mark_and_logs_come_with_one_request(chain: FakeChain) -> None:
    """The newest block is asked for first, and logs up to whatever is the newest then."""
    seen = look(make_client(chain), MARK, [REQUEST_MANAGER], ASKED, ())
    assert seen == Look(make_block(100), make_block(98), [make_log(make_claim_made())])
    assert chain.posts == 1
    filter_ = {"address": [REQUEST_MANAGER], "fromBlock": hex(20), "toBlock": "latest"}
    assert chain.calls == [
        ("eth_getBlockByNumber", ["latest", False]),
        ("eth_getBlockByNumber", [hex(98), False]),
        ("eth_getLogs", [filter_]),
    ]


def test_what_is_not_asked_for_is_left_out(chain: FakeChain) -> None:
    """At the start there is no mark; after an error logs are asked for by themselves."""
    assert look(make_client(chain), None, [REQUEST_MANAGER], None, ()) == Look(
        make_block(100), None, None
    )
    assert chain.methods() == ["eth_getBlockByNumber"]


def test_a_block_that_the_endpoint_does_not_have_is_none(chain: FakeChain) -> None:
    """It may be behind."""
    above = Mark(BlockNumber(101), block_hash(101))
    assert look(make_client(chain), above, [], None, ()).at_mark is None
    assert blocks_at(make_client(chain), [99, 101]) == [make_block(99), None]


def test_refused_logs_are_told_as_an_error(chain: FakeChain) -> None:
    """The rest of the look is as good as ever."""
    chain.on("eth_getLogs", lambda _: ErrorObject("too many blocks", -32602))
    seen = look(make_client(chain), MARK, [REQUEST_MANAGER], ASKED, ())
    assert seen.head == make_block(100)
    assert isinstance(seen.logs, RpcResponseError)


@pytest.mark.parametrize("answer", [None, 5, {}, {"number": "0x1"}, ErrorObject("busy")])
def test_an_answer_without_a_newest_block_is_no_look(chain: FakeChain, answer: Any) -> None:
    """Whatever the endpoint says instead of it."""
    chain.on("eth_getBlockByNumber", lambda *_: answer)
    with pytest.raises(RpcError):
        look(make_client(chain), None, [], None, ())


def test_logs_that_are_no_list_are_no_answer(chain: FakeChain) -> None:
    """Who answers so has nothing to say of the events."""
    chain.always("eth_getLogs", {"logs": []})
    seen = look(make_client(chain), MARK, [REQUEST_MANAGER], ASKED, ())
    assert isinstance(seen.logs, RpcPayloadError)


def test_riders_get_the_answers_to_their_own_questions(chain: FakeChain) -> None:
    """In order, with the newest block; who asked for nothing is not called."""
    chain.in_turn("eth_gasPrice", ["0x1", "0x2", "0x3"])
    riders = [Passenger(1), Passenger(0), Passenger(2)]
    look(make_client(chain), MARK, [REQUEST_MANAGER], ASKED, riders)
    head = make_block(100)
    assert [rider.taken for rider in riders] == [[(["0x1"], head)], [], [(["0x2", "0x3"], head)]]
    assert chain.posts == 1


def test_riders_hear_of_refusals_but_not_of_outages(chain: FakeChain) -> None:
    """An error stands where a question failed; no answer at all is no news for them."""
    rider = Passenger(1)
    chain.on("eth_gasPrice", lambda: ErrorObject("no such method", -32601))
    look(make_client(chain), None, [], None, [rider])
    assert isinstance(rider.taken[0][0][0], RpcResponseError)
    chain.always("eth_gasPrice", RpcTimeoutError("slow"))
    with pytest.raises(RpcTimeoutError):
        look(make_client(chain), None, [], None, [rider])
    assert len(rider.taken) == 1
