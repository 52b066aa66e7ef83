"""ProofWatch: any number of proofs for few requests; chains that fail cost only their own part."""

import threading
from dataclasses import replace

import pytest

from beamer_agent.actions.proof import Proof, ProofProgress, Stage
from beamer_agent.errors import RpcConnectionError
from beamer_agent.resolution.climb import SIMULATED_SECONDS
from beamer_agent.resolution.ends import FINALITY_SECONDS
from beamer_agent.resolution.walk import BLIND_SECONDS, MARGIN_BLOCKS, NO_L1, SILENT_L1
from beamer_agent.resolution.watch import ProofWatch
from beamer_agent.types import BlockNumber, Seconds
from tests.doubles import ErrorObject, FakeClock, RecordingLogger, ScriptedTransport
from tests.factories import ALICE, FILL_MANAGER, NOW, REQUEST_MANAGER, SOURCE, TARGET
from tests.fake_bridge import FINALITY, GATE, L1, MATURITY, OUTBOX, TIME, FakeBridge

pytestmark = pytest.mark.unit

MANY = 200
POLL_PERIOD = 1.5


class Watching:
    """A watch over a bridge."""

    def __init__(self, bridge: FakeBridge, *, is_attached: bool = True) -> None:
        self.bridge = bridge
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.wake = threading.Event()
        self.changes = 0
        self.watch = ProofWatch(
            bridge.direction,
            poll_period=POLL_PERIOD,
            wake=self.wake,
            on_change=self._count,
            clock=self.clock,
            logger=self.log.logger,
        )
        if is_attached:
            self.watch.attach_base(bridge.base)

    def look(self, proof: Proof) -> ProofProgress:
        """A turn with a proof, and what is known of it then."""
        self.watch.state_interest([proof])
        self.watch.step()
        progress = self.watch.progress(proof)
        assert progress is not None
        return progress

    def posts(self) -> int:
        """HTTP requests of one turn, to all chains."""
        chains = self.bridge.source, self.bridge.target, self.bridge.l1
        before = sum(chain.posts for chain in chains)
        self.watch.step()
        return sum(chain.posts for chain in chains) - before

    def _count(self) -> None:
        self.changes += 1


@pytest.fixture
def bridge() -> FakeBridge:
    """A bridge over which nothing was sent."""
    return FakeBridge()


@pytest.fixture
def watching(bridge: FakeBridge) -> Watching:
    """A watch over it."""
    return Watching(bridge)


def fail(chain: ScriptedTransport, *methods: str) -> None:
    """From now on these calls fail, or all that are known."""
    for method in methods or ("eth_call", "eth_getBlockByNumber", "eth_getLogs"):
        chain.always(method, RpcConnectionError("refused"))


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


def test_a_known_proof_is_confirmed_and_not_looked_at_again(
    bridge: FakeBridge, watching: Watching
) -> None:
    """Whatever L1 says; only L1's head is asked for."""
    for proof in (bridge.send(1), bridge.send(2, filler=None)):
        bridge.confirm(proof)
        confirmed = watching.look(proof)
        assert (confirmed.stage, confirmed.step, confirmed.cost) == (Stage.CONFIRMED, None, 0)
        bridge.next_block()
        assert watching.posts() == 1


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
    assert watching.posts() <= 20
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


def test_a_step_that_begins_to_fail_is_taken_back(bridge: FakeBridge, watching: Watching) -> None:
    """And offered again when it no longer does."""
    proof = bridge.send()
    bridge.post_root()
    assert watching.look(proof).step is not None
    bridge.l1.always("eth_estimateGas", ErrorObject("execution reverted", 3, "0x"))
    watching.clock.advance(SIMULATED_SECONDS)
    bridge.next_block()
    refused = watching.look(proof)
    assert (refused.step, refused.is_resolvable) == (None, True)
    assert watching.log.sentences("warning") == ["Step would fail"]
    bridge.l1.always("eth_estimateGas", "0x1")
    bridge.next_block()
    assert watching.look(proof).step is not None


def test_a_contradiction_is_told_once_and_heals(bridge: FakeBridge, watching: Watching) -> None:
    """The node's messages do not give L1's root: nothing is offered until they do."""
    proof = bridge.send()
    bridge.roots.append((b"\x07" * 32, 1))
    for _ in range(3):
        lying = watching.look(proof)
        assert (lying.is_resolvable, lying.step, lying.cost) == (False, None, 0)
        assert lying.arithmetic == "the fill chain's messages do not give the root that L1 has"
        bridge.next_block()
    assert watching.log.sentences("warning") == ["Chains contradict each other"]
    bridge.post_root()
    honest = watching.look(proof)
    assert honest.is_resolvable
    assert honest.step is not None


def test_a_lie_about_one_proof_leaves_the_others(bridge: FakeBridge, watching: Watching) -> None:
    """Each is checked for itself."""
    proofs = [bridge.send(1), bridge.send(2)]
    bridge.stored[0] = bytes(32)
    bridge.post_root()
    watching.watch.state_interest(proofs)
    watching.watch.step()
    first, second = (watching.watch.progress(proof) for proof in proofs)
    assert first is not None
    assert second is not None
    assert (first.is_resolvable, second.is_resolvable) == (False, True)
    assert second.step is not None


def test_a_turn_back_on_l1_is_followed(bridge: FakeBridge, watching: Watching) -> None:
    """A reorganisation may take an execution away."""
    proof = bridge.send()
    bridge.post_root()
    bridge.execute()
    assert watching.look(proof).stage is Stage.EXECUTED
    bridge.delivered.clear()
    bridge.next_block()
    assert watching.look(proof).stage is Stage.PROVABLE


@pytest.mark.parametrize("methods", [(), ("eth_call",)])
def test_a_silent_l1_makes_proofs_unresolvable(
    bridge: FakeBridge, watching: Watching, methods: tuple[str, ...]
) -> None:
    """Wherever it falls silent; told once, and so is its return."""
    proof = bridge.send()
    bridge.post_root()
    before = watching.look(proof)
    answers = {m: bridge.l1.answer_of(m) for m in ("eth_call", "eth_getBlockByNumber")}
    bridge.next_block()
    fail(bridge.l1, *methods)
    for _ in range(3):
        silent = watching.look(proof)
        assert (silent.is_resolvable, silent.step, silent.cost) == (False, None, 0)
        assert (silent.stage, silent.arithmetic) == (Stage.PROVABLE, SILENT_L1)
        assert silent.included_at == before.included_at
    for method, answer in answers.items():
        bridge.l1.on(method, answer)
    assert watching.look(proof) == before
    lines = [(line["event"], line["chain_id"]) for line in watching.log.lines]
    assert lines == [
        ("Proofs cannot be followed for now", L1),
        ("Proofs are followed again", L1),
    ]


def test_without_l1_the_source_chain_is_asked_now_and_then(bridge: FakeBridge) -> None:
    """Others may carry the proof."""
    watching = Watching(bridge, is_attached=False)
    proof = bridge.send()
    alone = watching.look(proof)
    assert (alone.is_resolvable, alone.arithmetic) == (False, NO_L1)
    assert watching.posts() == 0
    bridge.confirm(proof)
    watching.clock.advance(BLIND_SECONDS)
    assert watching.look(proof).stage is Stage.CONFIRMED


def test_a_silent_source_chain_is_told_of_once(bridge: FakeBridge, watching: Watching) -> None:
    """A new proof's times need it; it is asked again with every block of L1."""
    fail(bridge.source, "eth_call")
    proof = bridge.send()
    watching.watch.state_interest([proof])
    for _ in range(3):
        watching.watch.step()
        watching.watch.step()
        bridge.next_block()
    assert watching.watch.progress(proof) is None
    lines = [(line["event"], line["chain_id"]) for line in watching.log.lines]
    assert lines == [("Proofs cannot be followed for now", SOURCE)]


def test_a_silent_fill_chain_leaves_known_proofs(bridge: FakeBridge, watching: Watching) -> None:
    """A new one waits for its times, the known one goes on."""
    known = bridge.send(1)
    bridge.post_root()
    watching.look(known)
    answer = bridge.target.answer_of("eth_getBlockByNumber")
    fail(bridge.target)
    new = bridge.send(2)
    watching.watch.state_interest([known, new])
    bridge.prove()
    watching.watch.step()
    progress = watching.watch.progress(known)
    assert progress is not None
    assert progress.stage is Stage.PROVEN
    assert watching.watch.progress(new) is None
    assert [line["chain_id"] for line in watching.log.lines if line["log_level"] == "warning"] == [
        TARGET
    ]
    bridge.target.on("eth_getBlockByNumber", answer)
    watching.watch.step()
    assert watching.watch.progress(new) is not None


def test_a_block_that_is_not_there_yet_keeps_only_its_own_proof(
    bridge: FakeBridge, watching: Watching
) -> None:
    """An endpoint may be late."""
    here, later = bridge.send(1), replace(bridge.send(2), block_number=BlockNumber(10**6))
    watching.watch.state_interest([here, later])
    watching.watch.step()
    assert watching.watch.progress(here) is not None
    assert watching.watch.progress(later) is None


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


def test_the_watch_answers_while_a_chain_does_not(bridge: FakeBridge, watching: Watching) -> None:
    """No lock is held while a chain is asked."""
    proof = bridge.send()
    watching.look(proof)
    asked_inside: list[ProofProgress | None] = []

    def slow(_nonce: int) -> bool:
        asking = threading.Thread(
            target=lambda: asked_inside.append(watching.watch.progress(proof))
        )
        asking.start()
        asking.join(5)
        return False

    bridge.l1.answers[GATE, "delivered"] = slow
    bridge.post_root()
    watching.watch.step()
    assert asked_inside[0] is not None


def test_contracts_that_cannot_be_read_at_first_are_read_later(
    bridge: FakeBridge, watching: Watching
) -> None:
    """The fill chain's own messenger has to be known; L1 is not blamed."""
    answer = bridge.target.answers[FILL_MANAGER, "messenger"]
    bridge.target.answers[FILL_MANAGER, "messenger"] = lambda: ErrorObject("header not found")
    proof = bridge.send()
    blind = watching.look(proof)
    assert not blind.is_resolvable
    assert blind.arithmetic.startswith("the contracts on the way cannot be read")
    bridge.target.answers[FILL_MANAGER, "messenger"] = answer
    bridge.next_block()
    assert watching.look(proof).is_resolvable


def test_a_missing_route_is_told_once(bridge: FakeBridge, watching: Watching) -> None:
    """And looked for again: contracts may be set up any time."""
    answer = bridge.target.answers[FILL_MANAGER, "messenger"]
    bridge.target.answers[FILL_MANAGER, "messenger"] = lambda: ALICE
    proof = bridge.send()
    for _ in range(3):
        assert not watching.look(proof).is_resolvable
        watching.clock.advance(60)
        bridge.next_block()
    assert watching.log.sentences("warning") == ["Proofs cannot be resolved on L1"]
    bridge.target.answers[FILL_MANAGER, "messenger"] = answer
    watching.clock.advance(60)
    assert watching.look(proof).is_resolvable


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
