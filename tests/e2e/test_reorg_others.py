"""Reorganisations that take away another's fill: its claim is not challenged at once."""

from collections.abc import Iterator
from typing import Final

import pytest

from beamer_agent.devnet.participant import Request
from beamer_agent.types import BlockNumber, RequestId, Timestamp, TokenAmount
from tests.e2e.reorg_site import FILL_WAIT_TIME, ReorgSite
from tests.e2e.replacement import Dropped, Means, replace_blocks
from tests.e2e.story import counts, history
from tests.stage import AMOUNT, UNFILLED

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

HONEST: Final = {"RequestCreated": 1, "RequestFilled": 1, "ClaimMade": 1}
CLAIMED: Final = {"RequestCreated": 1, "ClaimMade": 1}
CHALLENGED: Final = {"RequestCreated": 1, "ClaimMade": 2, "FillInvalidated": 1}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReorgSite]:
    """A world and an agent."""
    with ReorgSite(tmp_path_factory.mktemp("others")) as site:
        yield site


@pytest.fixture
def claimed(site: ReorgSite) -> Request:
    """A request that another has filled and claimed so long ago that nothing is awaited."""
    source, target = site.l2s
    user, rival = site.world.participant("user"), site.world.participant("rival")
    manager = source.request_manager.contract
    nonce = 1 + source.chain.client.read(manager.call("currentNonce"))
    known = Request(
        request_id=RequestId(b""),
        source=source,
        target=target,
        symbol=UNFILLED,
        receiver=user.address,
        amount=TokenAmount(AMOUNT),
        nonce=nonce,
        valid_until=Timestamp(0),
    )
    fill_id = rival.fill(known)
    request = user.create_request(source, target, UNFILLED, AMOUNT)
    rival.claim(request, fill_id)
    site.world.increase_time(FILL_WAIT_TIME)
    let_agent_decide(site)
    assert counts(request) == HONEST
    return request


def let_agent_decide(site: ReorgSite) -> None:
    """Wait until it has decided twice on what it sees now, and so has carried out the first."""
    site.let_agent_look()
    for _ in range(2):
        request = site.world.participant("user").create_request(*site.l2s, UNFILLED, AMOUNT)
        request_id = "0x" + request.request_id.hex()
        site.wait_for_line("Not acting on request", request_id=request_id)


def lose_the_fill(site: ReorgSite, request: Request) -> tuple[Dropped, BlockNumber]:
    """The target chain goes over to a branch without the fill: its transaction, and its block."""
    chain = request.target.chain
    (block,) = (log.block for log in history(request) if log.name == "RequestFilled")
    dropped = replace_blocks(chain, chain.height() - block + 1, Means.REORG)
    let_agent_decide(site)
    assert counts(request) == CLAIMED
    return dropped[0], block


def test_fill_on_the_branch_that_wins_in_the_end(site: ReorgSite, claimed: Request) -> None:
    """While another branch without it is ahead, its claim is left alone."""
    chain = claimed.target.chain
    fill, block = lose_the_fill(site, claimed)
    # On top of the same block as before, it has the same id.
    depth = chain.height() - block + 1
    replace_blocks(chain, depth, Means.ROLLBACK, lambda _: fill.send_again(chain))
    let_agent_decide(site)
    assert counts(claimed) == HONEST
    filled, claim = (
        next(log["fillId"] for log in history(claimed) if log.name == name)
        for name in ("RequestFilled", "ClaimMade")
    )
    assert filled == claim


def test_fill_that_does_not_come_back(site: ReorgSite, claimed: Request) -> None:
    """After the usual time to wait for a fill, its claim is challenged like any other."""
    lose_the_fill(site, claimed)
    site.world.increase_time(FILL_WAIT_TIME)
    site.wait_until(lambda: counts(claimed) == CHALLENGED, "the challenge")
