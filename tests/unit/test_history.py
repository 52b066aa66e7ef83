"""HistoryReader: older events, the newest first, behind the monitor."""

import pytest

from beamer_agent.errors import RpcTimeoutError
from beamer_agent.events.history import REPORT_SECONDS
from beamer_agent.events.view import BEGINNING
from tests.factories import NOW, make_claim_made, make_request_created
from tests.watching import Watch, watch

pytestmark = pytest.mark.unit

HEAD = 5_000
KNOWN_FROM = HEAD - 256


@pytest.fixture
def seen() -> Watch:
    """The monitor has read the newest blocks of a long chain; its events are older."""
    seen = watch(head=HEAD)
    seen.settle()
    assert seen.view.events_from == KNOWN_FROM
    assert seen.events == []
    return seen


def test_nothing_is_read_before_the_monitor_has_read_what_is_new() -> None:
    """Current requests come first."""
    seen = watch(head=HEAD, finality=3_000)
    assert seen.history.step() is None
    seen.step()
    assert not seen.view.is_synced
    assert seen.history.step() is None
    assert not seen.history_wake.is_set()
    seen.settle()
    assert seen.history_wake.is_set()
    assert seen.history.step() == 0.0


def test_the_newest_range_is_read_first(seen: Watch) -> None:
    """Down to the deployment, without a gap and without a pause."""
    steps = []
    while (pause := seen.history.step()) is not None:
        steps.append((pause, seen.view.events_from, seen.view.events_since))
    size = KNOWN_FROM - 1_000
    assert steps == [(0.0, size, NOW), (0.0, size - 2_000, NOW), (0.0, 1, BEGINNING)]
    asked = [asked for asked in seen.chain.ranges() if asked[1] < KNOWN_FROM]
    assert asked == [(size, KNOWN_FROM - 1), (size - 2_000, size - 1), (1, size - 2_001)]
    assert seen.events == [make_request_created(), make_claim_made()]
    assert seen.batches[-1].is_history
    assert seen.view == seen.expected(HEAD)


def test_a_chain_that_is_read_from_its_beginning_has_no_history() -> None:
    """The monitor reads all of a short one."""
    seen = watch(head=200)
    seen.settle()
    assert seen.view.is_whole
    assert not seen.history_wake.is_set()
    assert seen.history.step() is None


def test_an_error_loses_nothing(seen: Watch) -> None:
    """Neither of logs nor of the time of a block."""
    logs = seen.chain.answer_of("eth_getLogs")
    for method, answer in [
        ("eth_getLogs", logs),
        ("eth_getBlockByNumber", seen.chain.answer_of("eth_getBlockByNumber")),
    ]:
        seen.chain.always(method, RpcTimeoutError("slow"))
        with pytest.raises(RpcTimeoutError):
            seen.history.step()
        assert seen.view.events_from == KNOWN_FROM
        seen.chain.on(method, answer)
    seen.read_history()
    assert seen.events == [make_request_created(), make_claim_made()]


def test_the_monitor_goes_on_meanwhile(seen: Watch) -> None:
    """Neither moves what the other knows."""
    seen.history.step()
    known_from = seen.view.events_from
    seen.step(HEAD + 1)
    assert (seen.view.events_from, seen.view.events_until) == (known_from, HEAD + 1)
    seen.history.step()
    assert (seen.view.events_from < known_from, seen.view.events_until) == (True, HEAD + 1)


def test_a_replaced_block_leaves_the_history_alone(seen: Watch) -> None:
    """It lies below what may be replaced: nothing of it is read twice."""
    seen.read_history()
    seen.chain.replace_above(HEAD - 1)
    seen.settle(HEAD + 1)
    assert seen.view.is_whole
    assert seen.history.step() is None


def test_a_history_that_was_on_its_way_when_all_was_begun_anew_is_dropped(seen: Watch) -> None:
    """It is of blocks that are gone, though what is known begins at the same block again."""
    logs = seen.chain.answer_of("eth_getLogs")

    def late(filter_: dict[str, str]) -> object:
        answer = logs(filter_)
        seen.chain.on("eth_getLogs", logs)
        seen.chain.replace_above(0)
        seen.chain.events.clear()
        seen.settle()
        return answer

    seen.history.step()
    seen.history.step()
    seen.chain.on("eth_getLogs", late)
    seen.history.step()
    assert seen.view.events_from == KNOWN_FROM
    assert seen.events == []
    seen.read_history()
    assert seen.view.is_whole
    assert seen.events == []


def test_a_long_history_is_reported_now_and_then_and_at_its_end(seen: Watch) -> None:
    """How far it is, how many events there were, and how long it took."""
    seen.history.step()
    seen.clock.advance(REPORT_SECONDS)
    seen.read_history()
    [far, end] = [line for line in seen.log.lines if "istory" in line["event"]]
    assert (far["event"], far["block_number"]) == ("Reading history", KNOWN_FROM - 3_000)
    assert far["percent"] == pytest.approx(65.1)
    assert (end["event"], end["events"], end["seconds"]) == (
        "History is read",
        2,
        REPORT_SECONDS,
    )
