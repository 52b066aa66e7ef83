"""An agent that comes late, or is away for a while: what is still to be won is won."""

import pytest

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Seconds, Wei
from tests.books import total
from tests.e2e.story import counts
from tests.rounds import Rounds, awake
from tests.scenes import Scene, bets, stubborn_theft
from tests.stage import FILLED, MADE_UP, UNFILLED, Ending, Stage, fill_id_of, transfer

pytestmark = pytest.mark.integration

GWEI = 10**9


@pytest.fixture
def rounds(games: LocalWorld) -> Rounds:
    """Nobody is awake yet."""
    return Rounds(games, [])


def test_own_claim_that_was_challenged_in_our_absence_is_defended(rounds: Rounds) -> None:
    """The next life finds it out-bid."""

    def scene(stage: Stage) -> Ending:
        rounds.agents = [awake(stage.world)]
        request = stage.ask(FILLED)
        claim_id, bid = stage.own_claim(request), Wei(stage.stake + 1)
        rounds.agents = []
        stage.thief.challenge(stage.source, claim_id, bid)
        rounds.agents = [awake(stage.world)]
        stage.wait_for_bids(claim_id, stage.stake + bid, bid)
        stage.curtain.wait()
        stage.wait_for(request, "DepositWithdrawn")
        return Ending(request, {}, total(bets(stage, bid), transfer(request, "agent", "agent")))

    assert_everybody_has_what_is_his(rounds, scene)


def test_theft_that_was_challenged_by_an_earlier_life_is_collected(rounds: Rounds) -> None:
    """Also when everything is over before the next life begins."""

    def scene(stage: Stage) -> Ending:
        rounds.agents = [awake(stage.world)]
        request = stage.ask(UNFILLED)
        claim_id = stage.thief.claim(request, MADE_UP)
        stage.wait_for_bids(claim_id, stage.stake, stage.stake + 1)
        rounds.agents = []
        stage.curtain.wait()
        rounds.agents = [awake(stage.world)]
        stage.wait_for(request, "ClaimStakeWithdrawn")
        return Ending(request, {}, total(bets(stage, stage.stake), transfer(request, None, None)))

    assert_everybody_has_what_is_his(rounds, scene)


def test_theft_of_our_fill_that_is_seen_in_its_last_seconds_is_challenged(rounds: Rounds) -> None:
    """The fill is its own proof: the first bid wins all the time that is needed."""

    def scene(stage: Stage) -> Ending:
        rounds.agents = [awake(stage.world)]
        request = stage.ask(FILLED)
        stage.own_claim(request)
        rounds.agents = []
        claim_id = stage.thief.claim(request, fill_id_of(request))
        rounds.pass_time(Seconds(stage.world.settings.claim_period - 5))
        rounds.agents = [awake(stage.world)]
        stage.counter(claim_id)
        stage.wait_for(request, "ClaimStakeWithdrawn", 2)
        return Ending(
            request,
            {},
            total(bets(stage, 2 * stage.stake + 1), transfer(request, "agent", "agent")),
        )

    assert_everybody_has_what_is_his(rounds, scene)


def test_theft_that_somebody_fills_in_time_needs_no_proof_of_absence(rounds: Rounds) -> None:
    """While the fill is waited for, it appears, with another id."""

    def scene(stage: Stage) -> Ending:
        rounds.agents = [awake(stage.world)]
        request = stage.ask(UNFILLED)
        claim_id = stage.thief.claim(request, MADE_UP)
        honest_claim = stage.user.claim(request, stage.user.fill(request))
        stage.counter(claim_id)
        stage.wait_for(request, "RequestResolved")
        stage.user.withdraw(stage.source, honest_claim)
        stage.wait_for(request, "ClaimStakeWithdrawn", 2)
        assert "FillInvalidated" not in counts(request)
        return Ending(
            request,
            {},
            total(bets(stage, 2 * stage.stake + 1), transfer(request, "user", "user")),
        )

    assert_everybody_has_what_is_his(rounds, scene)


def test_dear_l1_is_paid_by_the_thief(games: LocalWorld, rounds: Rounds) -> None:
    """The agent bids so much that the claimer's answer, or its absence, covers the cost."""
    us = games.participant("agent")
    before = [chain.client.balance(us.address) for chain in games.chains]
    games.base.client.call("anvil_setNextBlockBaseFeePerGas", hex(1_000 * GWEI))
    rounds.agents = [awake(games)]
    assert_everybody_has_what_is_his(rounds, stubborn_theft)
    after = [chain.client.balance(us.address) for chain in games.chains]
    gas_on_l1 = before[0] - after[0]
    assert gas_on_l1 > games.settings.claim_stake
    assert sum(after) > sum(before)


def assert_everybody_has_what_is_his(rounds: Rounds, scene: Scene) -> None:
    """And nothing of the agent's was sent in vain."""
    ending = rounds.play(scene, "l2a", "l2b")
    assert rounds.books.gains() == ending.gains
    assert rounds.books.failures("agent") == []
