"""ProofWatch: any number of proofs, for few requests."""

from dataclasses import replace

import pytest

from beamer_agent.actions.proof import Stage
from beamer_agent.resolution.climb import SIMULATED_SECONDS
from beamer_agent.resolution.ends import FINALITY_SECONDS
from beamer_agent.resolution.walk import MARGIN_BLOCKS, NO_ROUTE_SECONDS
from beamer_agent.types import Address, Seconds
from tests.factories import ALICE, FILL_ID, NOW, REQUEST_MANAGER, US, make_fill_id
from tests.fake_bridge import FINALITY, MATURITY, OUTBOX, TIME, FakeBridge
from tests.proof_watching import POLL_PERIOD, Watching

pytestmark = pytest.mark.unit

MANY = 200


@pytest.fixture
def bridge() -> FakeBridge:
    """A bridge over which nothing was sent."""
    return FakeBridge()


@pytest.fixture
def watching(bridge: FakeBridge) -> Watching:
    """A watch over it."""
    return Watching(bridge)


def test_times_and_stage_are_known_after_the_first_look(
    bridge: FakeBridge, watching: Watching
) -> None:
    """Of the fill chain's block, of the source chain's settings; nothing is known before."""
    proof = bridge.send()
    assert watching.watch.progress(proof) is None
    progress = watching.look(proof)
    assert progress.included_at == NOW + proof.block_number * TIME
    assert progress.matures_at == progress.included_at + FINALITY
    assert progress.margin == 10 + MARGIN_BLOCKS * TIME
    assert (progress.stage, progress.step, progress.is_resolvable) == (Stage.SENT, None, True)
    assert watching.watch.step() == POLL_PERIOD


@pytest.mark.parametrize("filler", [US, None])
def test_a_proof_that_the_fill_chain_contradicts_has_no_progress(
    bridge: FakeBridge, watching: Watching, filler: Address | None
) -> None:
    """A fill that has moved since, an absence of what is there after all: nobody acts on it."""
    proof = bridge.send(filler=filler)
    fills = dict(bridge.fills)
    bridge.fills[proof.request_id] = FILL_ID if filler is None else make_fill_id(99)
    watching.watch.state_interest([proof])
    watching.watch.step()
    assert watching.watch.progress(proof) is None
    bridge.fills = fills
    assert watching.look(proof).included_at == NOW + proof.block_number * TIME


def test_ripening_is_ahead_until_the_proof_is_made(bridge: FakeBridge, watching: Watching) -> None:
    """By L1's own period; afterwards the stage tells."""
    proof = bridge.send()
    bridge.post_root()
    assert watching.look(proof).ripening == MATURITY
    bridge.prove()
    assert watching.look(proof).ripening == 0


def test_a_known_proof_is_confirmed_and_not_looked_at_again(
    bridge: FakeBridge, watching: Watching
) -> None:
    """Whatever L1 says; no chain is asked anything, as long as nothing else matters."""
    for proof in (bridge.send(1), bridge.send(2, filler=None)):
        bridge.confirm(proof)
        confirmed = watching.look(proof)
        assert (confirmed.stage, confirmed.step, confirmed.cost) == (Stage.CONFIRMED, None, 0)
        bridge.next_block()
        assert watching.posts() == 0


def test_another_filler_or_fill_is_no_confirmation(bridge: FakeBridge, watching: Watching) -> None:
    """The source chain must say what the proof says."""
    proof = bridge.send()
    bridge.confirm(replace(proof, filler=ALICE))
    assert watching.look(proof).stage is Stage.SENT
    bridge.confirm(replace(proof, fill_id=bytes(32)))  # type: ignore[arg-type]
    bridge.next_block()
    assert watching.look(proof).stage is Stage.SENT


def test_many_proofs_cost_few_requests(bridge: FakeBridge, watching: Watching) -> None:
    """In batches of a hundred calls, however many proofs stand at any stage."""
    proofs = [bridge.send(number) for number in range(1, MANY + 1)]
    bridge.target.height = MANY + 100
    watching.watch.state_interest(proofs)
    assert watching.posts() <= 25
    assert watching.posts() == 1
    bridge.next_block()
    assert watching.posts() <= 10
    bridge.post_root()
    assert watching.posts() <= 20
    bridge.next_block()
    assert watching.posts() <= 12
    stages = {watching.watch.progress(proof).stage for proof in proofs}  # type: ignore[union-attr]
    assert stages == {Stage.PROVABLE}


def test_a_proof_that_matures_is_left_alone_until_then(
    bridge: FakeBridge, watching: Watching
) -> None:
    """Nobody can change its standing; then it is looked at again."""
    proof = bridge.send()
    bridge.post_root()
    bridge.prove()
    assert watching.look(proof).stage is Stage.PROVEN
    before = bridge.l1.methods().count("eth_call")
    for _ in range(MATURITY - 1):
        bridge.next_block()
        assert watching.look(proof).stage is Stage.PROVEN
    assert bridge.l1.methods().count("eth_call") == before
    bridge.next_block()
    executable = watching.look(proof)
    assert executable.stage is Stage.EXECUTABLE
    assert executable.step is not None


def test_an_executed_proof_is_looked_for_on_the_source_chain_each_turn(
    bridge: FakeBridge, watching: Watching
) -> None:
    """No block of L1 tells when it arrives."""
    proof = bridge.send()
    bridge.post_root()
    bridge.execute()
    assert watching.look(proof).stage is Stage.EXECUTED
    assert watching.posts() == 2
    bridge.confirm(proof)
    assert watching.look(proof).stage is Stage.CONFIRMED


def test_a_step_is_made_and_simulated_once(bridge: FakeBridge, watching: Watching) -> None:
    """A minute later it is simulated again; prices are those of every block."""
    proof = bridge.send()
    bridge.post_root()
    step = watching.look(proof).step
    assert step is not None
    for _ in range(3):
        bridge.next_block()
        bridge.post_root()
        assert watching.look(proof).step == step
    assert bridge.l1.methods().count("eth_estimateGas") == 1
    watching.clock.advance(SIMULATED_SECONDS)
    bridge.next_block()
    watching.look(proof)
    assert bridge.l1.methods().count("eth_estimateGas") == 2


def test_a_new_finality_period_is_noticed(bridge: FakeBridge, watching: Watching) -> None:
    """Within a minute and a block of L1."""
    proof = bridge.send()
    before = watching.look(proof)
    bridge.source.answers[REQUEST_MANAGER, "chains"] = lambda _id: (2 * FINALITY, 1, 1)
    bridge.next_block()
    assert watching.look(proof).matures_at == before.matures_at
    watching.clock.advance(FINALITY_SECONDS)
    bridge.next_block()
    assert watching.look(proof).matures_at == before.matures_at + FINALITY


def test_changes_are_told_and_nothing_else(bridge: FakeBridge, watching: Watching) -> None:
    """Whoever is told has something new to read."""
    proof = bridge.send()
    watching.look(proof)
    assert watching.changes == 1
    bridge.next_block()
    watching.look(proof)
    assert watching.changes == 1
    bridge.post_root()
    watching.look(proof)
    assert watching.changes == 2


def test_only_new_proofs_wake_the_watch(bridge: FakeBridge, watching: Watching) -> None:
    """Stating the same ones again, or fewer, does not."""
    proofs = [bridge.send(1), bridge.send(2)]
    watching.wake.clear()
    watching.watch.state_interest(iter(proofs))
    assert watching.wake.is_set()
    watching.wake.clear()
    watching.watch.state_interest(proofs)
    watching.watch.state_interest(proofs[:1])
    assert not watching.wake.is_set()
    watching.watch.state_interest(proofs)
    assert watching.wake.is_set()


def test_proofs_that_no_longer_matter_are_forgotten(
    bridge: FakeBridge, watching: Watching
) -> None:
    """With everything that was known of them."""
    proof = bridge.send()
    watching.look(proof)
    watching.watch.state_interest([])
    watching.watch.step()
    assert watching.watch.progress(proof) is None


def test_blocks_of_l1_are_not_taken_for_longer_than_they_can_be(
    bridge: FakeBridge, watching: Watching
) -> None:
    """A chain that slept, or one that has just begun, counts as Ethereum."""
    bridge.l1.height = 0
    assert watching.look(bridge.send()).margin == Seconds(10 + MARGIN_BLOCKS * 12)


def test_messenger_hashes_are_read_on_the_fill_chain(
    bridge: FakeBridge, watching: Watching
) -> None:
    """And once: a located message is not looked for again."""
    proof = bridge.send()
    watching.look(proof)
    calls = [params[0]["to"] for method, params in bridge.target.calls if method == "eth_call"]
    assert calls.count(OUTBOX) == 1
    bridge.next_block()
    watching.look(proof)
    later = [params[0]["to"] for method, params in bridge.target.calls if method == "eth_call"]
    assert later == calls


def test_a_step_ends_with_its_stage(bridge: FakeBridge, watching: Watching) -> None:
    """What was to be proven is proven; the execution is simulated for itself."""
    proof = bridge.send()
    bridge.post_root()
    assert watching.look(proof).step is not None
    bridge.prove()
    assert (watching.look(proof).stage, watching.look(proof).step) == (Stage.PROVEN, None)
    bridge.next_block(MATURITY)
    bridge.l1.always("eth_estimateGas", hex(77_000))
    executable = watching.look(proof)
    assert executable.step is not None
    assert executable.step.label == "execute"
    assert executable.arithmetic.startswith("execute 77 000 gas")


def test_costs_follow_the_fees_of_l1(bridge: FakeBridge, watching: Watching) -> None:
    """Of every block."""
    proof = bridge.send()
    before = watching.look(proof).cost
    bridge.l1.always("eth_maxPriorityFeePerGas", hex(4 * 10**9))
    assert watching.look(proof).cost == before
    bridge.next_block()
    assert watching.look(proof).cost == 2 * before


def test_slow_and_skipped_blocks_do_not_stretch_the_margin(
    bridge: FakeBridge, watching: Watching
) -> None:
    """No L1 takes longer than Ethereum; a chain that stood still makes up for it."""
    times = bridge.l1.answer_of("eth_getBlockByNumber")

    def slow(tag: str, full: bool) -> object:
        return times(tag, full) | ({"timestamp": hex(NOW - 10**6)} if tag != "latest" else {})

    bridge.l1.on("eth_getBlockByNumber", slow)
    assert watching.look(bridge.send()).margin == 10 + MARGIN_BLOCKS * 12


def test_without_proofs_no_chain_is_asked(bridge: FakeBridge) -> None:
    """But once, when L1 is connected: what is missing on the way is told at the start."""
    watching = Watching(bridge)
    assert not watching.watch.is_following()
    assert watching.posts() > 0
    for _ in range(3):
        bridge.next_block()
        watching.clock.advance(1_000)
        assert watching.posts() == 0
    watching.watch.state_interest([bridge.send()])
    assert watching.watch.is_following()
    assert watching.posts() > 0


def test_l1_that_cannot_be_read_is_asked_rarely_before_the_first_proof(
    bridge: FakeBridge,
) -> None:
    """Until it has answered once, and not at each look."""
    answer = bridge.l1.answer_of("eth_call")
    bridge.l1.always("eth_call", "0x")
    watching = Watching(bridge)
    assert watching.posts() > 0
    assert watching.posts() == 0
    bridge.l1.on("eth_call", answer)
    watching.clock.advance(NO_ROUTE_SECONDS)
    assert watching.posts() > 0
    watching.clock.advance(NO_ROUTE_SECONDS)
    assert watching.posts() == 0
