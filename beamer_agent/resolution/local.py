"""The local rollup: LocalL2Messenger and LocalL1Messenger.

Up: the bridge posts a root over all messages of the L2; anyone proves a message under it, waits
until the proof has matured, and executes it. Down: the bridge delivers by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from beamer_agent.actions.proof import Place, Proof, RelayStep, Stage
from beamer_agent.contracts.interface import Contract, event_topic, packaged_abi
from beamer_agent.errors import RpcPayloadError
from beamer_agent.resolution.batches import answered, ask_all, read_all
from beamer_agent.resolution.merkle import MerkleTree
from beamer_agent.resolution.rollup import (
    Crossing,
    Mismatch,
    Standing,
    Toll,
    Waiting,
    resolve_message,
)
from beamer_agent.rpc.model import Block
from beamer_agent.types import Address, BlockNumber, Seconds, Timestamp, TransactionHash

_L1_ABI: Final = packaged_abi("LocalL1Messenger")
_L2_ABI: Final = packaged_abi("LocalL2Messenger")
_SENT: Final = event_topic(_L2_ABI, "MessageSent")

PROVE_GAS: Final = 60_000
"""Measured; each doubling of the number of messages adds about five hundred."""
EXECUTE_GAS: Final = 65_000
"""Measured, without what sending a message down adds."""
DESCENT_GAS: Final = 60_000
"""Measured: the message's hash and its event, for the first message more than for later ones."""
DELIVERY: Final = Seconds(10)
"""The local bridge's delay."""


@dataclass(frozen=True, slots=True)
class LocalMessage:
    """A message of the L2 end, as its event tells it."""

    nonce: int
    sender: Address
    target: Address
    data: bytes

    @property
    def fields(self) -> tuple[int, Address, Address, bytes]:
        """The arguments that name the message to a messenger."""
        return self.nonce, self.sender, self.target, self.data

    @property
    def hash(self) -> bytes:
        """Under which both ends know it."""
        return keccak(encode(["uint256", "address", "address", "bytes"], self.fields))


_Sent = tuple[TransactionHash, LocalMessage]
"""Which transaction sent which message."""


@dataclass(frozen=True, slots=True)
class _Root:
    index: int
    hash: bytes
    count: int
    """How many messages it covers."""


class LocalRollup:
    """See `Rollup`. Keeps the tree of the root it has checked last, to make more proofs of it."""

    delivery = DELIVERY
    execution_gas = EXECUTE_GAS
    descent_gas = DESCENT_GAS

    def __init__(self, crossing: Crossing) -> None:
        self._chain = crossing.chain
        self._base = crossing.base
        self._outbox = Contract(crossing.messenger, _L2_ABI)
        self._gate = Contract(crossing.gate, _L1_ABI)
        self._checked: tuple[_Root, MerkleTree] | None = None

    def locate(self, proofs: Sequence[Proof]) -> list[LocalMessage | Waiting | Mismatch]:
        """The MessageSent of each proof's transaction, if the L2 end has stored its hash."""
        logs = self._logs_of_blocks({proof.block_number for proof in proofs})
        found = [self._found(proof, logs[proof.block_number]) for proof in proofs]
        messages = [message for message in found if isinstance(message, LocalMessage)]
        calls = [self._outbox.call("messageHashes", message.nonce) for message in messages]
        stored = dict(zip(messages, read_all(self._chain.client, calls), strict=True))
        return [_as_stored(message, stored) for message in found]

    def standings(self, messages: Sequence[LocalMessage], head: Block) -> list[Standing]:
        """What the L1 end says; nothing is asked about messages that no root covers."""
        root = self._newest_root()
        covered = [m for m in messages if root is not None and m.nonce < root.count]
        client, gate = self._base.client, self._gate
        delivered = read_all(client, [gate.call("delivered", m.nonce) for m in covered])
        proven = read_all(client, [gate.call("provenAt", m.hash) for m in covered])
        maturity = client.read(gate.call("proofMaturity")) if any(proven) else 0
        known = {
            message: _standing(is_delivered, proven_at, maturity, head)
            for message, is_delivered, proven_at in zip(covered, delivered, proven, strict=True)
        }
        return [known.get(message, Standing(Stage.SENT)) for message in messages]

    def prove(self, messages: Sequence[LocalMessage]) -> list[RelayStep | Waiting | Mismatch]:
        """A Merkle proof under the newest root, if the L2's own messages give that root."""
        root = self._newest_root()
        if root is None:
            return [Waiting("no root is posted")] * len(messages)
        tree = self._tree(root)
        if not isinstance(tree, MerkleTree):
            return [tree] * len(messages)
        return [self._proof(message, root, tree) for message in messages]

    def ripening(self) -> Seconds:
        """The L1 end's own period."""
        return Seconds(self._base.client.read(self._gate.call("proofMaturity")))

    def execute(self, messages: Sequence[LocalMessage]) -> list[RelayStep | Waiting | Mismatch]:
        """The L1 end hands the message to the Resolver."""
        return [
            RelayStep(Place.BASE, "execute", self._gate.call("executeMessage", *message.fields))
            for message in messages
        ]

    def ascent(self, stage: Stage) -> tuple[Toll, ...]:
        """The proof, until it is made."""
        if stage >= Stage.PROVEN:
            return ()
        topic = event_topic(_L1_ABI, "MessageProven")
        return (Toll("prove", Place.BASE, PROVE_GAS, self._gate.address, topic),)

    def prepay(self) -> None:
        """Nothing has to be paid."""
        return

    def deliver(self, proofs: Sequence[Proof]) -> list[RelayStep | Waiting]:
        """The bridge does it."""
        return [Waiting("on its way to the source chain")] * len(proofs)

    def descent(self, stage: Stage) -> tuple[Toll, ...]:
        """Nothing."""
        return ()

    def _logs_of_blocks(self, blocks: set[BlockNumber]) -> Mapping[BlockNumber, list[_Sent]]:
        numbers = sorted(blocks)
        requests = [
            (
                "eth_getLogs",
                [
                    {
                        "address": [self._outbox.address],
                        "fromBlock": hex(number),
                        "toBlock": hex(number),
                        "topics": [_SENT],
                    }
                ],
            )
            for number in numbers
        ]
        results = ask_all(self._chain.client, requests)
        return dict(zip(numbers, map(_decoded_all, results), strict=True))

    def _found(self, proof: Proof, sent: list[_Sent]) -> LocalMessage | Waiting | Mismatch:
        messages = [message for name, message in sent if name == proof.transaction_hash]
        if not messages:
            return Waiting("the fill chain does not show the proof's transaction in its block")
        expected = (
            self._chain.deployment.fill_manager,
            self._base.resolver,
            resolve_message(proof, self._base.resolver),
        )
        for message in messages:
            if (message.sender, message.target, message.data) == expected:
                return message
        return Mismatch("the proof's transaction has sent another message")

    def _newest_root(self) -> _Root | None:
        count = self._base.client.read(self._gate.call("rootCount"))
        if count == 0:
            return None
        root, covered = self._base.client.read(self._gate.call("roots", count - 1))
        return _Root(count - 1, root, covered) if covered else None

    def _tree(self, root: _Root) -> MerkleTree | Waiting | Mismatch:
        if self._checked is not None and self._checked[0] == root:
            return self._checked[1]
        leaves = self._leaves()[: root.count]
        if len(leaves) < root.count:
            return Waiting("the fill chain does not show all messages that L1 has a root of")
        tree = MerkleTree.of(leaves)
        if tree.root != root.hash:
            return Mismatch("the fill chain's messages do not give the root that L1 has")
        self._checked = root, tree
        return tree

    def _leaves(self) -> list[bytes]:
        """The hashes of all messages, computed from their events."""
        client = self._chain.client
        first, last = self._chain.deployment.deployment_block, client.head().number
        sent = _decoded_all(client.logs([self._outbox.address], first, last, [_SENT]))
        return [message.hash for _, message in sorted(sent, key=lambda s: s[1].nonce)]

    def _proof(
        self, message: LocalMessage, root: _Root, tree: MerkleTree
    ) -> RelayStep | Waiting | Mismatch:
        if message.nonce >= root.count:
            return Waiting("L1 has no root that covers the message")
        if tree.levels[0][message.nonce] != message.hash:
            return Mismatch("the fill chain shows another message in the place of the proof's")
        siblings = tree.proof(message.nonce)
        call = self._gate.call("proveMessage", *message.fields, root.index, siblings)
        return RelayStep(Place.BASE, "prove", call)


def _as_stored(
    found: LocalMessage | Waiting | Mismatch, stored: Mapping[LocalMessage, bytes]
) -> LocalMessage | Waiting | Mismatch:
    if isinstance(found, LocalMessage) and stored[found] != found.hash:
        return Mismatch("the fill chain has stored another hash for the proof's message")
    return found


def _standing(is_delivered: bool, proven_at: int, maturity: int, head: Block) -> Standing:
    if is_delivered:
        return Standing(Stage.EXECUTED)
    if proven_at == 0:
        return Standing(Stage.PROVABLE)
    until = Timestamp(proven_at + maturity)
    return Standing(Stage.EXECUTABLE if head.timestamp >= until else Stage.PROVEN, until)


def _decoded_all(logs: Any) -> list[_Sent]:
    if not isinstance(answered(logs), list):
        raise RpcPayloadError("eth_getLogs was not answered with a list")
    return [_decoded(log) for log in logs]


def _decoded(log: Any) -> _Sent:
    try:
        _, nonce, sender, target = (bytes.fromhex(topic[2:]) for topic in log["topics"])
        (data,) = decode(["bytes"], bytes.fromhex(log["data"][2:]))
        message = LocalMessage(
            nonce=int.from_bytes(nonce, "big"),
            sender=to_checksum_address(sender[12:]),
            target=to_checksum_address(target[12:]),
            data=data,
        )
        return TransactionHash(bytes.fromhex(log["transactionHash"][2:])), message
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, DecodingError):
        raise RpcPayloadError("a MessageSent log does not have its shape") from None
