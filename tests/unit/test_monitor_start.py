"""EventMonitor: the first look at a chain, and how much of it is known then."""

from typing import Any

import pytest

from beamer_agent.errors import RecoverableError, RpcTimeoutError
from beamer_agent.events.view import BEGINNING
from tests.factories import NOW, make_claim_made, make_request_created
from tests.watching import FINALITY, POLL, Watch, watch

pytestmark = pytest.mark.unit


def without_block(seen: Watch, *missing: int) -> None:
    """The endpoint does not have some blocks for now."""
    honest = seen.chain.answer_of("eth_getBlockByNumber")

    def answer(tag: str, full: bool) -> Any:
        return None if tag in map(hex, missing) else honest(tag, full)

    seen.chain.on("eth_getBlockByNumber", answer)


def test_only_what_may_be_replaced_is_read_first() -> None:
    """Current requests are worked on while the rest is read behind; three requests are enough."""
    seen = watch(head=5_000)
    assert seen.step() == POLL
    assert seen.posts == 3
    assert seen.chain.ranges() == [(5_000 - FINALITY, 5_000)]
    assert (seen.view.events_from, seen.view.events_since) == (5_000 - FINALITY, NOW)
    assert (seen.view.is_synced, seen.view.is_whole) == (True, False)


def test_a_short_chain_is_read_whole() -> None:
    """From the deployment on, without a history."""
    seen = watch(head=200, first=7)
    seen.step()
    assert seen.chain.ranges() == [(7, 200)]
    assert (seen.view.events_from, seen.view.events_since) == (7, BEGINNING)


def test_a_deployment_that_is_just_final_is_the_beginning() -> None:
    """Nothing is older."""
    seen = watch(head=FINALITY + 7, first=7)
    seen.step()
    assert seen.view.is_whole


def test_with_many_confirmations_it_begins_with_what_is_confirmed() -> None:
    """Though finality alone would be closer to the head."""
    seen = watch(head=1_000, finality=10, confirmations=50)
    seen.settle()
    assert (seen.view.events_from, seen.view.events_until) == (950, 950)


@pytest.mark.parametrize("confirmations", [0, 5, 300])
def test_a_reorganisation_right_after_the_start_is_followed(confirmations: int) -> None:
    """Blocks were marked before there was a second look."""
    seen = watch(head=1_000, confirmations=confirmations)
    seen.chain.events.append(make_claim_made(block_number=999))
    seen.settle()
    seen.chain.events.pop()
    seen.chain.replace_above(997)
    seen.settle(1_001)
    assert [b.dead_above for b in seen.batches if b.dead_above is not None] == [996]
    assert seen.log.sentences("error") == []


def test_less_is_known_while_the_oldest_block_is_missing() -> None:
    """Where a fork would not be noticed, nothing counts as known; the history fills it in."""
    seen = watch(head=1_000)
    without_block(seen, 1_000 - FINALITY, 1_000 - 128)
    seen.settle()
    assert seen.view.events_from == 1_000 - 64
    seen.read_history()
    assert seen.view == seen.expected(1_000)
    assert seen.events == [make_request_created(), make_claim_made()]


def test_without_any_older_block_only_the_newest_is_known() -> None:
    """An endpoint that has just begun itself."""
    seen = watch(head=1_000)
    without_block(seen, *range(1_000))
    seen.settle()
    assert seen.view.events_from == 1_000


def test_a_start_that_fails_is_tried_again() -> None:
    """Nothing is told before it succeeds."""
    seen = watch(head=1_000)
    honest = seen.chain.answer_of("eth_getBlockByNumber")

    def failing(tag: str, full: bool) -> Any:
        if tag == "latest":
            return honest(tag, full)
        raise RpcTimeoutError("slow")

    seen.chain.on("eth_getBlockByNumber", failing)
    with pytest.raises(RecoverableError):
        seen.step()
    assert seen.batches == []
    seen.chain.on("eth_getBlockByNumber", honest)
    seen.settle()
    assert seen.view.events_from == 1_000 - FINALITY


def test_blocks_before_the_deployment_may_be_replaced_without_an_alarm() -> None:
    """None of them counted as final, and none held an event."""
    seen = watch(head=5, first=8)
    seen.settle()
    seen.settle(12)
    seen.chain.replace_above(3)
    seen.settle(13)
    assert seen.log.sentences("error") == []
    assert "All blocks that were seen were replaced" in seen.log.sentences("warning")
    assert seen.events[-1] == seen.chain.placed(make_request_created())
    assert seen.view == seen.expected(13)
