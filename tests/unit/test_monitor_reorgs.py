"""EventMonitor: what its readers are told when blocks are replaced, and what of it is true."""

from typing import Any

import pytest

from beamer_agent.errors import RpcTimeoutError
from beamer_agent.events.model import Event
from beamer_agent.events.view import BEFORE_ALL_BLOCKS
from tests.factories import make_claim_made, make_fill_id, make_request_created
from tests.raw_logs import make_log
from tests.watching import AT_ONCE, POLL, Watch, watch

pytestmark = pytest.mark.unit

LATE = make_claim_made(block_number=99)


@pytest.fixture
def seen() -> Watch:
    """Blocks 97 to 100 were seen one by one, with an event in block 99."""
    seen = watch(head=97)
    seen.chain.events.append(LATE)
    for head in (97, 98, 99, 100):
        seen.settle(head)
    assert seen.events[-1] == LATE
    return seen


def held(seen: Watch) -> set[Event]:
    """What a reader keeps who drops what is dead before it adds what is new."""
    kept: set[Event] = set()
    for batch in seen.batches:
        if batch.dead_above is not None:
            kept = {event for event in kept if event.block_number <= batch.dead_above}
        kept |= set(batch.events)
    return kept


def dead(seen: Watch) -> list[int]:
    """Above which blocks things were taken back."""
    return [batch.dead_above for batch in seen.batches if batch.dead_above is not None]


def true(seen: Watch, *events: Event) -> set[Event]:
    """Events as the chain has them now."""
    return {seen.chain.placed(event) for event in events}


def test_what_is_above_a_fork_is_taken_back_and_read_anew(seen: Watch) -> None:
    """At once; the fork is the newest block that is still there."""
    seen.chain.replace_above(98)
    assert seen.step(101) == AT_ONCE
    assert dead(seen) == [98]
    assert seen.start_overs == 0
    assert (seen.view.events_until, seen.view.is_synced) == (98, False)
    assert seen.view.head == seen.chain.block_at(101)
    assert seen.step() == POLL
    assert held(seen) == true(seen, make_request_created(), make_claim_made(), LATE)
    assert seen.view == seen.expected(101)


def test_an_event_that_did_not_come_back_is_gone(seen: Watch) -> None:
    """What the new blocks have counts, nothing else."""
    seen.chain.replace_above(98)
    seen.chain.events.remove(LATE)
    seen.settle(101)
    assert held(seen) == {make_request_created(), make_claim_made()}


def test_another_block_at_the_same_height_is_a_reorganisation(seen: Watch) -> None:
    """It may hold other events, and its time is another."""
    seen.chain.replace_above(99)
    seen.settle()
    assert dead(seen) == [99]
    assert seen.view == seen.expected(100)


def test_the_other_chain_may_be_shorter(seen: Watch) -> None:
    """When it shows another block at a height that was seen."""
    seen.chain.replace_above(97)
    seen.settle(98)
    assert dead(seen) == [97]
    assert seen.view == seen.expected(98)
    assert held(seen) == {make_request_created(), make_claim_made()}


def test_a_reorganisation_is_logged_with_its_depth(seen: Watch) -> None:
    """Once, however many steps it takes."""
    seen.chain.replace_above(98)
    seen.settle(101)
    lines = [line for line in seen.log.lines if line["log_level"] == "warning"]
    assert [(line["event"], line["block_number"], line["depth"]) for line in lines] == [
        ("Blocks were replaced", 98, 2)
    ]


def test_blocks_between_those_that_were_seen_are_read_anew_as_well() -> None:
    """Nobody knows which of them are still there."""
    seen = watch(head=90)
    seen.settle()
    seen.chain.events.append(LATE)
    seen.settle(100)
    seen.chain.replace_above(98)
    seen.settle(101)
    assert dead(seen) == [90]
    assert held(seen) == true(seen, make_request_created(), make_claim_made(), LATE)


def test_confirmed_events_outlive_a_shallow_reorganisation() -> None:
    """That is what an operator waits for."""
    seen = watch(head=97, confirmations=5)
    for head in (97, 98, 99, 100):
        seen.settle(head)
    before = len(seen.events)
    seen.chain.replace_above(98)
    seen.settle(102)
    assert dead(seen) == [98]
    assert len(seen.events) == before
    assert seen.view.events_until == 97


def test_a_reorganisation_below_all_that_was_seen_takes_everything_back() -> None:
    """It is begun anew, history included, and an operator is told."""
    seen = watch(head=100, finality=20, first=5)
    seen.settle()
    seen.read_history()
    assert seen.view.is_whole
    seen.chain.replace_above(8)
    seen.settle(101)
    assert dead(seen) == [BEFORE_ALL_BLOCKS]
    assert seen.start_overs == 1
    assert seen.log.sentences("error") == ["Blocks were replaced that counted as final"]
    assert (seen.view.events_from, seen.view.is_whole) == (81, False)
    seen.read_history()
    assert seen.view == seen.expected(101)
    assert held(seen) == true(seen, make_request_created(), make_claim_made())


def test_a_chain_that_was_down_is_back_when_it_is_begun_anew() -> None:
    """Both are logged."""
    seen = watch(head=100, finality=20)
    seen.settle()
    seen.goes_down("eth_getBlockByNumber")
    seen.chain.replace_above(8)
    seen.settle(101)
    assert seen.view.is_reachable
    assert "Chain is back" in seen.log.sentences("info")


def test_a_fork_that_cannot_be_found_now_is_looked_for_again(seen: Watch) -> None:
    """Nothing is taken back for an endpoint that does not answer."""
    seen.chain.replace_above(98)
    honest = seen.chain.answer_of("eth_getBlockByNumber")

    def failing(tag: str, full: bool) -> object:
        if tag == hex(99):
            raise RpcTimeoutError("slow")
        return honest(tag, full)

    seen.chain.on("eth_getBlockByNumber", failing)
    seen.chain.head = 101
    seen.fails_for_good()
    assert (dead(seen), seen.view.is_reachable) == ([], False)
    seen.chain.on("eth_getBlockByNumber", honest)
    seen.settle()
    assert dead(seen) == [98]


def test_nodes_that_do_not_agree_on_the_newest_block_are_not_asked_without_a_pause(
    seen: Watch,
) -> None:
    """One shows another block, the next one that which was seen: time will tell."""
    honest, answers = seen.chain.answer_of("eth_getBlockByNumber"), 0

    def in_turns(tag: str, full: bool) -> Any:
        nonlocal answers
        answers += 1
        block = honest(tag, full)
        return block | {"hash": "0x" + "77" * 32} if answers <= 2 else block

    seen.chain.on("eth_getBlockByNumber", in_turns)
    assert seen.step() == POLL
    assert dead(seen) == []
    assert seen.step() == POLL


@pytest.mark.parametrize("is_back", [True, False])
def test_events_of_blocks_that_never_counted_are_taken_back(seen: Watch, is_back: bool) -> None:
    """Their logs came from a node on a branch that died; of the blocks seen none tells of it."""
    other = make_fill_id(5)
    phantoms = [make_claim_made(block_number=n, block_hash=other) for n in (102, 103)]
    honest = seen.chain.answer_of("eth_getLogs")
    seen.chain.always("eth_getLogs", [make_log(event) for event in phantoms])
    seen.settle(104)
    assert set(phantoms) < held(seen)
    seen.chain.on("eth_getLogs", honest)
    after = [make_claim_made(block_number=102)] if is_back else []
    seen.chain.events += after
    seen.settle(105)
    assert dead(seen) == [100]
    assert held(seen) == {make_request_created(), make_claim_made(), LATE, *after}
