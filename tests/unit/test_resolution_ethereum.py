"""EthereumRollup: the messenger's word about a hash, and the call that relays it."""

import pytest
from eth_utils.crypto import keccak

from beamer_agent.actions.proof import Place, Proof, RelayStep, Stage
from beamer_agent.contracts.interface import Contract, packaged_abi
from beamer_agent.errors import RpcPayloadError
from beamer_agent.resolution.ethereum import EthereumMessage, EthereumRollup
from beamer_agent.resolution.rollup import (
    NOBODY,
    BaseEnd,
    Crossing,
    Mismatch,
    Standing,
    resolve_message,
)
from beamer_agent.types import Address
from tests.doubles import make_client
from tests.factories import US, make_address, make_block
from tests.fake_bridge import L1, RESOLVER, FakeBridge, FakeChain

pytestmark = pytest.mark.unit

MESSENGER = make_address(40)


class Ethereum:
    """An L1 with an EthereumL2Messenger, and the adapter for it."""

    def __init__(self) -> None:
        self.statuses: dict[bytes, int] = {}
        self.chain = FakeChain({MESSENGER: packaged_abi("EthereumL2Messenger")})
        self.chain.answers[MESSENGER, "messageHashes"] = lambda hash_: self.statuses.get(hash_, 0)
        base = BaseEnd(make_client(self.chain), L1, RESOLVER)
        end = FakeBridge().direction.target
        self.rollup = EthereumRollup(Crossing(end, MESSENGER, base, MESSENGER, US))

    def know(self, proof: Proof) -> EthereumMessage:
        """The message of a proof, registered."""
        self.statuses[keccak(resolve_message(proof, RESOLVER))] = 1
        (message,) = self.rollup.locate([proof])
        assert isinstance(message, EthereumMessage)
        return message

    def standing(self, message: EthereumMessage) -> Standing:
        """How far it is."""
        return self.rollup.standings([message], make_block())[0]


@pytest.fixture
def ethereum() -> Ethereum:
    """Without any message."""
    return Ethereum()


def test_a_message_that_l1_does_not_know_is_a_contradiction(ethereum: Ethereum) -> None:
    """The FillManager's event and the messenger are of the same chain."""
    proof = FakeBridge().send()
    assert isinstance(ethereum.rollup.locate([proof])[0], Mismatch)


@pytest.mark.parametrize("filler", [US, None])
def test_a_registered_message_is_relayed_at_once(
    ethereum: Ethereum, filler: Address | None
) -> None:
    """By its parts, from which the messenger makes its hash; no filler is the zero address."""
    proof = FakeBridge().send(filler=filler)
    message = ethereum.know(proof)
    assert ethereum.standing(message) == Standing(Stage.EXECUTABLE)
    (step,) = ethereum.rollup.execute([message])
    assert isinstance(step, RelayStep)
    contract = Contract(MESSENGER, packaged_abi("EthereumL2Messenger"))
    arguments = (proof.request_id, proof.fill_id, proof.source_chain_id, filler or NOBODY)
    assert step.call == contract.call("relayMessage", *arguments)
    assert (step.place, step.label) == (Place.BASE, "execute")


def test_a_status_that_no_messenger_has_is_no_answer(ethereum: Ethereum) -> None:
    """It is the endpoint's fault, and tried again."""
    message = ethereum.know(FakeBridge().send())
    ethereum.statuses[message.hash] = 7
    with pytest.raises(RpcPayloadError):
        ethereum.standing(message)


def test_a_relayed_message_is_executed(ethereum: Ethereum) -> None:
    """Whoever did it; one that a reorganisation took away is only sent."""
    message = ethereum.know(FakeBridge().send())
    ethereum.statuses[message.hash] = 2
    assert ethereum.standing(message) == Standing(Stage.EXECUTED)
    ethereum.statuses[message.hash] = 0
    assert ethereum.standing(message) == Standing(Stage.SENT)
