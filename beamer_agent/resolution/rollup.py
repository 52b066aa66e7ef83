"""What one family of rollups must be able to do for proofs: the seam between driver and adapters.

    fill chain --up--> L1 --down--> source chain

The way up belongs to the fill chain's family, the way down to the source chain's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from beamer_agent.actions.proof import Place, Proof, RelayStep, Stage
from beamer_agent.contracts.deployments import ChainDeployment
from beamer_agent.contracts.interface import Contract, ContractInterfaces, packaged_abi
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import Address, ChainId, Seconds, Timestamp

NOBODY: Address = Address("0x" + "00" * 20)  # type: ignore[arg-type]  # the checksum of zero
"""The filler of a fill that does not exist."""


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """A transfer chain: whom to ask, and what stands there."""

    client: ChainClient
    deployment: ChainDeployment


@dataclass(frozen=True, slots=True)
class BaseEnd:
    """L1: whom to ask, and who takes the proofs there."""

    client: ChainClient
    chain_id: ChainId
    resolver: Address


@dataclass(frozen=True, slots=True)
class ProofDirection:
    """Where proofs come from and go to, and who carries them."""

    source: ChainEnd
    target: ChainEnd
    interfaces: ContractInterfaces
    account: Address
    expects_l1: bool = False
    """Whether an L1 is configured: shortly after the start it may not be connected yet."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """The bridge between a transfer chain and L1, as our contracts use it."""

    chain: ChainEnd
    messenger: Address
    """On the transfer chain."""
    base: BaseEnd
    gate: Address
    """The messenger on L1."""
    account: Address
    """Who will send the steps."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far L1 says that a message has come, up to `EXECUTED`."""

    stage: Stage
    until: Timestamp | None = None
    """Time of L1 before which nobody can change it; None: it may change any time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing can be sent now; why. It passes by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two chains contradict each other; how. Nothing is sent for as long as they do."""

    reason: str


@dataclass(frozen=True, slots=True)
class Toll:
    """What a step that is still ahead will use, and where such a step can be seen on chain."""

    label: str
    place: Place
    gas: int
    """As measured; used where the chain does not show a transaction like it."""
    emitter: Address
    topic: str
    """The first topic of the log that such a transaction leaves."""


M = TypeVar("M")


class Rollup(Protocol[M]):
    """One family of rollups, on one crossing; `M` is what it calls a message.

    Methods only read, remember nothing that a chain does not know, and may be called any number
    of times: a step that somebody else has made is as good as one's own. They take many proofs at
    once, so that many cost few requests. All raise RpcError when a chain does not answer.

    | method    | OP Stack                | Arbitrum                | Polygon (LxLy)           |
    |-----------|-------------------------|-------------------------|--------------------------|
    | locate    | MessagePassed in the    | L2ToL1Tx in the         | BridgeEvent in the       |
    |           | receipt; its hash       | receipt; its leaf       | receipt; its leaf        |
    | standings | SENT until a game of    | SENT until sendCount of | SENT until the exit root |
    |           | the portal covers it,   | the newest SendRoot-    | is known to the GER;     |
    |           | PROVABLE, PROVEN until  | Updated covers it;      | EXECUTABLE; EXECUTED:    |
    |           | checkWithdrawal passes, | EXECUTABLE; EXECUTED:   | isClaimed                |
    |           | EXECUTABLE; EXECUTED:   | isSpent                 |                          |
    |           | relayed (not only       |                         |                          |
    |           | finalised)              |                         |                          |
    | prove     | eth_getProof, checked   | no such step            | no such step             |
    |           | against rootClaim       |                         |                          |
    | ripening  | maturity of proofs and  | none                    | none                     |
    |           | games, the longer one   |                         |                          |
    | execute   | finalise, or replay     | constructOutboxProof,   | merkle proofs, folded to |
    |           | after a failed relay    | folded to the root      | the exit roots           |
    | prepay    | nothing                 | the messenger's deposit | nothing                  |
    | deliver   | nothing, or relay on    | redeem of the ticket on | claim on the source      |
    |           | the source chain        | the source chain        | chain                    |

    Ethereum itself has no way up but `execute`, and no way down at all.
    """

    @property
    def delivery(self) -> Seconds:
        """How long a message from L1 takes down to this chain, when all goes well."""

    @property
    def execution_gas(self) -> int:
        """Up: what an execution uses on L1 at most, but for sending the message down."""

    @property
    def descent_gas(self) -> int:
        """Down: what sending a message adds to an execution on L1, at most."""

    def locate(self, proofs: Sequence[Proof]) -> list[M | Waiting | Mismatch]:
        """Up: the messages that carry the proofs, checked against what the chain has stored."""

    def standings(self, messages: Sequence[M], head: Block) -> list[Standing]:
        """Up: how far L1, at this head, says that messages have come."""

    def prove(self, messages: Sequence[M]) -> list[RelayStep | Waiting | Mismatch]:
        """Up: for each PROVABLE message its proof, checked here before it is offered."""

    def ripening(self) -> Seconds:
        """Up: how long L1 lets a message wait that is proven now."""

    def execute(self, messages: Sequence[M]) -> list[RelayStep | Waiting | Mismatch]:
        """Up: for each EXECUTABLE message the transaction that hands it to the Resolver."""

    def ascent(self, stage: Stage) -> tuple[Toll, ...]:
        """Up: steps before the execution that a message at this stage has ahead."""

    def prepay(self) -> RelayStep | None:
        """Down: what must be sent before any execution, None when nothing (any more)."""

    def deliver(self, proofs: Sequence[Proof]) -> list[RelayStep | Waiting]:
        """Down: for each EXECUTED proof what makes the source chain take it."""

    def descent(self, stage: Stage) -> tuple[Toll, ...]:
        """Down: steps after the execution that a proof at this stage has ahead."""


class RollupFactory(Protocol):
    """Makes a family's adapter for a crossing."""

    @property
    def delivery(self) -> Seconds:
        """As the adapter's own."""

    def __call__(self, crossing: Crossing) -> Rollup[Any]:
        """The adapter."""


def resolve_message(proof: Proof, resolver: Address) -> bytes:
    """The call of the Resolver that a FillManager sends for a proof (`protocol.md` section 4)."""
    call = Contract(resolver, packaged_abi("Resolver")).call(
        "resolve",
        proof.request_id,
        proof.fill_id,
        proof.fill_chain_id,
        proof.source_chain_id,
        proof.filler or NOBODY,
    )
    return call.data
