"""ProofWatch: chains that fail or lie cost only their own part."""

import threading
from dataclasses import replace

import pytest

from beamer_agent.actions.proof import ProofProgress, Stage
from beamer_agent.resolution.climb import SIMULATED_SECONDS
from beamer_agent.resolution.walk import BLIND_SECONDS, NO_L1, SILENT_L1
from beamer_agent.types import BlockNumber
from tests.doubles import ErrorObject
from tests.factories import ALICE, FILL_MANAGER, REQUEST_MANAGER, SOURCE, TARGET
from tests.fake_bridge import GATE, L1, FakeBridge
from tests.proof_watching import Watching, fail

pytestmark = pytest.mark.unit


@pytest.fixture
def bridge() -> FakeBridge:
    """A bridge over which nothing was sent."""
    return FakeBridge()


@pytest.fixture
def watching(bridge: FakeBridge) -> Watching:
    """A watch over it."""
    return Watching(bridge)


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
    methods = ("eth_getBlockByNumber", "eth_call")
    answers = {method: bridge.target.answer_of(method) for method in methods}
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
    for method, answer in answers.items():
        bridge.target.on(method, answer)
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


def test_a_refusal_to_tell_of_one_request_leaves_the_others(
    bridge: FakeBridge, watching: Watching
) -> None:
    """A RequestManager need not answer about requests that it does not know."""
    unknown, known = bridge.send(1), bridge.send(2)
    bridge.confirm(known)
    answer = bridge.source.answers[REQUEST_MANAGER, "requests"]
    bridge.source.answers[REQUEST_MANAGER, "requests"] = lambda id_: (
        ErrorObject("execution reverted", 3) if id_ == unknown.request_id else answer(id_)
    )
    watching.watch.state_interest([unknown, known])
    watching.watch.step()
    stages = [watching.watch.progress(proof).stage for proof in (unknown, known)]  # type: ignore[union-attr]
    assert stages == [Stage.SENT, Stage.CONFIRMED]


def test_a_missing_route_is_looked_for_once_in_a_while(
    bridge: FakeBridge, watching: Watching
) -> None:
    """Not with every block."""
    bridge.target.answers[FILL_MANAGER, "messenger"] = lambda: ALICE
    proof = bridge.send()
    watching.look(proof)
    before = bridge.target.posts
    for _ in range(3):
        bridge.next_block()
        watching.look(proof)
    assert bridge.target.posts == before


def test_who_is_not_asked_is_not_said_to_answer(bridge: FakeBridge, watching: Watching) -> None:
    """The log tells of a return when there is one."""
    proof = bridge.send(1)
    watching.look(proof)
    fail(bridge.source, "eth_call")
    fail(bridge.target)
    new = bridge.send(2)
    bridge.next_block()
    for interest in ([proof, new], [proof, new], [proof], [proof]):
        watching.watch.state_interest(interest)
        watching.watch.step()
    assert watching.log.sentences("info") == []
    assert watching.log.sentences("warning") == ["Proofs cannot be followed for now"] * 2
