"""Games with more than two sides: several challengers, several honest agents, and strangers."""

import pytest

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import ClaimId, Wei
from tests.books import ETHER, Gains, total
from tests.e2e.story import counts
from tests.hand_agent import HandAgent
from tests.rounds import Rounds, awake
from tests.scenes import (
    Scene,
    bets,
    contested_claim,
    insisted_theft,
    left_theft,
    theft_of_a_fill,
)
from tests.stage import FILLED, MADE_UP, UNFILLED, Ending, Stage, transfer

pytestmark = pytest.mark.integration


def joined_theft(stage: Stage) -> Ending:
    """Another challenger is out-bid and gives up: the agent goes on for both."""
    request = stage.ask(UNFILLED)
    claim_id, bid = stage.thief.claim(request, MADE_UP), Wei(stage.stake + 1)
    stage.user.challenge(stage.source, claim_id, bid)
    stage.thief.challenge(stage.source, claim_id, bid)
    stage.wait_for_bids(claim_id, stage.stake + bid, 2 * bid)
    stage.thief.challenge(stage.source, claim_id, bid)
    stage.wait_for(request, "ClaimStakeWithdrawn")
    stage.user.withdraw(stage.source, claim_id)
    return Ending(
        request,
        {
            "RequestCreated": 1,
            "ClaimMade": 5,
            "FillInvalidated": 1,
            "FillInvalidatedResolved": 1,
            "ClaimStakeWithdrawn": 2,
        },
        # The other one's bid is doubled, the last challenger has the rest.
        total(bets(stage, stage.stake + 2 * bid, user=bid), transfer(request, None, None)),
    )


def test_each_challenger_takes_its_own_part(games: LocalWorld) -> None:
    """The agent leaves the game to another until nobody answers any more, and wins for both."""
    rounds = Rounds(games, [awake(games)])
    ending = rounds.play(joined_theft, "l2a", "l2b")
    assert counts(ending.request) == ending.events
    assert rounds.books.gains() == ending.gains
    assert rounds.books.failures("agent") == []


def test_stake_that_a_stranger_withdraws_for_us_is_not_asked_for_again(games: LocalWorld) -> None:
    """The contract lets anybody do it; the money is ours all the same."""
    agent = awake(games)
    rounds = Rounds(games, [agent])

    def scene(stage: Stage) -> Ending:
        request = stage.ask(UNFILLED)
        claim_id = stage.thief.claim(request, MADE_UP)
        stage.counter(claim_id)
        stage.wait_for(request, "FillInvalidatedResolved")
        withdraw_for_agent(stage, claim_id)
        return Ending(
            request, {}, total(bets(stage, 2 * stage.stake + 1), transfer(request, None, None))
        )

    ending = rounds.play(scene, "l2a", "l2b")
    assert rounds.books.gains() == ending.gains
    assert "withdraw" not in agent.sent(games.l2s["l2a"])
    assert rounds.books.failures("agent") == []


def test_stake_is_collected_though_a_stranger_withdrew_the_deposit_for_us(
    games: LocalWorld,
) -> None:
    """The deposit went through our own claim: the thief's claim on the same fill is lost."""
    rounds = Rounds(games, [awake(games)])

    def scene(stage: Stage) -> Ending:
        request = stage.ask(FILLED)
        own_claim = stage.own_claim(request)
        claim_id = stage.thief.claim(request, MADE_UP)
        stage.wait_for_bids(claim_id, stage.stake, stage.stake + 1)
        stage.curtain.wait()
        withdraw_for_agent(stage, own_claim)
        stage.wait_for(request, "ClaimStakeWithdrawn", 2)
        return Ending(
            request, {}, total(bets(stage, stage.stake), transfer(request, "agent", "agent"))
        )

    ending = rounds.play(scene, "l2a", "l2b")
    assert rounds.books.gains() == ending.gains
    assert rounds.books.failures("agent") == []


def withdraw_for_agent(stage: Stage, claim_id: ClaimId) -> None:
    """The user pays for a withdrawal of the agent's."""
    agent = stage.world.participant("agent").address
    call = stage.source.request_manager.contract.call("withdraw", agent, claim_id)
    stage.source.chain.wallet("user").execute(call)


@pytest.mark.parametrize("order", [("agent", "rival"), ("rival", "agent")])
@pytest.mark.parametrize("scene", [left_theft, insisted_theft])
def test_one_of_two_honest_agents_plays_alone(
    games: LocalWorld, scene: Scene, order: tuple[str, str]
) -> None:
    """The other one has nothing to win, and loses nothing but gas."""
    rounds = Rounds(games, [awake(games, role) for role in order])
    ending = rounds.play(scene, "l2a", "l2b", thief="user")
    gains = rounds.books.gains()
    assert pooled(gains) == ending.gains
    assert len({role for role, _, asset in gains if asset == ETHER} - {"user"}) == 1
    assert counts(ending.request) == ending.events


@pytest.mark.parametrize("scene", [theft_of_a_fill, contested_claim])
def test_honest_claims_are_left_alone_by_other_honest_agents(
    games: LocalWorld, scene: Scene
) -> None:
    """Only the one that has filled bids, for its own claim and against the thief's."""
    rounds = Rounds(games, [awake(games), awake(games, "rival")])
    ending = rounds.play(scene, "l2a", "l2b", thief="user")
    assert rounds.books.gains() == ending.gains
    assert counts(ending.request) == ending.events


def test_watchtower_challenges_what_it_does_not_fill(games: LocalWorld) -> None:
    """Also a claim on a request that it could fill."""
    watchtower = HandAgent(games, role="rival", symbols=(FILLED,), fill=False)
    rounds = Rounds(games, [watchtower])

    def scene(stage: Stage) -> Ending:
        request = stage.ask(FILLED)
        claim_id = stage.thief.claim(request, MADE_UP)
        stage.counter(claim_id)
        stage.wait_for(request, "ClaimStakeWithdrawn")
        return Ending(
            request, {}, total(bets(stage, 2 * stage.stake + 1), transfer(request, None, None))
        )

    ending = rounds.play(scene, "l2a", "l2b", thief="user")
    assert pooled(rounds.books.gains()) == ending.gains
    assert "fill" not in watchtower.sent(games.l2s["l2b"])
    assert rounds.books.failures("rival") == []


def pooled(gains: Gains) -> Gains:
    """With the rival's purse in the agent's."""
    return total(*({("agent" if r == "rival" else r, c, a): n} for (r, c, a), n in gains.items()))
