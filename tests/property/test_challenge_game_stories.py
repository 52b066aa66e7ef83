"""Known attacks, played move by move in the model: each ends with the sums of `GuardedMachine`."""

from collections.abc import Callable

import pytest

from beamer_agent.actions.model import ChallengeClaim, ClaimFill, InvalidateFill, RelayMessage
from tests.property.game.guarded import GuardedMachine
from tests.property.game.honest import Habits
from tests.property.game.moves import BidKind, FillIdKind
from tests.property.game.terms import ADVERSARIES, CLAIM_PERIOD, FINALITY, STAKE

pytestmark = pytest.mark.property

WATCHING = Habits(is_filling=False)
FILLING = Habits()
POOR_IN_KNOWLEDGE = Habits(knows_prices=False)
DEAR = 3 * STAKE
"""More than L1's word wins in a game of minimum bids."""

Story = Callable[[GuardedMachine], None]


def play(story: Story, *habits: Habits, cost: int = 0) -> GuardedMachine:
    """A story to its end, with everything that must hold checked after it and at the end."""
    machine = GuardedMachine()
    machine.begin(list(habits), cost, delay=1, is_early=True)
    story(machine)
    machine.no_false_claim_is_won()
    machine.no_honest_claim_of_agents_is_lost()
    machine.teardown()
    return machine


def actions(machine: GuardedMachine, agent: int = 0) -> list[type]:
    """What an agent did, in order."""
    return [type(action) for action in machine.agents[agent].done]


def test_a_claim_that_nobody_can_have_filled_is_disproven_and_challenged() -> None:
    """Its stake goes to the agent, without L1 when nobody counters."""
    machine = play(lambda m: m.claim_falsely(0, 0, FillIdKind.UNKNOWN), WATCHING)
    assert actions(machine)[:2] == [InvalidateFill, ChallengeClaim]
    assert RelayMessage not in actions(machine)
    assert machine.world.source.balance(ADVERSARIES[0]) < machine.world.source.balance(
        ADVERSARIES[1]
    )


def test_a_friend_who_challenges_first_does_not_keep_the_proof_from_being_made() -> None:
    """The claimer counters in the last block, when it is too late to begin with a proof."""
    machine = play(
        lambda m: m.steal_with_a_friend(0, FillIdKind.UNKNOWN, BidKind.LEAST, 1, False),
        WATCHING,
    )
    assert InvalidateFill in actions(machine)


def test_a_proof_that_is_repeated_does_not_become_younger() -> None:
    """The first one counts, whoever has it said again."""
    play(lambda m: m.steal_with_a_friend(0, FillIdKind.UNKNOWN, BidKind.LEAST, 1, True), WATCHING)


def test_a_claim_that_its_block_makes_true_is_left_alone() -> None:
    """The claimer knew the fill id before the fill."""
    machine = play(lambda m: m.claim_with_future_fill(0, 0), WATCHING)
    assert ChallengeClaim not in actions(machine)


@pytest.mark.parametrize("bid", BidKind)
@pytest.mark.parametrize("habits", [FILLING, POOR_IN_KNOWLEDGE])
def test_an_honest_claim_is_defended_to_the_end(bid: BidKind, habits: Habits) -> None:
    """By bids while they are cheaper, by L1 when that wins more than it costs."""
    machine = play(lambda m: m.grief(0, 4, bid), habits, cost=DEAR)
    assert actions(machine).count(ClaimFill) == 2
    assert {ChallengeClaim, RelayMessage} & set(actions(machine))


def test_many_false_claims_on_one_request_are_all_answered() -> None:
    """One proof serves those with the same fill id."""
    machine = play(lambda m: m.claim_falsely_many_times(0, 0, FillIdKind.FUTURE, 5), WATCHING)
    assert actions(machine).count(InvalidateFill) == 1
    assert actions(machine).count(ChallengeClaim) == 5


def test_two_agents_share_a_game_without_loss() -> None:
    """Both answer one claim, which is out-bid to the end."""

    def story(machine: GuardedMachine) -> None:
        machine.claim_falsely(0, 0, FillIdKind.UNKNOWN)
        machine.pass_blocks(8)
        machine.out_bid(machine.world.claim_ids[0], 0, BidKind.LEAST, 3)

    play(story, WATCHING, WATCHING, cost=STAKE // 2)


def test_an_agent_that_is_no_lp_any_more_still_challenges() -> None:
    """The lists are about fills and claims, not about bids."""

    def story(machine: GuardedMachine) -> None:
        machine.claim_falsely(0, 0, FillIdKind.UNKNOWN)
        for is_source in (True, False):
            machine.change_lists(0, is_allowed=False, is_source=is_source)

    assert ChallengeClaim in actions(play(story, FILLING))


@pytest.mark.parametrize("blocks", [0, 1, 3, 4, 5, 20, FINALITY // 60 + 3, FINALITY // 60 + 5])
def test_a_restart_at_any_point_changes_no_outcome(blocks: int) -> None:
    """Nothing is paid twice, nothing is forgotten."""

    def story(machine: GuardedMachine) -> None:
        machine.claim_falsely(0, 0, FillIdKind.UNKNOWN)
        machine.pass_blocks(blocks)
        machine.restart(0, blocks)
        left = (machine.world.claim(machine.world.claim_ids[0]).termination) - machine.world.now
        if left > 0:
            machine.out_bid(machine.world.claim_ids[0], 0, BidKind.LEAST, 2)

    machine = play(story, WATCHING)
    assert actions(machine).count(InvalidateFill) == 1
    machine.no_obligation_is_met_twice()
    assert blocks * 60 < CLAIM_PERIOD + FINALITY


@pytest.mark.parametrize("blocks", [1, 2, 3, 4])
def test_a_restart_in_the_block_of_a_fill_or_claim_repeats_neither(blocks: int) -> None:
    """The new life decides before it can see what the earlier one has just sent."""

    def story(machine: GuardedMachine) -> None:
        machine.pass_blocks(blocks)
        machine.restart(0, blocks)
        machine.pass_blocks(3)

    assert actions(play(story, FILLING)).count(ClaimFill) == 1


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 5, 6, 7])
def test_a_restart_in_the_block_of_a_bid_repeats_it_not(blocks: int) -> None:
    """Nor a proof."""

    def story(machine: GuardedMachine) -> None:
        machine.claim_falsely(0, 0, FillIdKind.UNKNOWN)
        machine.pass_blocks(blocks)
        machine.restart(0, blocks)
        machine.pass_blocks(3)

    machine = play(story, WATCHING)
    assert actions(machine).count(InvalidateFill) == 1
    assert actions(machine).count(ChallengeClaim) == 1
