"""Repeats: what was decoded before is not decoded again, and nothing else is taken for it."""

import sys
from collections.abc import Sequence

import pytest

from beamer_agent.contracts.interface import packaged_abi
from beamer_agent.errors import UndecodableLogError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import Event
from beamer_agent.events.repeats import Repeats
from beamer_agent.rpc.model import RawLog
from tests.factories import ALICE, SOURCE, make_claim_made, make_request_created
from tests.raw_logs import make_log

pytestmark = pytest.mark.unit

CREATED, CLAIMED = make_request_created(), make_claim_made()


class Counting:
    """Decodes, and counts what it was given."""

    def __init__(self) -> None:
        self.logs = 0
        self._decoder = EventDecoder(SOURCE, [packaged_abi("RequestManager")])

    def decode(self, logs: Sequence[RawLog]) -> tuple[Event, ...]:
        """All of them."""
        self.logs += len(logs)
        return tuple(self._decoder.decode(logs))


@pytest.fixture
def counting() -> Counting:
    """Nothing was decoded yet."""
    return Counting()


@pytest.fixture
def repeats(counting: Counting) -> Repeats:
    """Has seen nothing yet."""
    return Repeats(counting.decode)


def test_log_of_the_answer_before_is_not_decoded_again(
    repeats: Repeats, counting: Counting
) -> None:
    """Only what is new; the events are those of the chain, in its order."""
    assert repeats.decode([make_log(CREATED)]) == (CREATED,)
    assert repeats.decode([make_log(CLAIMED), make_log(CREATED)]) == (CREATED, CLAIMED)
    assert counting.logs == 2


def test_another_log_at_the_same_place_is_decoded(repeats: Repeats) -> None:
    """Its block has replaced another one."""
    other = make_claim_made(claimer=ALICE)
    repeats.decode([make_log(CLAIMED)])
    assert repeats.decode([make_log(other)]) == (other,)


def test_logs_that_were_not_in_the_answer_before_are_forgotten(
    repeats: Repeats, counting: Counting
) -> None:
    """Memory is bounded by one answer."""
    for log in (make_log(CREATED), make_log(CLAIMED), make_log(CREATED)):
        repeats.decode([log])
    assert counting.logs == 3


def test_log_of_another_event_is_passed_over(repeats: Repeats, counting: Counting) -> None:
    """Each time, and looked at once."""
    other = make_log(CREATED) | {"topics": ["0x" + 32 * "ab"]}
    assert repeats.decode([other]) == ()
    assert repeats.decode([other]) == ()
    assert counting.logs == 1


def test_log_that_cannot_be_decoded_is_an_error_each_time(repeats: Repeats) -> None:
    """It is not taken for known."""
    broken = make_log(CREATED) | {"data": "0x"}
    for _ in range(2):
        with pytest.raises(UndecodableLogError):
            repeats.decode([broken])


def test_raw_logs_are_not_kept(repeats: Repeats) -> None:
    """They take several times what the events take, which others hold anyway."""
    log = make_log(CREATED)
    before = sys.getrefcount(log)
    repeats.decode([log])
    assert sys.getrefcount(log) == before
