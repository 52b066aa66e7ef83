"""Thefts that rule 3 of `protocol.md` (withdraw) invites, move by move, with small limits.

Once the deposit is taken, all claims that are the one it went through are valid, and no others.
What is at stake here is the agent's own money; who gets the deposit is another matter.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from beamer_agent.actions.model import ChallengeClaim, FillRequest
from beamer_agent.types import Wei
from tests.factories import make_fill_id
from tests.property.game.guarded import CALM_BLOCKS, GuardedMachine
from tests.property.game.honest import GAME, Habits
from tests.property.game.terms import BLOCK, CLAIM_PERIOD, HONEST, MALLORY, NATIVE, STAKE

pytestmark = pytest.mark.property

LIMIT = 8
"""Stakes: the most in all games of the agent."""
FALSE_ID = make_fill_id(77)

Story = Callable[[GuardedMachine], None]


def play(story: Story, *, is_filling: bool) -> list[type]:
    """A story to its end, after which the agent is not poorer; what the agent did, in order."""
    machine = GuardedMachine()
    game = replace(GAME, max_total_stake=Wei(LIMIT * STAKE))
    machine.begin([Habits(is_filling=is_filling, game=game)], 0, delay=1, is_early=True)
    story(machine)
    machine.pass_blocks(CALM_BLOCKS)
    machine.books_and_balances_agree()
    assert machine.world.source.balance(HONEST) >= NATIVE
    return [type(action) for action in machine.agents[0].done]


def claim_falsely(machine: GuardedMachine, times: int) -> None:
    """One claimer, one fill id, so many claims on the only request."""
    request_id = next(iter(machine.world.requests))
    for _ in range(times):
        assert machine.world.on_source(MALLORY, "claimRequest", request_id, FALSE_ID, value=STAKE)


def take_all(machine: GuardedMachine) -> None:
    """When the first claims end, the thief takes what there is to be taken, newest first."""
    machine.pass_blocks(CLAIM_PERIOD // BLOCK + 2)
    for claim_id in reversed(machine.world.claim_ids):
        machine.world.on_source(MALLORY, "withdraw", MALLORY, claim_id)


@pytest.mark.parametrize("is_asleep", [False, True])
@pytest.mark.parametrize("bid", [STAKE + 1, 9 * STAKE])
def test_a_false_claim_in_our_name_does_not_take_our_bids(bid: int, is_asleep: bool) -> None:
    """When it is paid our true claim is lost; and it must not be us who has it paid."""

    def story(machine: GuardedMachine) -> None:
        world = machine.world
        machine.pass_blocks(4)
        true_claim = next(i for i, b in world.books.claims.items() if b.claimer == HONEST)
        request_id = next(iter(world.requests))
        paid = (HONEST, request_id, FALSE_ID)
        assert world.on_source(MALLORY, "claimRequest", *paid, value=STAKE)
        twin = world.claim_ids[-1]
        assert world.on_source(MALLORY, "challengeClaim", true_claim, value=bid)
        while world.now < world.claim(twin).termination:
            machine.pass_blocks(1)
        if is_asleep:
            assert world.on_source(MALLORY, "withdraw", HONEST, twin)
        machine.pass_blocks(2)
        is_lost = world.on_source(MALLORY, "withdraw", MALLORY, true_claim)
        assert is_lost is is_asleep

    done = play(story, is_filling=True)
    assert FillRequest in done
    assert ChallengeClaim not in done


@pytest.mark.parametrize(("times", "is_answered"), [(LIMIT // 2 - 1, True), (LIMIT + 2, False)])
def test_false_claims_that_are_one_game_are_answered_all_or_not_at_all(
    times: int, is_answered: bool
) -> None:
    """Those that are left make the others valid, with the stakes against them."""

    def story(machine: GuardedMachine) -> None:
        claim_falsely(machine, times)
        take_all(machine)

    done = play(story, is_filling=False)
    assert done.count(ChallengeClaim) == (times if is_answered else 0)


@pytest.mark.parametrize(("times", "is_filled"), [(1, True), (LIMIT + 2, False)])
def test_a_request_with_more_false_claims_than_can_be_answered_is_not_filled(
    times: int, is_filled: bool
) -> None:
    """The principal would be lost with the stakes."""

    def story(machine: GuardedMachine) -> None:
        claim_falsely(machine, times)
        take_all(machine)

    assert (FillRequest in play(story, is_filling=True)) is is_filled
