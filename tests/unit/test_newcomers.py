"""Readers of a chain who come late: they hear all of it, and never of what they were not given."""

import pytest

from beamer_agent.errors import RpcTimeoutError, SupersededError
from tests.doubles import FakeChain
from tests.factories import make_claim_made, make_request_created
from tests.made_views import make_chain_view
from tests.newcomers import Newcomer
from tests.watching import Watch

pytestmark = pytest.mark.unit

HEAD = 5_000
OLD = make_request_created(block_number=100)
RECENT = make_request_created(block_number=HEAD - 20)
NEWEST = make_claim_made(block_number=HEAD - 1)


def long_chain() -> Watch:
    """One that is read to its beginning, by a monitor that has been at work for some looks."""
    seen = Watch(FakeChain(HEAD, [OLD, RECENT, NEWEST]))
    seen.settle()
    seen.read_history()
    seen.settle(HEAD + 1)
    assert seen.view.is_whole
    return seen


def test_who_is_there_before_the_first_look_hears_it_all_at_once() -> None:
    """Nothing is read twice."""
    seen = Watch(FakeChain(HEAD, [RECENT]))
    newcomer = Newcomer(seen.chain)
    seen.publisher.join(newcomer.hear)
    seen.settle()
    assert newcomer.given == {RECENT}
    assert len(seen.chain.ranges()) == 1


def test_a_newcomer_hears_the_newest_first_and_then_the_history() -> None:
    """As if the agent had just begun."""
    seen = long_chain()
    newcomer = Newcomer(seen.chain)
    seen.publisher.join(newcomer.hear)
    seen.settle()
    assert newcomer.given == {RECENT, NEWEST}
    assert newcomer.view is not None
    assert (newcomer.view.is_synced, newcomer.view.is_whole) == (True, False)
    seen.read_history()
    assert newcomer.given == {OLD, RECENT, NEWEST}
    assert newcomer.view.is_whole
    assert newcomer.gaps == []


def test_a_newcomer_on_a_short_chain_hears_it_whole() -> None:
    """There is no history."""
    event = make_request_created(block_number=50)
    seen = Watch(FakeChain(100, [event]))
    seen.settle()
    newcomer = Newcomer(seen.chain)
    seen.publisher.join(newcomer.hear)
    seen.settle(101)
    assert newcomer.given == {event}
    assert newcomer.view is not None
    assert newcomer.view.is_whole
    assert newcomer.gaps == []


def test_an_outage_right_after_the_admission_claims_nothing() -> None:
    """The newcomer is told that the chain is down, not that its events are known."""
    seen = long_chain()
    newcomer = Newcomer(seen.chain)
    seen.publisher.join(newcomer.hear)
    seen.goes_down("eth_getLogs")
    assert newcomer.view is not None
    assert not newcomer.view.is_reachable
    assert newcomer.given == set()
    assert newcomer.gaps == []
    seen.settle()
    assert newcomer.given == {RECENT, NEWEST}
    assert newcomer.gaps == []


def test_a_newcomer_waits_while_nobody_says_how_old_a_block_is() -> None:
    """And is admitted afterwards."""
    seen = long_chain()
    newcomer = Newcomer(seen.chain)
    seen.publisher.join(newcomer.hear)
    seen.fails("eth_getBlockByNumber", RpcTimeoutError("slow"))
    assert newcomer.view is None
    seen.settle()
    seen.read_history()
    assert newcomer.given == {OLD, RECENT, NEWEST}


def test_two_newcomers_at_different_times_hear_all_of_it() -> None:
    """The second comes while the first is being told."""
    seen = long_chain()
    first, second = Newcomer(seen.chain), Newcomer(seen.chain)
    seen.publisher.join(first.hear)
    seen.step()
    seen.publisher.join(second.hear)
    seen.settle()
    seen.read_history()
    assert first.given == second.given == {OLD, RECENT, NEWEST}
    assert first.gaps == second.gaps == []


def test_a_replacement_while_a_newcomer_is_told_reaches_it() -> None:
    """It forgets what it heard of the dead blocks."""
    seen = long_chain()
    newcomer = Newcomer(seen.chain)
    seen.publisher.join(newcomer.hear)
    seen.step()
    seen.chain.replace_above(HEAD - 10)
    seen.settle(HEAD + 2)
    seen.read_history()
    assert newcomer.given == {OLD, RECENT, seen.chain.placed(NEWEST)}
    assert newcomer.gaps == []


def test_those_who_were_there_hear_no_news_twice_afterwards() -> None:
    """Once the newcomer has been told, what is known is passed over as before."""
    seen = long_chain()
    newcomer = Newcomer(seen.chain)
    seen.publisher.join(newcomer.hear)
    seen.settle()
    told = len(seen.events)
    seen.settle(HEAD + 2)
    assert len(seen.events) == told


def test_who_has_left_hears_nothing() -> None:
    """Whether it was admitted or not."""
    seen = long_chain()
    admitted, waiting = Newcomer(seen.chain), Newcomer(seen.chain)
    hear, wait = admitted.hear, waiting.hear
    seen.publisher.join(hear)
    seen.settle()
    seen.publisher.join(wait)
    seen.publisher.leave(hear)
    seen.publisher.leave(wait)
    before = admitted.view
    seen.settle(HEAD + 5)
    assert admitted.view is before
    assert waiting.view is None


def test_a_closed_publisher_refuses_what_it_is_told() -> None:
    """Whoever reads for it has been replaced."""
    seen = long_chain()
    told = len(seen.batches)
    seen.publisher.close()
    with pytest.raises(SupersededError):
        seen.publisher.publish(make_chain_view(events_until=HEAD + 9))
    assert len(seen.batches) == told
