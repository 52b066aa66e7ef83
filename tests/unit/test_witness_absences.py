"""Witness: whether a fill is absent, before a claim is said to be false."""

import pytest

from beamer_agent.actions.testimony import Testimony
from beamer_agent.events.inquiry import INVENTS, LACKS
from beamer_agent.types import BlockNumber, FillId
from tests.doubles import ErrorObject, FakeChain
from tests.factories import FILL_ID, OTHER_FILL_ID, REQUEST_ID, TARGET
from tests.witnessing import DENIED, POLL_PERIOD, UNKNOWN, UPHELD, Witnessing, down, has_fill

pytestmark = pytest.mark.unit

READ_UNTIL = BlockNumber(96)


def lacks_fill(head: int = 100) -> FakeChain:
    """An endpoint of the target chain on which the request has no fill."""
    return has_fill(head, FillId(bytes(32)))


def ask(witnessing: Witnessing) -> Testimony:
    """What is said now."""
    return witnessing.witness.attests_absence(REQUEST_ID, FILL_ID, READ_UNTIL)


def hear(*target: FakeChain) -> Testimony:
    """What endpoints say together."""
    witnessing = Witnessing(target=target)
    ask(witnessing)
    witnessing.turn()
    return ask(witnessing)


def test_an_absence_is_asked_in_the_witnesss_thread() -> None:
    """As all else; who asked is told."""
    witnessing = Witnessing(target=[lacks_fill()])
    assert ask(witnessing) is UNKNOWN
    assert witnessing.wake.is_set()
    assert witnessing.target.asked == []
    witnessing.turn()
    assert ask(witnessing) is UPHELD
    assert witnessing.changes == 1


def test_no_fill_and_another_fill_are_both_absences() -> None:
    """Of the one that is asked about."""
    assert hear(lacks_fill()) is UPHELD
    assert hear(has_fill(fill_id=OTHER_FILL_ID)) is UPHELD


def test_a_fill_that_stands_is_no_absence() -> None:
    """The claim is honest."""
    assert hear(has_fill()) is DENIED


def test_an_endpoint_that_is_down_keeps_nobody_from_answering() -> None:
    """One is enough, if no other contradicts."""
    assert hear(down(), lacks_fill(), down()) is UPHELD


def test_where_nobody_answers_nothing_is_known() -> None:
    """And nothing is challenged."""
    assert hear(down(), down()) is UNKNOWN


def test_half_against_half_is_no_absence() -> None:
    """One of them lies, and nobody knows which."""
    assert hear(lacks_fill(), has_fill()) is UNKNOWN


def test_an_endpoint_that_hides_a_fill_is_distrusted() -> None:
    """Two of three see it."""
    witnessing = Witnessing(target=[has_fill(), lacks_fill(), has_fill()])
    ask(witnessing)
    witnessing.turn()
    assert ask(witnessing) is DENIED
    assert witnessing.target.distrusted == [("l2a/2", LACKS)]
    assert witnessing.disagreements() == [(["l2a/2"], ["l2a/1", "l2a/3"])]
    (line,) = [line for line in witnessing.log.lines if line["event"] == "Endpoints disagree"]
    assert (line["chain_id"], line["subject"]) == (TARGET, "Absence")


def test_an_endpoint_that_invents_a_fill_is_distrusted() -> None:
    """It protects no thief."""
    witnessing = Witnessing(target=[lacks_fill(), has_fill(), lacks_fill()])
    ask(witnessing)
    witnessing.turn()
    assert ask(witnessing) is UPHELD
    assert witnessing.target.distrusted == [("l2a/2", INVENTS)]


def test_an_endpoint_that_is_behind_cannot_say_that_a_fill_is_absent() -> None:
    """It may have been made since."""
    assert hear(lacks_fill(READ_UNTIL - 1)) is UNKNOWN
    assert hear(lacks_fill(READ_UNTIL)) is UPHELD


def test_an_endpoint_that_has_the_fill_is_heard_however_far_behind() -> None:
    """Another, with blocks that it has invented, would be alone otherwise."""
    assert hear(lacks_fill(10**9), has_fill(READ_UNTIL - 1)) is UNKNOWN
    assert hear(has_fill(READ_UNTIL - 1)) is DENIED


@pytest.mark.parametrize("answer", ["0x", None, "0xzz", ErrorObject("execution reverted", 3)])
def test_nonsense_is_no_absence(answer: object) -> None:
    """An endpoint without the contract's state answers with nothing at all."""
    odd = has_fill()
    odd.always("eth_call", answer)
    assert hear(odd) is UNKNOWN


def test_an_absence_is_looked_at_again_after_two_polls() -> None:
    """A reorganisation may have brought the fill; it is asked only when somebody asks."""
    chain = lacks_fill()
    witnessing = Witnessing(target=[chain])
    ask(witnessing)
    witnessing.turn()
    witnessing.clock.advance(2 * POLL_PERIOD)
    assert ask(witnessing) is UPHELD
    witnessing.clock.advance(0.1)
    assert ask(witnessing) is UNKNOWN
    chain.always("eth_call", "0x" + FILL_ID.hex())
    witnessing.turn()
    assert ask(witnessing) is DENIED


def test_an_absence_holds_for_two_seconds_where_polls_are_short() -> None:
    """Hundreds of false claims at once wait to be answered, and all answers must be fresh."""
    witnessing = Witnessing(target=[lacks_fill()], poll_period=0.2)
    ask(witnessing)
    witnessing.turn()
    witnessing.clock.advance(2)
    assert ask(witnessing) is UPHELD
    witnessing.clock.advance(0.1)
    assert ask(witnessing) is UNKNOWN


def test_many_absences_are_asked_in_one_request() -> None:
    """Each is told apart by its place in the answer."""
    chain = has_fill()
    witnessing = Witnessing(target=[chain])
    fill_ids = [FillId(bytes([n]) * 32) for n in range(1, 4)] + [FILL_ID]

    def say() -> list[Testimony]:
        witness = witnessing.witness
        return [witness.attests_absence(REQUEST_ID, f, READ_UNTIL) for f in fill_ids]

    say()
    witnessing.turn()
    assert say() == [UPHELD] * 3 + [DENIED]
    assert chain.posts == 1
