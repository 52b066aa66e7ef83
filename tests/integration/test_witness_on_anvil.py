"""Witness and audit over several endpoints of real chains, some of which lie or hang."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from beamer_agent.actions.testimony import Testimony
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.events.audit import MARGIN_BLOCKS, MISSES, EndpointAudit
from beamer_agent.events.model import RequestCreated
from beamer_agent.events.ranges import BlockRange
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import BlockNumber, TokenAmount
from tests.chain_fixtures import MakeWorld
from tests.courtroom import Courtroom, created_event, filled_event, hear
from tests.e2e.endpoints import silent_endpoint
from tests.lying import LyingTransport, show_nothing
from tests.raw_logs import make_log

pytestmark = pytest.mark.integration

AMOUNT = 10**18
DEADLINE_SECONDS = 10.0
"""Longer than a pool takes for one round, identities included."""


@pytest.fixture
def court() -> Iterator[Courtroom]:
    """An empty one; no thread in it may end by itself."""
    with ExitStack() as stack:
        court = Courtroom(stack)
        yield court
    assert court.failures == []


@pytest.fixture
def made(user: Participant, source: L2Contracts, target: L2Contracts) -> Request:
    """A real request."""
    return user.create_request(source, target, "DAI", AMOUNT)


def forged(created: RequestCreated) -> RequestCreated:
    """A request like a real one, that nobody has paid for."""
    return replace(created, amount=TokenAmount(7 * AMOUNT), log_index=9)


def forger(l2: L2Contracts, log: RawLog) -> LyingTransport:
    """An endpoint that invents a log."""
    return LyingTransport(l2.chain.url, lambda logs: [*logs, log])


def test_a_real_request_is_upheld_at_once(
    court: Courtroom, made: Request, source: L2Contracts, target: L2Contracts
) -> None:
    """The thread is woken by the question; a quorum of one works the same."""
    created = created_event(made)
    for count, quorum in ((1, 1), (2, 2)):
        pool = court.pool(*[source.chain.url] * count, quorum=quorum)
        witness = court.witness(made, pool, court.pool(target.chain.url, quorum=1))
        assert witness.attests(created, 0) is Testimony.UNKNOWN
        assert hear(lambda w=witness: w.attests(created, 0)) is Testimony.UPHELD  # type: ignore[misc]
    assert "Endpoints disagree" not in court.log.sentences()


def test_a_forged_request_is_denied_by_the_others(
    court: Courtroom, made: Request, source: L2Contracts, target: L2Contracts
) -> None:
    """The one who invented it is named and distrusted."""
    forgery = forged(created_event(made))
    url = source.chain.url
    pool = court.pool(url, forger(source, make_log(forgery)), url)
    witness = court.witness(made, pool, court.pool(target.chain.url, quorum=1))
    assert hear(lambda: witness.attests(forgery, 0)) is Testimony.DENIED
    (line,) = [line for line in court.log.lines if line["event"] == "Endpoints disagree"]
    assert (line["vouching"], line["denying"]) == (["l2a/2"], ["l2a/1", "l2a/3"])
    assert [health.distrusted is not None for health in pool.health()] == [False, True, False]


def test_an_endpoint_that_hangs_holds_nothing_up(
    court: Courtroom, made: Request, source: L2Contracts, target: L2Contracts
) -> None:
    """Two of three are a quorum; without the third the answer comes within seconds."""
    created = created_event(made)
    with silent_endpoint() as hanging:
        pool = court.pool(hanging, source.chain.url, source.chain.url)
        witness = court.witness(made, pool, court.pool(target.chain.url, quorum=1))
        started = time.monotonic()
        assert hear(lambda: witness.attests(created, 0)) is Testimony.UPHELD
        assert time.monotonic() - started < DEADLINE_SECONDS


def test_what_a_reorganisation_took_away_is_denied(
    court: Courtroom, make_world: MakeWorld
) -> None:
    """A request and a fill, after the blocks in which they were are others."""
    world = make_world(WorldSettings(block_time=None))
    source, target = world.pair
    user, filler = world.participant("user"), world.participant("agent")
    request = user.create_request(source, target, "DAI", AMOUNT)
    filler.fill(request)
    created, fill = created_event(request), filled_event(request)
    witness = court.witness(
        request,
        court.pool(source.chain.url, source.chain.url),
        court.pool(target.chain.url, target.chain.url),
    )
    assert hear(lambda: witness.attests_fill(fill, 0)) is Testimony.UPHELD
    for l2 in (source, target):
        l2.chain.client.call("anvil_reorg", 1, [])
    # Another question than the one before: the first answer about a fill holds for two polls.
    source.chain.mine()
    target.chain.mine()
    assert hear(lambda: witness.attests(created, 1)) is Testimony.DENIED
    assert hear(lambda: witness.attests_fill(fill, 1)) is Testimony.DENIED


def test_an_endpoint_that_hides_logs_is_found_out(
    court: Courtroom, made: Request, source: L2Contracts
) -> None:
    """It answers everything else truthfully."""
    source.chain.mine(2 * MARGIN_BLOCKS)
    read = BlockRange(BlockNumber(0), source.chain.height())
    pool = court.pool(LyingTransport(source.chain.url, show_nothing), source.chain.url)
    read_again: list[int] = []
    audit = EndpointAudit(
        source.chain.chain_id,
        pool,
        [source.request_manager.contract.address],
        read=lambda: read,
        on_missing=read_again.append,
        choose=lambda first, _: first,
        logger=court.log.logger,
    )
    audit.step()
    assert [health.distrusted for health in pool.health()] == [MISSES, None]
    (first,) = read_again
    assert first <= created_event(made).block_number
