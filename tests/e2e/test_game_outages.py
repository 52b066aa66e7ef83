"""Games while a chain is away: what it knows is not guessed, what is ours is defended."""

from collections.abc import Iterator

import pytest

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Wei
from tests.books import Books, total
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint
from tests.e2e.story import counts
from tests.e2e.theatre import FILLED_ONLY, ROLES, stage_for, theatre_world
from tests.scenes import bets
from tests.stage import FILLED, MADE_UP, UNFILLED, transfer

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def world() -> Iterator[LocalWorld]:
    """One world for both stories."""
    with theatre_world("rival", base_transfers=False) as world:
        yield world


def test_game_goes_on_without_l1_and_is_decided_by_it_once_it_is_back(
    world: LocalWorld, agents: Agents
) -> None:
    """L1 is down at the start, comes up, goes down between proof and execution, comes back."""
    with Endpoint(world.base) as l1:
        books = Books(world, ROLES)
        agent = agents.start(world, {**FILLED_ONLY, "base-chain.rpc-url": l1.url})
        agent.wait_for_line("No L1 resolution", error="Connection refused")
        stage = stage_for(world, agent)
        request = stage.ask(UNFILLED)
        claim_id = stage.thief.claim(request, MADE_UP)
        stake, bid = stage.stake, Wei(stage.stake + 1)

        def insist() -> None:
            stage.thief.challenge(stage.source, claim_id, bid)

        stage.counter(claim_id)
        stage.wait_for_bids(claim_id, stake + bid, 2 * bid)
        l1.come_up()
        agent.wait_for_line("Connected", chain="base-chain")
        looked_at = world.base.height() + 2
        stage.until(lambda: world.base.height() >= looked_at, "a look at the proof on L1")
        insist()
        agent.wait_for_line("Mined transaction", transaction="prove")
        l1.go_down()
        stage.wait_for_bids(claim_id, stake + 2 * bid, 3 * bid)
        l1.come_up()
        agent.wait_for_line("Proofs are followed again", chain_id=world.base.chain_id)
        insist()
        stage.wait_for(request, "ClaimStakeWithdrawn")
        assert counts(request)["FillInvalidatedResolved"] == 1
        assert books.gains() == total(bets(stage, stake + 3 * bid), transfer(request, None, None))
        assert len(agent.lines("Sent transaction", transaction="prove")) == 1
        assert agent.stop() == 0


def test_nothing_is_challenged_while_the_target_chain_is_away_but_own_claims_are_defended(
    world: LocalWorld, agents: Agents
) -> None:
    """A claim that is made meanwhile is answered in time when the chain is back."""
    with Endpoint(world.l2s["l2b"].chain) as target:
        target.come_up()
        books = Books(world, ROLES)
        agent = agents.start(world, {**FILLED_ONLY, "chains.l2b.rpc-url": target.url})
        stage = stage_for(world, agent)
        filled = stage.ask(FILLED)
        own_claim = stage.own_claim(filled)
        target.go_down()
        stake, bid = stage.stake, Wei(stage.stake + 1)
        stage.thief.challenge(stage.source, own_claim, bid)
        # A margin before its end: until then somebody could be asked about the fill again.
        stage.wait_for_bids(own_claim, stake + bid, bid)
        stolen = stage.ask(UNFILLED)
        claim_id = stage.thief.claim(stolen, MADE_UP)
        claimed_at = stage.source.chain.client.head().timestamp
        late = claimed_at + 3 * world.settings.fill_wait_time
        stage.until(
            lambda: stage.source.chain.client.head().timestamp >= late, "the fill wait time"
        )
        assert counts(stolen) == {"RequestCreated": 1, "ClaimMade": 1}
        target.come_up()
        stage.wait_for_bids(claim_id, stake, bid)
        assert counts(stolen)["FillInvalidated"] == 1
        stage.curtain.wait()
        for request in (filled, stolen):
            stage.wait_for(request, "ClaimStakeWithdrawn")
        assert books.gains() == total(
            bets(stage, stake + bid),
            transfer(filled, "agent", "agent"),
            transfer(stolen, None, None),
        )
        assert agent.stop() == 0
