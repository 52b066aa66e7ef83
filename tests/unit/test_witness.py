"""Witness: what several endpoints say together about a request, and about a fill."""

from dataclasses import replace

import pytest

from beamer_agent.errors import RpcConnectionError, RpcHttpError
from beamer_agent.events.inquiry import INVENTS, LACKS
from beamer_agent.types import BlockNumber, RequestId, TokenAmount
from beamer_agent.witness.docket import QUESTIONS_AT_ONCE
from tests.doubles import ErrorObject, FakeChain, block_json
from tests.factories import (
    ALICE,
    AMOUNT,
    block_hash,
    make_block,
    make_request_created,
)
from tests.raw_logs import make_log
from tests.witnessing import (
    CREATED,
    DENIED,
    DEPTH,
    POLL_PERIOD,
    UNKNOWN,
    UPHELD,
    Witnessing,
    down,
    has_request,
    lacks_request,
)

pytestmark = pytest.mark.unit


def forked() -> FakeChain:
    """An endpoint with another block at every height, and the request in it."""
    chain = has_request()

    def block(tag: str, _full: bool) -> object:
        number = chain.head if tag == "latest" else int(tag, 16)
        return block_json(make_block(number, hash=block_hash(number + 1_000)))

    chain.on("eth_getBlockByNumber", block)
    return chain


def test_nothing_is_said_before_endpoints_were_asked() -> None:
    """The asking thread does not wait and asks nobody; the witness's thread is woken."""
    witnessing = Witnessing()
    assert witnessing.witness.attests(CREATED, DEPTH) is UNKNOWN
    assert witnessing.wake.is_set()
    assert witnessing.source.asked == []


def test_one_turn_is_enough_for_an_answer() -> None:
    """Who asked is told that there is one."""
    witnessing = Witnessing([has_request(), has_request()])
    assert witnessing.hear() is UPHELD
    assert witnessing.changes == 1
    assert witnessing.disagreements() == []


def test_each_endpoint_is_asked_in_one_request() -> None:
    """However many events there are; a long row of them is cut."""
    chain = has_request()
    witnessing = Witnessing([chain])
    for number in range(QUESTIONS_AT_ONCE // 2):
        witnessing.witness.attests(replace(CREATED, block_number=BlockNumber(number)), DEPTH)
    assert (witnessing.turn(), chain.posts) == (0.0, 1)
    witnessing.turn()
    assert chain.posts == 2


def test_requests_of_one_block_share_their_questions() -> None:
    """The head, the block and its logs are asked for once, and each request has its own answer."""
    created = [make_request_created(nonce=nonce, log_index=nonce) for nonce in range(200)]
    chain = has_request()
    chain.on("eth_getLogs", lambda _filter: [make_log(event) for event in created[1:]])
    witnessing = Witnessing([chain])
    for event in created:
        witnessing.witness.attests(event, DEPTH)
    witnessing.turn()
    assert [len(requests) for requests in witnessing.source.asked] == [3]
    told = [witnessing.witness.attests(event, DEPTH) for event in created]
    assert told == [DENIED] + [UPHELD] * 199


def test_nothing_is_asked_while_nobody_wants_to_know() -> None:
    """An idle witness sleeps."""
    witnessing = Witnessing()
    assert witnessing.turn() is None
    assert witnessing.source.asked == witnessing.target.asked == []


def test_a_forged_log_makes_nobody_pay() -> None:
    """One of two has what the other does not: that is no quorum, and nobody knows who lies."""
    witnessing = Witnessing([has_request(), lacks_request()])
    assert witnessing.hear() is UNKNOWN
    assert witnessing.disagreements() == [(["l2a/1"], ["l2a/2"])]
    assert witnessing.source.distrusted == []


def test_half_against_half_is_no_quorum() -> None:
    """Although each half would be one: two lie, or two leave out."""
    witnessing = Witnessing([has_request(), has_request(), lacks_request(), lacks_request()])
    assert witnessing.hear() is UNKNOWN


def test_a_quorum_of_one_is_not_a_licence_to_lie() -> None:
    """Where another endpoint contradicts."""
    assert Witnessing([has_request(), lacks_request()], quorum=1).hear() is UNKNOWN


def test_a_majority_against_a_log_denies_it_and_distrusts_who_has_it() -> None:
    """Two of three see through the third."""
    witnessing = Witnessing([lacks_request(), has_request(), lacks_request()])
    assert witnessing.hear() is DENIED
    assert witnessing.disagreements() == [(["l2a/2"], ["l2a/1", "l2a/3"])]
    assert witnessing.source.distrusted == [("l2a/2", INVENTS)]


def test_a_majority_for_a_log_upholds_it_and_distrusts_who_lacks_it() -> None:
    """A silent omission by one endpoint stops no fill."""
    witnessing = Witnessing([has_request(), has_request(), lacks_request()])
    assert witnessing.hear() is UPHELD
    assert witnessing.source.distrusted == [("l2a/3", LACKS)]


def test_a_log_in_another_block_is_denied() -> None:
    """The height is the same, the block is not: a fork, or an invention."""
    assert Witnessing([forked()]).hear() is DENIED


@pytest.mark.parametrize(
    "forgery",
    [
        replace(CREATED, amount=TokenAmount(AMOUNT + 1)),
        replace(CREATED, target_address=ALICE),
        replace(CREATED, emitter=ALICE),
        replace(CREATED, log_index=7),
    ],
)
def test_a_log_that_differs_in_anything_is_denied(forgery: object) -> None:
    """What it says, who emitted it, where it stands."""
    assert Witnessing([FakeChain(events=[forgery])]).hear() is DENIED  # type: ignore[list-item]


def test_an_endpoint_that_is_behind_does_not_count() -> None:
    """It neither vouches nor denies; when it has caught up, it vouches."""
    behind = has_request(head=CREATED.block_number + DEPTH - 1)
    witnessing = Witnessing([has_request(), behind])
    assert witnessing.hear() is UNKNOWN
    assert witnessing.disagreements() == []
    behind.head += 1
    witnessing.clock.advance(POLL_PERIOD)
    assert witnessing.hear() is UPHELD


def test_an_endpoint_that_is_down_does_not_count() -> None:
    """The others decide, if they are enough."""
    assert Witnessing([has_request(), down(), has_request()]).hear() is UPHELD
    assert Witnessing([has_request(), down()]).hear() is UNKNOWN
    assert Witnessing([down()]).hear() is UNKNOWN


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("eth_getLogs", ErrorObject("limit exceeded", -32005)),
        ("eth_getLogs", "0x"),
        ("eth_getLogs", [{"address": "0x"}]),
        ("eth_getLogs", [make_log(CREATED) | {"data": "0x12"}]),
        ("eth_getBlockByNumber", {"number": "what"}),
        ("eth_getBlockByNumber", None),
        ("eth_getBlockByNumber", RpcHttpError(429)),
    ],
)
def test_nonsense_is_neither_yes_nor_no(method: str, answer: object) -> None:
    """Whatever an endpoint sends, the thread goes on, and the others decide."""
    odd = has_request()
    odd.always(method, answer)
    witnessing = Witnessing([has_request(), odd, has_request()])
    assert witnessing.hear() is UPHELD
    assert witnessing.disagreements() == []


def test_an_endpoint_without_the_block_cannot_tell() -> None:
    """Behind a load balancer the head may be another node's."""
    odd = has_request()
    blocks = odd.answer_of("eth_getBlockByNumber")
    odd.on("eth_getBlockByNumber", lambda *p: blocks(*p) if p[0] == "latest" else None)
    assert Witnessing([odd]).hear() is UNKNOWN


def test_a_lone_endpoint_vouches_for_itself() -> None:
    """A quorum of one: what it said is asked again, at its depth."""
    assert Witnessing([has_request()]).hear() is UPHELD
    assert Witnessing([lacks_request()]).hear() is DENIED


def test_a_disagreement_is_logged_once() -> None:
    """And again only when others take part in it."""
    second = has_request()
    witnessing = Witnessing([lacks_request(), second, lacks_request()])
    for _ in range(3):
        witnessing.hear()
        witnessing.clock.advance(POLL_PERIOD)
    assert len(witnessing.disagreements()) == len(witnessing.source.distrusted) == 1
    second.events.clear()
    witnessing.hear()
    assert witnessing.hear() is DENIED
    assert len(witnessing.disagreements()) == 1


def test_another_request_in_the_same_block_vouches_for_nothing() -> None:
    """An endpoint that ignores the filter shows them all."""
    other = make_request_created(request_id=RequestId(bytes(32)))
    assert Witnessing([FakeChain(events=[other])]).hear() is DENIED


def test_where_nobody_may_be_asked_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain is down, which others report; it is asked again after a poll period."""

    def refuse(_requests: object) -> object:
        raise RpcConnectionError("refused")

    witnessing = Witnessing()
    monkeypatch.setattr(witnessing.source, "ask_each", refuse)
    assert witnessing.hear() is UNKNOWN
    assert witnessing.turn() == pytest.approx(POLL_PERIOD)
    monkeypatch.undo()
    witnessing.clock.advance(POLL_PERIOD)
    assert witnessing.hear() is UPHELD
