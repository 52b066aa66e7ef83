"""Proofs walk all the way on real chains: every step is sent by hand, nobody is told about it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from beamer_agent.actions.proof import Place, Proof, Stage
from beamer_agent.resolution.walk import NO_L1, SILENT_L1
from beamer_agent.types import BlockNumber
from tests.resolution_desk import DIRECTIONS, Desk, MakeDesk, look

pytestmark = pytest.mark.integration

Send = Callable[[Desk], Proof]

KINDS = [Desk.fill, Desk.invalidate]


def walk(desk: Desk, proof: Proof) -> list[tuple[Stage, str | None]]:
    """Every stage on the way, with the label of the step that was offered and sent there."""
    seen = []
    while True:
        progress = desk.look(proof)
        seen.append((progress.stage, progress.step.label if progress.step else None))
        if progress.stage is Stage.CONFIRMED:
            return seen
        if progress.step is not None:
            desk.send(progress.step)
        elif progress.stage is Stage.PROVEN:
            desk.mature()
        else:
            desk.relay()


UP = [
    (Stage.SENT, None),
    (Stage.PROVABLE, "prove"),
    (Stage.PROVEN, None),
    (Stage.EXECUTABLE, "execute"),
]
DOWN = [(Stage.EXECUTED, None), (Stage.CONFIRMED, None)]
WAYS = {
    ("l2a", "l2b"): UP + DOWN,
    ("l2a", "base"): UP[3:] + DOWN,
    ("base", "l2a"): UP + DOWN[1:],
}


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("send", KINDS)
def test_a_proof_walks_all_the_way(
    make_desk: MakeDesk, direction: tuple[str, str], send: Send
) -> None:
    """Fills and non-fills, over both adapters; a restart at any stage changes nothing."""
    desk = make_desk(*direction)
    proof = send(desk)
    assert walk(desk, proof) == WAYS[direction]
    manager = desk.source.request_manager.contract
    client = desk.source.chain.client
    if proof.filler is None:
        known = client.read(manager.call("isInvalidFill", proof.request_id, proof.fill_id))
        assert known is True
    else:
        known = client.read(manager.call("requests", proof.request_id))
        assert known[9:11] == (desk.agent.address, proof.fill_id)
    assert desk.log.sentences("warning") == []


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_times_are_those_of_the_chains(make_desk: MakeDesk, direction: tuple[str, str]) -> None:
    """The fill chain's block, the source chain's finality; all in time for a late challenge."""
    desk = make_desk(*direction)
    proof = desk.fill()
    progress = desk.look(proof)
    block = desk.target.chain.client.block(proof.block_number)
    settings = desk.world.settings
    assert progress.included_at == block.timestamp
    assert progress.matures_at == block.timestamp + settings.finality_period
    # Whoever challenges when the proof is included wins the time of a counter-challenge.
    latest = progress.included_at + settings.finality_period + settings.challenge_period_extension
    assert progress.matures_at + progress.margin < latest


def test_the_margin_covers_the_way_down(desk: Desk) -> None:
    """The local bridge's delay, and blocks of L1."""
    progress = desk.look(desk.fill())
    assert progress.margin == desk.world.settings.relay_delay + 2


def test_a_step_of_somebody_else_is_as_good(desk: Desk) -> None:
    """Proven, executed and delivered by others: the watch goes on from there."""
    proof = desk.fill()
    desk.relay()
    desk.send(desk.look(proof).step, "rival")
    assert desk.look(proof).stage is Stage.PROVEN
    desk.mature()
    desk.send(desk.look(proof).step, "rival")
    assert desk.look(proof).stage is Stage.EXECUTED
    desk.relay()
    assert desk.look(proof).stage is Stage.CONFIRMED


def test_steps_that_happened_between_two_looks_are_passed_over(desk: Desk) -> None:
    """Everything is done by others while nobody looks."""
    proof = desk.fill()
    assert look(desk.watch, proof).stage is Stage.SENT
    other = Desk(desk.world, desk.source, desk.target)
    walk(other, proof)
    other.close()
    assert desk.look(proof).stage is Stage.CONFIRMED


def test_many_proofs_walk_together(desk: Desk) -> None:
    """Under one root, and under a later one."""
    proofs = [desk.fill(), desk.invalidate(), desk.fill()]
    desk.relay()
    proofs.append(desk.fill())
    desk.watch.state_interest(proofs)
    desk.watch.step()
    stages = [progress.stage for proof in proofs if (progress := desk.watch.progress(proof))]
    assert stages == [Stage.PROVABLE] * 3 + [Stage.SENT]
    desk.relay()
    for proof in proofs:
        desk.watch = desk.new_watch()
        assert walk(desk, proof)[-1][0] is Stage.CONFIRMED


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_without_l1_times_are_known_all_the_same(
    make_desk: MakeDesk, direction: tuple[str, str]
) -> None:
    """L1 may connect later: then the proof can be carried."""
    desk = make_desk(*direction)
    proof = desk.fill()
    watch = desk.new_watch(is_attached=False)
    before = look(watch, proof)
    assert (before.is_resolvable, before.step, before.cost) == (False, None, 0)
    assert before.arithmetic == NO_L1
    desk.wake.clear()
    watch.attach_base(desk.base)
    assert desk.wake.is_set()
    after = look(watch, proof)
    assert after.is_resolvable
    assert (before.included_at, before.matures_at) == (after.included_at, after.matures_at)


def test_l1_may_be_down_for_a_while(desk: Desk) -> None:
    """The proof cannot be carried meanwhile; afterwards it goes on, and the log tells of both."""
    proof = desk.fill()
    desk.relay()
    assert desk.look(proof).step is not None
    desk.lines["base"].is_cut = True
    down = look(desk.watch, proof)
    assert (down.is_resolvable, down.step, down.cost) == (False, None, 0)
    assert (down.stage, down.arithmetic) == (Stage.PROVABLE, SILENT_L1)
    look(desk.watch, proof)
    assert desk.log.sentences("warning") == ["Proofs cannot be followed for now"]
    desk.lines["base"].is_cut = False
    up = desk.look(proof)
    assert up.is_resolvable
    assert up.step is not None
    assert desk.log.sentences("info") == ["Proofs are followed again"]


def test_a_silent_chain_costs_only_what_it_alone_can_tell(desk: Desk) -> None:
    """Known proofs go on over L1 while neither transfer chain answers."""
    proof = desk.fill()
    desk.relay()
    step = look(desk.watch, proof).step
    for name in ("source", "target"):
        desk.lines[name].is_cut = True
    desk.send(step)
    assert look(desk.watch, proof).stage is Stage.PROVEN
    desk.mature()
    desk.send(look(desk.watch, proof).step)
    assert look(desk.watch, proof).stage is Stage.EXECUTED
    desk.relay()
    assert look(desk.watch, proof).stage is Stage.EXECUTED
    desk.lines["source"].is_cut = False
    assert look(desk.watch, proof).stage is Stage.CONFIRMED


def test_a_step_that_would_fail_is_not_offered(desk: Desk) -> None:
    """Its reason is logged once; as soon as it would succeed, it is offered."""
    proof = desk.fill()
    desk.relay()
    desk.send(desk.look(proof).step)
    resolver = desk.world.contracts.resolver.contract
    chain_id, owner = desk.source.chain.chain_id, desk.world.base.wallet("deployer")
    manager = desk.source.request_manager.address
    gate = desk.source.l1_messenger.address
    owner.execute(resolver.call("addRequestManager", chain_id, manager, resolver.address))
    desk.mature()
    stuck = look(desk.watch, proof)
    assert (stuck.stage, stuck.step, stuck.is_resolvable) == (Stage.EXECUTABLE, None, True)
    desk.world.base.mine()
    look(desk.watch, proof)
    assert desk.log.sentences("warning") == ["Step would fail"]
    owner.execute(resolver.call("addRequestManager", chain_id, manager, gate))
    offered = look(desk.watch, proof).step
    assert offered is not None
    assert (offered.label, offered.place) == ("execute", Place.BASE)


def test_a_resolver_that_sends_elsewhere_is_given_no_money(desk: Desk) -> None:
    """Nothing is proven that would end elsewhere; a minute later the route is asked for again."""
    proof = desk.fill()
    desk.relay()
    resolver = desk.world.contracts.resolver.contract
    chain_id, owner = desk.source.chain.chain_id, desk.world.base.wallet("deployer")
    gate = desk.source.l1_messenger.address
    manager = desk.source.request_manager.address
    owner.execute(resolver.call("addRequestManager", chain_id, resolver.address, gate))
    lost = desk.look(proof)
    assert (lost.is_resolvable, lost.step) == (False, None)
    assert lost.arithmetic == f"the Resolver does not send proofs to chain {chain_id}"
    owner.execute(resolver.call("addRequestManager", chain_id, manager, gate))
    desk.clock.advance(60)
    assert look(desk.watch, proof).step is not None


def test_a_transaction_that_is_no_proof_is_not_carried(desk: Desk) -> None:
    """The watch waits for what its block does not show, and refuses what shows another message."""
    proof, other = desk.fill(), desk.fill()
    elsewhere = replace(proof, block_number=BlockNumber(1))
    mixed = replace(
        proof, block_number=other.block_number, transaction_hash=other.transaction_hash
    )
    assert (desk.look(elsewhere).stage, desk.look(elsewhere).step) == (Stage.SENT, None)
    refused = desk.look(mixed)
    assert (refused.is_resolvable, refused.step) == (False, None)
    assert refused.arithmetic == "the proof's transaction has sent another message"
