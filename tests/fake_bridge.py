"""Three chains in memory with a local bridge between them: what a ProofWatch reads, and lies.

    TARGET --LocalL2Messenger/LocalL1Messenger--> L1 --LocalL1Messenger/LocalL2Messenger--> SOURCE

Tests turn it by changing its fields. Every chain has one block for each height, `TIME` apart.
"""

from collections.abc import Callable
from typing import Any

from eth_abi.abi import decode, encode
from eth_typing import ABI
from eth_utils.abi import (
    filter_abi_by_type,
    function_abi_to_4byte_selector,
    get_abi_input_types,
    get_abi_output_types,
)

from beamer_agent.actions.proof import Proof
from beamer_agent.contracts.deployments import ChainDeployment, Messenger
from beamer_agent.contracts.interface import event_topic, load_interfaces, packaged_abi
from beamer_agent.resolution.local import LocalMessage
from beamer_agent.resolution.merkle import MerkleTree
from beamer_agent.resolution.rollup import (
    NOBODY,
    BaseEnd,
    ChainEnd,
    ProofDirection,
    resolve_message,
)
from beamer_agent.types import Address, BlockNumber, ChainId, RequestId, TransactionHash
from tests.doubles import ErrorObject, ScriptedTransport, block_json, make_client
from tests.factories import (
    FILL_ID,
    FILL_MANAGER,
    NOW,
    REQUEST_MANAGER,
    SOURCE,
    TARGET,
    US,
    block_hash,
    make_address,
    make_block,
)

L1 = ChainId(1_000)
RESOLVER = make_address(31)
OUTBOX = make_address(32)
"""The messenger on the target chain."""
INBOX = make_address(33)
"""The messenger on the source chain."""
GATE = make_address(34)
"""The outbox's other end."""
DOWN_GATE = make_address(35)
"""The inbox's other end."""

TIME = 1
FINALITY = 300
MATURITY = 4
GAS = 50_000

_SENT = event_topic(packaged_abi("LocalL2Messenger"), "MessageSent")
_Function = tuple[str, list[str], list[str]]


class FakeChain(ScriptedTransport):
    """A chain whose view functions are Python functions: `answers[address, name](*arguments)`."""

    def __init__(self, abis: dict[Address, ABI]) -> None:
        super().__init__()
        self.height = 100
        self.answers: dict[tuple[Address, str], Callable[..., Any]] = {}
        self.logs: list[dict[str, Any]] = []
        self._functions = {address: _functions(abi) for address, abi in abis.items()}
        self.on("eth_getBlockByNumber", self._block)
        self.on("eth_call", self._call)
        self.on("eth_getLogs", self._get_logs)
        self.always("eth_estimateGas", hex(GAS))
        self.always("eth_maxPriorityFeePerGas", hex(10**9))

    def _block(self, tag: str, _full: bool) -> Any:
        number = self.height if tag == "latest" else int(tag, 16)
        block = make_block(number, timestamp=NOW + number * TIME)
        return block_json(block) if number <= self.height else None

    def _call(self, call: dict[str, str], _tag: str) -> Any:
        data = bytes.fromhex(call["data"][2:])
        name, inputs, outputs = self._functions[call["to"]][data[:4]]  # type: ignore[index]
        value = self.answers[call["to"], name](*decode(inputs, data[4:]))  # type: ignore[index]
        if isinstance(value, ErrorObject):
            return value
        return "0x" + encode(outputs, value if isinstance(value, tuple) else (value,)).hex()

    def _get_logs(self, filter_: dict[str, Any]) -> Any:
        first, last = int(filter_["fromBlock"], 16), int(filter_["toBlock"], 16)
        return [
            log
            for log in self.logs
            if log["address"] in filter_["address"]
            and log["topics"][0] == filter_["topics"][0]
            and first <= int(log["blockNumber"], 16) <= last
        ]


class FakeBridge:
    """See above."""

    def __init__(self) -> None:
        interfaces = load_interfaces(None)
        managers = {
            REQUEST_MANAGER: interfaces.request_manager,
            FILL_MANAGER: interfaces.fill_manager,
        }
        outbox, gate = packaged_abi("LocalL2Messenger"), packaged_abi("LocalL1Messenger")
        self.source = FakeChain({**managers, INBOX: outbox})
        self.target = FakeChain({**managers, OUTBOX: outbox})
        self.l1 = FakeChain({RESOLVER: interfaces.resolver, GATE: gate, DOWN_GATE: gate})
        self.messages: list[LocalMessage] = []
        self.stored: dict[int, bytes] = {}
        """Message hashes that the outbox holds, by nonce."""
        self.fills: dict[bytes, bytes] = {}
        """Fill ids that the FillManager holds, by request."""
        self.roots: list[tuple[bytes, int]] = []
        self.proven: dict[bytes, int] = {}
        self.delivered: set[int] = set()
        self.confirmed: dict[bytes, tuple[Address, bytes]] = {}
        self.invalid: set[tuple[bytes, bytes]] = set()
        self._answer_transfers()
        self._answer_bridge()

    @property
    def direction(self) -> ProofDirection:
        """From the source to the target chain."""
        return ProofDirection(
            source=ChainEnd(make_client(self.source), _deployment(SOURCE, INBOX)),
            target=ChainEnd(make_client(self.target), _deployment(TARGET, OUTBOX)),
            interfaces=load_interfaces(None),
            account=US,
        )

    @property
    def base(self) -> BaseEnd:
        """The L1."""
        return BaseEnd(make_client(self.l1), L1, RESOLVER)

    def send(self, number: int = 1, filler: Address | None = US) -> Proof:
        """The FillManager sends a proof in a block of its own."""
        block = BlockNumber(10 + number)
        proof = Proof(
            request_id=RequestId(number.to_bytes(32, "big")),
            fill_id=FILL_ID,
            filler=filler,
            source_chain_id=SOURCE,
            fill_chain_id=TARGET,
            block_number=block,
            transaction_hash=TransactionHash(block.to_bytes(32, "big")),
        )
        if filler is not None:
            self.fills[proof.request_id] = FILL_ID
        data = resolve_message(proof, RESOLVER)
        message = LocalMessage(len(self.messages), FILL_MANAGER, RESOLVER, data)
        self.messages.append(message)
        self.stored[message.nonce] = message.hash
        self.target.logs.append(sent_log(message, proof))
        return proof

    def post_root(self) -> None:
        """The native bridge posts a root over all messages."""
        tree = MerkleTree.of([message.hash for message in self.messages])
        self.roots.append((tree.root, len(self.messages)))
        self.next_block()

    def prove(self, nonce: int = 0) -> None:
        """Somebody proves a message."""
        self.next_block()
        self.proven[self.messages[nonce].hash] = NOW + self.l1.height * TIME

    def execute(self, nonce: int = 0) -> None:
        """Somebody executes a message."""
        self.next_block()
        self.delivered.add(nonce)

    def next_block(self, count: int = 1) -> None:
        """L1 goes on."""
        self.l1.height += count

    def confirm(self, proof: Proof) -> None:
        """The source chain takes a proof."""
        if proof.filler is None:
            self.invalid.add((proof.request_id, proof.fill_id))
        else:
            self.confirmed[proof.request_id] = (proof.filler, proof.fill_id)

    def _answer_transfers(self) -> None:
        nothing = (NOBODY, bytes(32))
        self.source.answers = {
            (FILL_MANAGER, "messenger"): lambda: INBOX,
            (REQUEST_MANAGER, "chains"): lambda _id: (FINALITY, 1, 1),
            (REQUEST_MANAGER, "requests"): lambda id_: (
                *(US, US, TARGET, 1, 1, 1, 1, 1, 0),
                *self.confirmed.get(id_, nothing),
            ),
            (REQUEST_MANAGER, "isInvalidFill"): lambda *ids: ids in self.invalid,
        }
        self.target.answers = {
            (FILL_MANAGER, "messenger"): lambda: OUTBOX,
            (FILL_MANAGER, "fills"): lambda id_: self.fills.get(id_, bytes(32)),
            (OUTBOX, "messageHashes"): lambda nonce: self.stored[nonce],
        }

    def _answer_bridge(self) -> None:
        self.l1.answers = {
            (RESOLVER, "callers"): lambda _id, index: (FILL_MANAGER, GATE)[index],
            (RESOLVER, "sourceChainInfos"): lambda _id: (REQUEST_MANAGER, DOWN_GATE),
            (GATE, "rootCount"): lambda: len(self.roots),
            (GATE, "roots"): lambda index: self.roots[index],
            (GATE, "proofMaturity"): lambda: MATURITY,
            (GATE, "provenAt"): lambda hash_: self.proven.get(hash_, 0),
            (GATE, "delivered"): lambda nonce: nonce in self.delivered,
        }


def sent_log(message: LocalMessage, proof: Proof) -> dict[str, Any]:
    """The MessageSent of a proof's transaction."""
    words = [
        bytes.fromhex(_SENT[2:]),
        message.nonce.to_bytes(32, "big"),
        encode(["address"], [message.sender]),
        encode(["address"], [message.target]),
    ]
    return {
        "address": OUTBOX,
        "blockNumber": hex(proof.block_number),
        "blockHash": "0x" + block_hash(proof.block_number).hex(),
        "logIndex": "0x0",
        "transactionHash": "0x" + proof.transaction_hash.hex(),
        "topics": ["0x" + word.hex() for word in words],
        "data": "0x" + encode(["bytes"], [message.data]).hex(),
    }


def _deployment(chain_id: ChainId, messenger: Address) -> ChainDeployment:
    return ChainDeployment(
        chain_id,
        REQUEST_MANAGER,
        FILL_MANAGER,
        BlockNumber(1),
        (Messenger("LocalL2Messenger", messenger),),
    )


def _functions(abi: ABI) -> dict[bytes, _Function]:
    return {
        function_abi_to_4byte_selector(entry): (
            entry["name"],
            list(get_abi_input_types(entry)),
            list(get_abi_output_types(entry)),
        )
        for entry in filter_abi_by_type("function", abi)
    }
