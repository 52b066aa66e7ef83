"""Agent: parts that are built anew, gently or from nothing, while the others work on."""

import pytest

from beamer_agent.errors import SupersededError
from beamer_agent.orders import SERVICE, Restart
from beamer_agent.types import BlockNumber
from tests.factories import SOURCE, TARGET
from tests.restarting import (
    BACK,
    GENTLE,
    HARD,
    THERE,
    chain_of,
    done,
    generations,
    has_views,
    is_back,
    restart,
    start,
    workers_of,
)
from tests.running_agent import DOWN, Running

pytestmark = pytest.mark.unit


def test_a_direction_is_restarted_gently(running: Running) -> None:
    """New threads on what is known."""
    start(running)
    before = workers_of(running, THERE)
    assert restart(running, THERE, GENTLE) is GENTLE
    assert workers_of(running, THERE) is before
    assert generations(running, THERE) == {2}
    assert generations(running, BACK) == {1}
    assert running.workers() >= {f"EventProcessor[{THERE}]", f"Witness[{THERE}]"}


def test_a_direction_is_restarted_from_nothing(running: Running) -> None:
    """It hears of both chains once more, and the other direction works on as it is."""
    start(running)
    before, other = workers_of(running, THERE), workers_of(running, BACK)
    assert restart(running, THERE, HARD) is HARD
    assert workers_of(running, THERE).processor is not before.processor
    assert workers_of(running, BACK) is other
    running.wait_for(lambda: has_views(running, THERE), "its views")
    assert chain_of(running, "l2a").account.sender.work().is_over


def test_a_chain_is_restarted_gently(running: Running) -> None:
    """Its sender keeps its records; its directions do not notice."""
    start(running)
    before, other = chain_of(running, "l2a"), workers_of(running, THERE)
    assert restart(running, "l2a", GENTLE) is GENTLE
    assert chain_of(running, "l2a") is before
    assert workers_of(running, THERE) is other
    assert generations(running, "l2a") == {2}
    calls = len(running.endpoints["l2a"].calls)
    running.wait_for(lambda: len(running.endpoints["l2a"].calls) > calls, "the next look")


def test_a_chain_is_restarted_from_nothing(running: Running) -> None:
    """Over a new line, with a new sender; so are the directions that it is an end of."""
    start(running)
    before, stale = chain_of(running, "l2a"), workers_of(running, THERE)
    other = chain_of(running, "l2b")
    assert restart(running, "l2a", HARD) is HARD
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    assert chain_of(running, "l2a").account.sender is not before.account.sender
    assert chain_of(running, "l2b") is other
    running.wait_for(lambda: has_views(running, THERE) and has_views(running, BACK), "both views")
    assert workers_of(running, THERE).processor is not stale.processor
    with pytest.raises(SupersededError):
        before.following.publisher.retract(BlockNumber(1), 0)  # type: ignore[arg-type]


def test_nothing_leaves_over_the_line_of_a_replaced_chain(running: Running) -> None:
    """Its nonces have a new owner."""
    start(running)
    before = chain_of(running, "l2a").connection.client
    restart(running, "l2a", HARD)
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    with pytest.raises(type(DOWN)):
        before.head()
    assert chain_of(running, "l2a").connection.client.head().number == 100


def test_the_whole_service_is_restarted(running: Running) -> None:
    """All chains and directions, from nothing; then it runs again."""
    start(running)
    before = {name: chain_of(running, name) for name in ("l2a", "l2b")}
    assert restart(running, SERVICE, HARD) is HARD
    running.wait_for(lambda: all(is_back(running, name) for name in before), "both chains")
    running.wait_for(lambda: has_views(running, THERE) and has_views(running, BACK), "both views")
    assert all(chain_of(running, name) is not chain for name, chain in before.items())
    running.wait_for(lambda: running.agent._lifecycle.state == "running", "the state")


def test_a_chain_that_stays_down_after_its_restart_is_waited_for(running: Running) -> None:
    """Nothing gathers for its directions meanwhile; then they begin."""
    start(running)
    running.endpoints["l2a"].always("eth_chainId", DOWN)
    restart(running, "l2a", HARD)
    assert running.agent._parts.directions[THERE].workers is None
    publisher = chain_of(running, "l2b").following.publisher
    inboxes = [s for s in publisher._subscribers if "Inbox" in repr(s)]
    assert inboxes == []
    running.endpoints["l2a"].always("eth_chainId", hex(SOURCE))
    running.wait_for(lambda: is_back(running, "l2a"), "the chain")
    running.wait_for(lambda: has_views(running, THERE), "its directions")


def test_a_chain_that_has_not_answered_is_asked_by_a_new_connector(running: Running) -> None:
    """Gently or not: there is nothing to keep."""
    running.endpoints["l2b"].always("eth_chainId", DOWN)
    running.start("l2a", "l2b")
    running.wait_for(lambda: running.has_synced(SOURCE), "the chain that answers")
    assert restart(running, "l2b", GENTLE) is GENTLE
    assert generations(running, "l2b") == {2}
    running.endpoints["l2b"].always("eth_chainId", hex(TARGET))
    running.wait_for(lambda: has_views(running, THERE), "its directions")


def test_an_order_for_no_part_is_told(running: Running) -> None:
    """And nothing else happens."""
    start(running)
    running.agent.order(Restart("l2c", HARD, "a test", "tester"))
    running.wait_for(lambda: "There is no such part" in running.log.sentences(), "the line")
    assert done(running) == []


def test_an_audit_may_take_longer_than_other_steps(running: Running) -> None:
    """Thousands of transfers are compared in one, and nobody waits for it."""
    start(running)
    limits = {reading.worker: reading.limit for reading in running.agent._crew.readings()}
    assert limits[f"PeriodAuditor[{THERE}]"] > limits[f"Witness[{THERE}]"]
