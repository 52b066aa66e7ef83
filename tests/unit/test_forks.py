"""Forks: what a look says of the blocks that were seen, and where a fork began."""

import pytest

from beamer_agent.errors import RpcTimeoutError
from beamer_agent.events.forks import Standing, compare, find_fork
from beamer_agent.events.poll import Look
from beamer_agent.events.tail import MARKS_AT_ONCE, Tail
from beamer_agent.rpc.model import Block
from tests.doubles import FakeChain, make_client
from tests.factories import make_block, make_fill_id

pytestmark = pytest.mark.unit

OTHER = make_fill_id(1)
MARK = make_block(98)


@pytest.mark.parametrize(
    ("head", "at_mark", "expected"),
    [
        pytest.param(make_block(100), MARK, Standing.SAME, id="it grew"),
        pytest.param(MARK, MARK, Standing.SAME, id="nothing new"),
        pytest.param(make_block(99), MARK, Standing.SAME, id="the next block"),
        pytest.param(
            make_block(100), make_block(98, hash=OTHER), Standing.REPLACED, id="another block"
        ),
        pytest.param(
            make_block(97), make_block(98, hash=OTHER), Standing.REPLACED, id="older, another"
        ),
        pytest.param(
            make_block(90, hash=OTHER), None, Standing.REPLACED, id="another older block"
        ),
        pytest.param(make_block(97), None, Standing.UNCLEAR, id="older, not seen before"),
        pytest.param(make_block(90), None, Standing.UNCLEAR, id="older, seen before"),
        pytest.param(make_block(90), MARK, Standing.UNCLEAR, id="older, yet it has the mark"),
        pytest.param(make_block(100), None, Standing.UNCLEAR, id="newer, without the mark"),
        pytest.param(
            make_block(99, parent_hash=OTHER), MARK, Standing.UNCLEAR, id="on another block"
        ),
        pytest.param(
            make_block(98, hash=OTHER), MARK, Standing.UNCLEAR, id="another at the same height"
        ),
    ],
)
def test_how_a_look_stands_to_what_was_seen(
    head: Block, at_mark: Block | None, expected: Standing
) -> None:
    """Blocks 90 and 98 were seen before."""
    assert compare(Tail([make_block(90), MARK]), Look(head, at_mark, None)) is expected


def test_the_first_look_contradicts_nothing() -> None:
    """Nothing was seen before it."""
    assert compare(Tail([]), Look(make_block(5), None, None)) is Standing.SAME


@pytest.mark.parametrize(("fork", "expected"), [(100, 100), (99, 98), (98, 98), (90, 90)])
def test_a_fork_is_the_newest_block_that_is_still_there(fork: int, expected: int) -> None:
    """Among those that were seen, which lie at or below where it really began."""
    chain = FakeChain(100)
    tail = Tail(map(make_block, (90, 98, 100)))
    chain.replace_above(fork)
    assert find_fork(make_client(chain), tail) == expected


def test_a_fork_below_all_that_was_seen_is_none() -> None:
    """Whatever happened before is unknown as well."""
    chain = FakeChain(100)
    chain.replace_above(89)
    assert find_fork(make_client(chain), Tail([make_block(90), make_block(100)])) is None


def test_blocks_that_are_gone_are_not_there() -> None:
    """The other chain may be shorter."""
    assert find_fork(make_client(FakeChain(95)), Tail(map(make_block, (90, 98)))) == 90


def test_a_deep_fork_takes_several_requests() -> None:
    """Each for some blocks; one is enough for most forks."""
    chain = FakeChain(100)
    chain.replace_above(10)
    tail = Tail(map(make_block, range(101)))
    assert find_fork(make_client(chain), tail) == 10
    assert chain.posts == -(-91 // MARKS_AT_ONCE)


def test_an_endpoint_that_does_not_answer_says_nothing_of_a_fork() -> None:
    """No block counts as gone for that."""
    chain = FakeChain(100)
    chain.always("eth_getBlockByNumber", RpcTimeoutError("slow"))
    with pytest.raises(RpcTimeoutError):
        find_fork(make_client(chain), Tail([make_block(90)]))
