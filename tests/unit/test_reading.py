"""RangeReader: answers that were cut short are found out; errors that are not of size."""

import pytest

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import (
    RpcError,
    RpcPausedError,
    RpcTimeoutError,
    RpcUnreachableError,
    RpcWrongChainError,
)
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import INITIAL_BLOCKS, LARGEST_OVERLAP, BlockRange
from beamer_agent.events.reading import SAMPLE, SUSPICIOUS_LOGS, RangeReader
from beamer_agent.types import BlockNumber
from tests.doubles import FakeChain, FakeClock, RecordingLogger, make_client
from tests.factories import REQUEST_MANAGER, SOURCE, block_hash, make_claim_made, make_fill_id

pytestmark = pytest.mark.unit

ASKED = BlockRange(BlockNumber(1), BlockNumber(100))


class Desk:
    """A reader, and a chain whose endpoint can cut its answers short."""

    def __init__(self, events: list[Event]) -> None:
        self.chain = FakeChain(100, events)
        self.log = RecordingLogger()
        decoder = EventDecoder(SOURCE, [packaged_contract("RequestManager")["abi"]])
        self.reader = RangeReader(
            make_client(self.chain), decoder, [REQUEST_MANAGER], FakeClock(), self.log.logger
        )

    def cut(self, most: int) -> None:
        """From now on, answer with so many logs at most and keep the rest quiet."""
        logs = self.chain.answer_of("eth_getLogs")
        self.chain.on("eth_getLogs", lambda filter_: logs(filter_)[:most])

    def read_all(self) -> int:
        """How many events there are up to block 100, asked for as sizes allow."""
        found, first = 0, BlockNumber(1)
        while (asked := self.reader.size.range_from(first, ASKED.last)) is not None:
            events = self.reader.read(asked)
            if events is not None:
                found, first = found + len(events), BlockNumber(asked.last + 1)
        return found


def many(count: int, first: int = 1, last: int = 100) -> list[Event]:
    """Events spread over blocks."""
    return [
        make_claim_made(block_number=first + place % (last - first + 1), log_index=place)
        for place in range(count)
    ]


@pytest.mark.parametrize("places", [(1, 100), (1, 40), (60, 99), (50, 51)])
def test_an_answer_that_is_cut_short_is_found_out(places: tuple[int, int]) -> None:
    """Wherever the events are; the operator is told, and nothing is left out."""
    desk = Desk(many(SUSPICIOUS_LOGS + 700, *places))
    desk.cut(SUSPICIOUS_LOGS)
    assert desk.read_all() == SUSPICIOUS_LOGS + 700
    assert "Endpoint misses logs" in desk.log.sentences("error")


def test_a_round_number_of_logs_may_be_all_there_are() -> None:
    """Then the halves have them too."""
    desk = Desk(many(SUSPICIOUS_LOGS))
    assert len(desk.reader.read(ASKED) or ()) == SUSPICIOUS_LOGS
    assert desk.chain.ranges() == [(1, 100), (1, 50), (51, 100)]
    in_one_half = Desk(many(SUSPICIOUS_LOGS, 60, 90))
    assert in_one_half.read_all() == SUSPICIOUS_LOGS
    assert desk.log.lines == in_one_half.log.lines == []


def test_a_block_is_not_read_in_halves() -> None:
    """There is nothing to compare it with."""
    desk = Desk(many(SUSPICIOUS_LOGS, 7, 7))
    only = BlockRange(BlockNumber(7), BlockNumber(7))
    assert len(desk.reader.read(only) or ()) == SUSPICIOUS_LOGS
    assert desk.chain.ranges() == [(7, 7)]


def test_now_and_then_any_answer_is_compared_with_its_halves() -> None:
    """Endpoints may cut at other numbers; ranges without events say nothing."""
    desk = Desk(many(7, 47, 53))
    desk.cut(5)
    for _ in range(SAMPLE - 1):
        assert len(desk.reader.read(ASKED) or ()) == 5
        assert desk.reader.read(BlockRange(BlockNumber(60), BlockNumber(70))) == ()
    assert desk.reader.read(ASKED) is None
    assert desk.reader.size.blocks == 50
    assert desk.read_all() == 7


@pytest.mark.parametrize(
    "error", [RpcPausedError("later"), RpcUnreachableError("refused"), RpcWrongChainError("other")]
)
def test_a_question_that_was_not_asked_says_nothing_of_its_size(error: RpcError) -> None:
    """The same range is asked for again."""
    desk = Desk([])
    desk.chain.always("eth_getLogs", error)
    with pytest.raises(type(error)):
        desk.reader.read(ASKED)
    assert desk.reader.size.blocks == INITIAL_BLOCKS
    assert desk.log.lines == []


def test_failures_leave_the_overlap_whole() -> None:
    """Ranges become smaller and soon grow again; what a provider refuses is not asked for."""
    desk = Desk([])
    logs = desk.chain.answer_of("eth_getLogs")
    desk.chain.always("eth_getLogs", RpcTimeoutError("slow"))
    asked = BlockRange(BlockNumber(91), BlockNumber(100))
    for _ in range(2):
        with pytest.raises(RpcTimeoutError):
            desk.reader.read(asked)
    assert (desk.reader.size.blocks, desk.reader.size.overlap) == (5, LARGEST_OVERLAP)
    desk.chain.on("eth_getLogs", logs)
    sizes = []
    for _ in range(4):
        desk.read_all()
        sizes.append(desk.reader.size.blocks)
    assert sizes[-1] >= 2 * LARGEST_OVERLAP


def test_the_lowest_block_that_was_replaced_is_found() -> None:
    """One that the endpoint does not have may be above its head."""
    desk = Desk([])
    other = make_fill_id(3)
    right = {BlockNumber(n): block_hash(n) for n in (20, 10)}
    assert desk.reader.replaced(right | {BlockNumber(200): block_hash(5)}) is None
    wrong = {BlockNumber(40): block_hash(4), BlockNumber(30): type(block_hash(1))(other)}
    assert desk.reader.replaced(right | wrong) == 30
