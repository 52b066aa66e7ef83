"""What carrying a proof costs: as declared, as found on chain, as really used."""

from collections.abc import Callable

import pytest

from beamer_agent.actions.proof import Proof, ProofProgress, Stage
from tests.resolution_desk import DIRECTIONS, Desk, MakeDesk, look

pytestmark = pytest.mark.integration

Send = Callable[[Desk], Proof]

KINDS = [Desk.fill, Desk.invalidate]


@pytest.mark.parametrize("send", KINDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_declared_gas_is_near_the_used(
    make_desk: MakeDesk, direction: tuple[str, str], send: Send
) -> None:
    """Not below it, at most 1.3 times; for the first message of a chain and for later ones."""
    desk = make_desk(*direction)
    declared = desk_gas(desk, desk.look(send(desk)))
    for _ in range(3):
        for label, used in used_gas(desk, send(desk)).items():
            assert used <= declared[label] <= 1.3 * used


def desk_gas(desk: Desk, progress: ProofProgress) -> dict[str, int]:
    """What the adapters of a direction declare."""
    route = desk.route()
    gas = {toll.label: toll.gas for toll in route.up.ascent(Stage.SENT)}
    gas["execute"] = route.up.execution_gas + route.down.descent_gas
    if desk.target.is_base:
        gas.pop("prove", None)
    assert progress.cost > 0
    return gas


def used_gas(desk: Desk, proof: Proof) -> dict[str, int]:
    """What the steps of a proof really use."""
    used: dict[str, int] = {}
    while (progress := look(desk.watch, proof)).stage < Stage.EXECUTED:
        if progress.step is not None:
            used[progress.step.label] = desk.send(progress.step).gas_used
        elif progress.stage is Stage.PROVEN:
            desk.mature()
        else:
            desk.relay()
    return used


def test_costs_sink_as_steps_are_made(desk: Desk) -> None:
    """What was paid is paid; the arithmetic names what is left."""
    proof = desk.fill()
    at_first = desk.look(proof)
    assert at_first.arithmetic.startswith("prove 60 000 + execute 125 000 gas at 1")
    desk.relay()
    provable = desk.look(proof)
    desk.send(provable.step)
    proven = desk.look(proof)
    assert at_first.cost > provable.cost > proven.cost > 0
    assert "prove" not in proven.arithmetic
    desk.mature()
    desk.send(desk.look(proof).step)
    assert (desk.look(proof).cost, desk.look(proof).arithmetic) == (0, "nothing more to send")


def test_what_a_step_used_before_is_what_it_will_cost(desk: Desk) -> None:
    """The newest transaction of the kind is found on chain, by a new watch."""
    used = used_gas(desk, desk.fill())
    desk.watch = desk.new_watch()
    words = f"prove {used['prove']:,} + execute {used['execute']:,} gas".replace(",", " ")
    assert desk.look(desk.fill()).arithmetic.startswith(words)
