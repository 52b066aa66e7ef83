"""LocalRollup: nothing is offered that the chains do not agree about."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.actions.proof import Place, Proof, RelayStep, Stage
from beamer_agent.errors import RpcPayloadError
from beamer_agent.resolution.local import LocalMessage, LocalRollup
from beamer_agent.resolution.rollup import Crossing, Mismatch, Standing, Waiting
from beamer_agent.types import Timestamp, TransactionHash
from tests.doubles import ErrorObject
from tests.factories import ALICE, NOW, US, make_block
from tests.fake_bridge import GATE, MATURITY, OUTBOX, FakeBridge, sent_log

pytestmark = pytest.mark.unit


@pytest.fixture
def bridge() -> FakeBridge:
    """A bridge over which nothing was sent."""
    return FakeBridge()


@pytest.fixture
def rollup(bridge: FakeBridge) -> LocalRollup:
    """Its adapter, for the way up."""
    return LocalRollup(Crossing(bridge.direction.target, OUTBOX, bridge.base, GATE, US))


def located(rollup: LocalRollup, *proofs: Proof) -> list[LocalMessage]:
    """The messages of proofs, all of them found."""
    found = rollup.locate(proofs)
    messages = [message for message in found if isinstance(message, LocalMessage)]
    assert len(messages) == len(proofs)
    return messages


def outcome(rollup: LocalRollup, message: LocalMessage) -> RelayStep | Waiting | Mismatch:
    """What proving one message comes to."""
    (result,) = rollup.prove([message])
    return result


def test_messages_are_found_in_their_transactions(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """Of fills and non-fills, in two requests for any number."""
    proofs = [bridge.send(1), bridge.send(2, filler=None), bridge.send(3)]
    assert located(rollup, *proofs) == bridge.messages
    assert bridge.target.posts == 2


def test_a_block_that_does_not_show_the_transaction_is_waited_for(
    bridge: FakeBridge, rollup: LocalRollup
) -> None:
    """An endpoint may be late."""
    proof = bridge.send()
    bridge.target.logs.clear()
    assert isinstance(rollup.locate([proof])[0], Waiting)


@pytest.mark.parametrize("change", [{"sender": ALICE}, {"target": ALICE}, {"data": b"other"}])
def test_another_message_in_the_transaction_is_refused(
    bridge: FakeBridge, rollup: LocalRollup, change: dict[str, Any]
) -> None:
    """Only the FillManager's own call of our Resolver is the proof."""
    proof = bridge.send()
    bridge.target.logs = [sent_log(replace(bridge.messages[0], **change), proof)]
    assert isinstance(rollup.locate([proof])[0], Mismatch)


def test_another_message_beside_the_proofs_does_no_harm(
    bridge: FakeBridge, rollup: LocalRollup
) -> None:
    """A transaction may send several."""
    proof = bridge.send()
    other = replace(bridge.messages[0], data=b"other")
    bridge.target.logs.insert(0, sent_log(other, proof))
    assert located(rollup, proof) == bridge.messages


def test_a_hash_that_is_not_the_stored_one_is_refused(
    bridge: FakeBridge, rollup: LocalRollup
) -> None:
    """The event says one thing and the contract another: the node lies."""
    proofs = [bridge.send(1), bridge.send(2)]
    bridge.stored[1] = bytes(32)
    first, second = rollup.locate(proofs)
    assert isinstance(first, LocalMessage)
    assert isinstance(second, Mismatch)


FAR = {"data": "0x" + "0" * 62 + "20" + "f" * 64}
"""Bytes that end further on than any memory."""


@pytest.mark.parametrize(
    "change",
    [{"topics": []}, {"topics": ["0x"] * 4, "data": None}, {"data": "0x00"}, {"data": "xyz"}, FAR],
)
def test_a_malformed_log_is_no_answer(
    bridge: FakeBridge, rollup: LocalRollup, change: dict[str, Any]
) -> None:
    """It is the endpoint's fault, and tried again."""
    proof = bridge.send()
    bad = bridge.target.logs[0] | change
    bridge.target.always("eth_getLogs", [bad])
    with pytest.raises(RpcPayloadError):
        rollup.locate([proof])


def test_an_answer_that_is_no_list_is_no_answer(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """As above."""
    bridge.target.always("eth_getLogs", 5)
    with pytest.raises(RpcPayloadError):
        rollup.locate([bridge.send()])


def test_stages_follow_l1(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """Root, proof, maturity, delivery."""
    (message,) = located(rollup, bridge.send())
    proven_at = Timestamp(NOW + 50)
    until = Timestamp(proven_at + MATURITY)

    def standing(at: int = NOW) -> Standing:
        return rollup.standings([message], make_block(timestamp=Timestamp(at)))[0]

    assert standing() == Standing(Stage.SENT)
    bridge.post_root()
    assert standing() == Standing(Stage.PROVABLE)
    bridge.proven[message.hash] = proven_at
    assert standing(until - 1) == Standing(Stage.PROVEN, until)
    assert standing(until) == Standing(Stage.EXECUTABLE, until)
    bridge.delivered.add(message.nonce)
    assert standing(until) == Standing(Stage.EXECUTED)


def test_nothing_is_asked_about_messages_that_no_root_covers(
    bridge: FakeBridge, rollup: LocalRollup
) -> None:
    """However many wait for it."""
    messages = located(rollup, *(bridge.send(number) for number in range(1, 21)))
    rollup.standings(messages, make_block())
    assert bridge.l1.posts == 1


def test_a_proof_is_under_the_newest_root(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """Made for all covered messages from one tree; later ones wait."""
    proofs = [bridge.send(1)]
    bridge.post_root()
    proofs += [bridge.send(2), bridge.send(3)]
    bridge.post_root()
    proofs.append(bridge.send(4))
    *steps, waiting = rollup.prove(located(rollup, *proofs))
    assert isinstance(waiting, Waiting)
    for step in steps:
        assert isinstance(step, RelayStep)
        assert (step.place, step.label, step.call.name) == (Place.BASE, "prove", "proveMessage")
        assert step.call.address == GATE
    assert bridge.target.methods().count("eth_getLogs") == len(proofs) + 1


def test_a_wrong_root_is_not_proven_under(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """L1 believes other messages than the fill chain's node shows; later it may not."""
    (message,) = located(rollup, bridge.send())
    bridge.roots.append((b"\x07" * 32, 1))
    assert isinstance(outcome(rollup, message), Mismatch)
    bridge.post_root()
    assert isinstance(outcome(rollup, message), RelayStep)


def test_a_node_that_shows_tampered_messages_is_not_believed(
    bridge: FakeBridge, rollup: LocalRollup
) -> None:
    """Of others too: they are under the same root."""
    proofs = [bridge.send(1), bridge.send(2)]
    (message, _) = located(rollup, *proofs)
    bridge.post_root()
    tampered = replace(bridge.messages[1], data=b"other")
    bridge.target.logs[1] = sent_log(tampered, proofs[1])
    assert isinstance(outcome(rollup, message), Mismatch)


def test_a_message_that_moved_is_not_proven(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """After a reorganisation another message may have its number."""
    proof = bridge.send()
    (message,) = located(rollup, proof)
    bridge.messages[0] = replace(message, data=b"other")
    bridge.target.logs[0] = sent_log(bridge.messages[0], proof)
    bridge.post_root()
    assert isinstance(outcome(rollup, message), Mismatch)


def test_a_node_that_is_behind_l1_is_waited_for(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """It does not show all messages yet that the root is about."""
    message, _ = located(rollup, bridge.send(1), bridge.send(2))
    bridge.post_root()
    late = bridge.target.logs.pop()
    assert isinstance(outcome(rollup, message), Waiting)
    bridge.target.logs.append(late)
    assert isinstance(outcome(rollup, message), RelayStep)


@pytest.mark.parametrize("roots", [[], [(bytes(32), 0)]])
def test_without_a_root_there_is_no_proof(
    bridge: FakeBridge, rollup: LocalRollup, roots: list[tuple[bytes, int]]
) -> None:
    """A root over nothing is none."""
    (message,) = located(rollup, bridge.send())
    bridge.roots = roots
    assert isinstance(outcome(rollup, message), Waiting)
    assert rollup.standings([message], make_block()) == [Standing(Stage.SENT)]


def test_a_refusing_contract_is_no_answer(bridge: FakeBridge, rollup: LocalRollup) -> None:
    """Nothing is made up in its place."""
    (message,) = located(rollup, bridge.send())
    bridge.post_root()
    refusal = ErrorObject("header not found")
    bridge.l1.answers[GATE, "delivered"] = lambda _nonce: refusal
    with pytest.raises(Exception, match="header not found"):
        rollup.standings([message], make_block())


def test_the_same_message_of_another_transaction_is_not_the_proofs(
    bridge: FakeBridge, rollup: LocalRollup
) -> None:
    """A non-fill may be sent twice; each proof is its own message."""
    proof = bridge.send(filler=None)
    other = replace(proof, transaction_hash=TransactionHash(b"\x05" * 32))
    bridge.target.logs.append(sent_log(replace(bridge.messages[0], nonce=1), other))
    bridge.stored[1] = replace(bridge.messages[0], nonce=1).hash
    first, second = located(rollup, proof, other)
    assert (first.nonce, second.nonce) == (0, 1)
    bridge.target.logs.pop(0)
    assert isinstance(rollup.locate([proof])[0], Waiting)
