"""EventMonitor: endpoints that fail, refuse, or have nodes behind them that know less."""

import pytest

from beamer_agent.errors import RecoverableError, RpcTimeoutError
from beamer_agent.events.doubt import GIVE_WAY_SECONDS, PATIENCE_SECONDS
from beamer_agent.events.fetcher import SECOND_LOOK_SECONDS
from beamer_agent.events.recent import MISSED_SECONDS
from tests.doubles import ErrorObject
from tests.factories import make_claim_made, make_request_created
from tests.raw_logs import make_log
from tests.watching import AT_ONCE, FINALITY, POLL, watch

pytestmark = pytest.mark.unit


# --- nodes behind one endpoint, of which some know less


def test_an_older_head_is_not_told() -> None:
    """Another node answered; time does not go back."""
    seen = watch()
    seen.step()
    assert seen.step(90) == POLL
    assert len(seen.batches) == 1
    assert seen.step(100) == POLL
    assert len(seen.batches) == 1


@pytest.mark.parametrize("answer", ["older", "without the mark", "another parent"])
def test_answers_that_know_less_are_borne_with_for_a_while(answer: str) -> None:
    """Then the chain counts as unreachable, until an answer is in order again."""
    seen = watch()
    seen.step()
    honest = seen.chain.answer_of("eth_getBlockByNumber")

    def answers(tag: str, full: bool) -> object:
        if answer == "older":
            return honest(hex(99), full) if tag == "latest" else None
        if tag == "latest":
            block = honest("latest", full)
            return block | {"parentHash": block["hash"]} if answer == "another parent" else block
        return honest(tag, full) if answer == "another parent" else None

    seen.chain.on("eth_getBlockByNumber", answers)
    for seconds in (PATIENCE_SECONDS, 0.1):
        assert seen.step(101) == POLL
        seen.clock.advance(seconds)
    assert len(seen.batches) == 1
    seen.fails_for_good()
    assert not seen.view.is_reachable
    seen.chain.on("eth_getBlockByNumber", honest)
    seen.step()
    assert seen.view == seen.expected(101)


def test_patience_begins_anew_after_an_answer_in_order() -> None:
    """Now and then an older head is no reason to give a chain up."""
    seen = watch()
    for _ in range(5):
        seen.step(100)
        seen.clock.advance(PATIENCE_SECONDS)
        assert seen.step(99) == POLL
    assert seen.view.is_reachable


def test_logs_that_a_node_did_not_have_yet_are_found_later() -> None:
    """The newest block was another node's word."""
    seen = watch()
    seen.step()
    seen.step(110)
    late = make_claim_made(block_number=107)
    seen.chain.events.append(late)
    seen.step(112)
    assert seen.events[-1] == late
    seen.step(113)
    assert seen.events.count(late) == 1


# --- errors


def test_an_error_between_head_and_logs_loses_nothing() -> None:
    """The new head is not told before its events are."""
    seen = watch(head=20)
    seen.step()
    seen.chain.head = 50
    seen.goes_down("eth_getLogs")
    assert seen.view == seen.expected(20, is_reachable=False)
    seen.settle()
    assert seen.view == seen.expected(50)
    assert seen.events == [make_request_created(), make_claim_made()]


def test_logs_of_a_long_outage_do_not_keep_the_head_from_being_seen() -> None:
    """Too many for one answer with it, they are asked for in ranges."""
    seen = watch()
    seen.step()
    late = make_claim_made(block_number=4_000)
    seen.chain.events.append(late)
    logs = seen.chain.answer_of("eth_getLogs")

    def limited(filter_: dict[str, str]) -> object:
        if filter_["toBlock"] == "latest" and int(filter_["fromBlock"], 16) < 2_000:
            raise RpcTimeoutError("slow")
        return logs(filter_)

    seen.chain.on("eth_getLogs", limited)
    with pytest.raises(RecoverableError):
        seen.step(5_000)
    seen.settle()
    assert late in seen.events
    assert seen.view == seen.expected(5_000)


def test_logs_that_are_refused_beside_the_head_are_asked_for_by_themselves() -> None:
    """In the same step: the chain answers, so it stays reachable."""
    seen = watch(head=20)
    seen.step()
    logs = seen.chain.answer_of("eth_getLogs")
    refusal = ErrorObject("not in a batch", -32005)
    seen.chain.on("eth_getLogs", lambda f: refusal if f["toBlock"] == "latest" else logs(f))
    for head in range(21, 51):
        assert seen.step(head) == POLL
        assert seen.view == seen.expected(head)
    assert seen.events == [make_request_created(), make_claim_made()]


def test_a_log_that_cannot_be_decoded_makes_the_chain_unreadable() -> None:
    """Acting on a history with a hole in it could cost money."""
    seen = watch()
    seen.step()
    seen.chain.head = 101
    seen.chain.always("eth_getLogs", [{"topics": None, "data": 1}, 5])
    seen.fails_for_good()
    assert not seen.view.is_reachable


def test_a_refused_range_is_asked_for_again_at_once_and_smaller() -> None:
    """The chain answers, so it stays reachable; what was not read is not called synced."""
    seen = watch()
    logs = seen.chain.answer_of("eth_getLogs")
    seen.chain.on("eth_getLogs", lambda _: ErrorObject("query exceeds 10 blocks", -32005))
    assert seen.step() == AT_ONCE
    assert (seen.view.is_reachable, seen.view.is_synced) == (True, False)
    seen.chain.on("eth_getLogs", logs)
    assert seen.step() == AT_ONCE
    assert seen.chain.ranges()[-1] == (1, 50)
    seen.settle()
    assert seen.view == seen.expected(100)
    assert seen.events == [make_request_created(), make_claim_made()]


def test_head_that_only_one_look_has_shown_is_given_up() -> None:
    """One answer that is far ahead of the chain must not stop everything until it is reached."""
    seen = watch()
    seen.step()
    seen.step(2**40)
    seen.step(101)
    seen.clock.advance(PATIENCE_SECONDS + 1)
    assert seen.step() == AT_ONCE
    seen.settle()
    assert seen.view == seen.expected(101)
    assert seen.log.sentences("warning") == ["Blocks were replaced"]


def test_first_head_of_all_may_be_given_up() -> None:
    """Nothing else was seen: everything is begun anew."""
    seen = watch()
    seen.chain.head = 2**40
    true = seen.chain.answer_of("eth_getBlockByNumber")
    seen.chain.on(
        "eth_getBlockByNumber",
        lambda tag, full: true(tag, full) if tag == "latest" else None,
    )
    seen.step()
    seen.chain.on("eth_getBlockByNumber", true)
    seen.step(100)
    seen.clock.advance(PATIENCE_SECONDS + 1)
    seen.settle()
    seen.settle(101)
    assert seen.view == seen.expected(101)
    assert seen.log.sentences("warning") == ["All blocks that were seen were replaced"]


def test_head_that_only_one_look_has_shown_makes_nothing_final() -> None:
    """Whoever forgets what is final would forget everything."""
    seen = watch(head=1_000)
    for head in (1_000, 1_010):
        seen.settle(head)
        assert seen.view.final_until == 1_000 - FINALITY
    seen.step(1_010 + FINALITY)
    assert seen.view.final_until == 1_010 - FINALITY
    seen.settle()
    assert seen.view.final_until == 1_010


def test_blocks_that_two_looks_have_shown_are_given_up_after_a_long_time_only() -> None:
    """An endpoint that is behind is no view to act on; but it may be all there is left."""
    seen = watch()
    for head in (100, 101, 102):
        seen.step(head)
    seen.step(99)
    seen.clock.advance(GIVE_WAY_SECONDS - 2)
    seen.fails_for_good()
    assert not seen.view.is_reachable
    seen.clock.advance(2)
    assert seen.step() == AT_ONCE
    seen.settle()
    assert (seen.view.head.number, seen.view.is_reachable) == (99, True)


def test_event_that_one_answer_has_invented_is_taken_back() -> None:
    """Though its block is there: no later look has shown it."""
    seen = watch()
    seen.settle()
    logs = seen.chain.answer_of("eth_getLogs")
    forged = seen.chain.placed(make_claim_made(block_number=101, log_index=7))
    seen.chain.always("eth_getLogs", [make_log(forged)])
    seen.settle(101)
    assert seen.events[-1] == forged
    seen.chain.on("eth_getLogs", logs)
    seen.settle(102)
    seen.clock.advance(MISSED_SECONDS)
    assert seen.step(103) == AT_ONCE
    assert [batch.dead_above for batch in seen.batches][-2:] == [None, 100]
    seen.settle()
    assert seen.events.count(forged) == 1
    assert seen.view == seen.expected(103)


def test_blocks_that_are_replaced_at_every_look_are_looked_at_with_pauses() -> None:
    """Two nodes on two branches behind one endpoint would keep everybody busy."""
    seen = watch(head=97)
    for head in (97, 98, 99, 100):
        seen.settle(head)
    seen.chain.replace_above(99)
    assert seen.step() == AT_ONCE
    seen.chain.replace_above(98, salt="third")
    assert seen.step() == POLL


def test_logs_that_were_indexed_late_are_found_half_a_minute_later() -> None:
    """Much later than the blocks that are read once more with each look."""
    seen = watch()
    seen.step()
    for head in range(110, 200, 10):
        seen.settle(head)
    late = make_claim_made(block_number=107)
    seen.chain.events.append(late)
    seen.settle(200)
    assert late not in seen.events
    seen.clock.advance(SECOND_LOOK_SECONDS)
    seen.settle(201)
    assert seen.events[-1] == late
    seen.clock.advance(SECOND_LOOK_SECONDS)
    seen.settle(202)
    assert seen.events.count(late) == 1
