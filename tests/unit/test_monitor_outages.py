"""EventMonitor and Looks: when a chain counts as lost, and when it does not."""

import pytest

from beamer_agent.errors import RecoverableError, RpcTimeoutError
from beamer_agent.events.looks import LEAST_PATIENCE_SECONDS, PATIENCE_SHARE, Looks
from beamer_agent.events.view import Batch
from tests.doubles import FakeClock
from tests.watching import POLL, watch

pytestmark = pytest.mark.unit


def test_an_outage_is_told_once_and_its_end_too() -> None:
    """With the last view of the chain; no event is lost."""
    seen = watch()
    seen.step()
    seen.goes_down("eth_getBlockByNumber")
    seen.fails("eth_getBlockByNumber")
    assert seen.batches[1:] == [Batch(seen.expected(100, is_reachable=False), ())]
    seen.step()
    assert seen.batches[2:] == [Batch(seen.expected(100), ())]
    assert seen.log.sentences("warning") == ["Chain is down"]
    assert seen.log.sentences("info") == ["Synced", "Chain is back"]


def test_a_failure_that_is_over_at_the_next_look_is_no_outage() -> None:
    """Endpoints that fail now and then do not make a chain go and come."""
    seen = watch()
    for head in range(100, 105):
        seen.step(head)
        seen.fails("eth_getBlockByNumber")
        seen.clock.advance(0.9 * LEAST_PATIENCE_SECONDS)
    assert all(batch.view.is_reachable for batch in seen.batches)
    assert seen.log.sentences("warning") == []


def test_a_look_that_took_long_to_fail_is_an_outage() -> None:
    """It was waited for, and that counts."""
    seen = watch()
    seen.step()

    def time_out(*_: object) -> object:
        seen.clock.advance(LEAST_PATIENCE_SECONDS)
        raise RpcTimeoutError("slow")

    seen.chain.on("eth_getBlockByNumber", time_out)
    with pytest.raises(RecoverableError):
        seen.monitor.step()
    assert not seen.view.is_reachable


def test_an_outage_before_the_first_view_has_nothing_to_tell() -> None:
    """Readers wait for the first view anyway."""
    seen = watch()
    seen.fails("eth_getBlockByNumber")
    assert seen.batches == []


# --- a chain that nobody needs


def test_a_chain_that_is_only_watched_is_asked_for_its_newest_block_alone() -> None:
    """One small request; nothing is told, but that it answers is known."""
    seen = watch()
    seen.is_needed, seen.is_watched = False, True
    assert seen.step() == POLL
    assert (seen.posts, seen.batches) == (1, [])
    assert seen.looks.answered_at() == 0.0


def test_a_watched_chain_that_is_lost_is_looked_at_until_it_is_back() -> None:
    """Whoever was told that it is down is told that it is back, needed or not."""
    seen = watch()
    seen.step()
    seen.is_needed, seen.is_watched = False, True
    seen.goes_down("eth_getBlockByNumber")
    seen.is_watched = False
    seen.step()
    assert [batch.view.is_reachable for batch in seen.batches] == [True, False, True]
    before = seen.posts
    seen.step()
    assert seen.posts == before


# --- looks


def lost_after(looks: Looks, clock: FakeClock) -> float | None:
    """In how many seconds the chain is lost."""
    at = looks.lost_at()
    return None if at is None else at - clock.monotonic()


def look_without_logs(looks: Looks) -> None:
    """The newest block is told, and nothing else."""
    with looks.one():
        looks.answer()
        raise RpcTimeoutError("no logs in time")


@pytest.mark.parametrize(("poll_period", "patience"), [(0.2, 1.0), (8.0, 8.0 * PATIENCE_SHARE)])
def test_a_look_without_an_answer_loses_the_chain(poll_period: float, patience: float) -> None:
    """A stopped node is silent: it is not waited for until the call times out."""
    looks = Looks(poll_period, clock := FakeClock())
    assert lost_after(looks, clock) is None
    with looks.one():
        assert lost_after(looks, clock) == patience
        clock.advance(patience)
        assert looks.is_lost()
        looks.answer()
        assert lost_after(looks, clock) is None
        assert looks.answered_at() == patience


def test_what_an_answered_look_leads_to_may_take_its_time() -> None:
    """Logs of many blocks are read for longer than a chain may be silent."""
    looks = Looks(0.2, clock := FakeClock())
    with looks.one():
        looks.answer()
        clock.advance(60)
        assert not looks.is_lost()


def test_a_chain_whose_head_answers_and_logs_do_not_is_lost_all_the_same() -> None:
    """Each look is answered, and none of them ends well."""
    looks = Looks(0.2, clock := FakeClock())
    for _ in range(2):
        with pytest.raises(RecoverableError):
            look_without_logs(looks)
        clock.advance(LEAST_PATIENCE_SECONDS)
    assert looks.is_lost()
    assert looks.error() == "no logs in time"
    with looks.one():
        looks.answer()
        assert looks.is_lost()
    assert not looks.is_lost()
