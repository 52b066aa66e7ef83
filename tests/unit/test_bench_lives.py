"""What became of many requests is told from their events alone."""

import pytest

from beamer_agent.devnet.logs import Log
from beamer_agent.types import BlockNumber, RequestId, TransactionHash
from benchmarks.lives import CLAIMED, CREATED, FILLED, STAGES, WITHDRAWN, Lives
from tests.factories import US

pytestmark = pytest.mark.unit

OURS = TransactionHash(b"\x01" * 32)
ANOTHER = TransactionHash(b"\x02" * 32)


def event(name: str, request: int, block: int, transaction_hash: TransactionHash = OURS) -> Log:
    """Something that has happened to a request."""
    arguments = {"requestId": RequestId(bytes([request]) * 32)}
    return Log(name, US, BlockNumber(block), transaction_hash, arguments)


def whole_life(request: int, first: int) -> list[Log]:
    """All stages, a block each."""
    return [event(stage, request, first + place) for place, stage in enumerate(STAGES)]


def test_whole_lives_are_as_they_should_be() -> None:
    """The last of each stage is in the newest block."""
    lives = Lives([*whole_life(1, 10), *whole_life(2, 20)], {OURS})
    assert [lives.off_by(stage) for stage in STAGES] == [0, 0, 0, 0]
    assert [lives.last(stage) for stage in STAGES] == [20, 21, 22, 23]
    assert lives.blocks(FILLED) == [11, 21]


def test_requests_of_other_transactions_do_not_count() -> None:
    """Neither they nor what follows from them."""
    other = [event(CREATED, 9, 1, ANOTHER), event(FILLED, 9, 99)]
    lives = Lives([*other, *whole_life(1, 10)], {OURS})
    assert len(lives.requests) == 1
    assert lives.last(FILLED) == 11


def test_a_second_claim_and_a_missing_one_do_not_make_up_for_each_other() -> None:
    """Two requests with two claims, both of the first one."""
    logs = [*whole_life(1, 10), event(CLAIMED, 1, 15), event(CREATED, 2, 10), event(FILLED, 2, 11)]
    lives = Lives(logs, {OURS})
    assert lives.off_by(FILLED) == 0
    assert lives.off_by(CLAIMED) == 2
    assert lives.off_by(WITHDRAWN) == 1


def test_stage_that_nobody_has_reached_has_no_last_block() -> None:
    """An error says so."""
    with pytest.raises(ValueError, match="empty"):
        Lives([event(CREATED, 1, 10)], {OURS}).last(FILLED)
