"""Proofs: what a target chain says about a fill, and how far its word has come on its way.

target chain --message--> L1 (Resolver) --message--> source chain (RequestManager)
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from beamer_agent.contracts.call import ContractCall
from beamer_agent.types import (
    Address,
    BlockNumber,
    ChainId,
    FillId,
    RequestId,
    Seconds,
    Timestamp,
    TransactionHash,
    Wei,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A message of the FillManager: who filled a request, or that a fill does not exist."""

    request_id: RequestId
    fill_id: FillId
    filler: Address | None
    """None: there is no such fill."""
    source_chain_id: ChainId
    fill_chain_id: ChainId
    block_number: BlockNumber
    """Of the fill chain, where the message was sent."""
    transaction_hash: TransactionHash

    @property
    def key(self) -> str:
        """Names the proof; a fill and its absence are never both proven."""
        return f"0x{self.request_id.hex()}:0x{self.fill_id.hex()}"


class Stage(IntEnum):
    """How far a proof has come; stages a rollup does not have are skipped."""

    SENT = 0
    """On the fill chain; L1 does not know of it yet."""
    PROVABLE = 1
    """L1 has a root that covers it."""
    PROVEN = 2
    """Its finality on L1 is waited for."""
    EXECUTABLE = 3
    """The Resolver can have it."""
    EXECUTED = 4
    """On its way from L1 to the source chain."""
    CONFIRMED = 5
    """The source chain's RequestManager knows."""


class Place(StrEnum):
    """Where a step's transaction goes."""

    BASE = "base"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class RelayStep:
    """The next transaction of a proof's way; simulated by whoever made it."""

    place: Place
    label: str
    """For keys and the log: `prove`, `execute`, `redeem`."""
    call: ContractCall
    value: Wei = Wei(0)  # noqa: RUF009 - a NewType is a plain int


@dataclass(frozen=True, slots=True)
class ProofProgress:
    """What is known of a proof at the last look."""

    included_at: Timestamp
    """The fill chain's time of the block that sent it."""
    matures_at: Timestamp
    """From here on L1 can know: the inclusion and the finality period of the fill chain."""
    margin: Seconds
    """What the rest of the way may take: transactions on L1, and the message to the source."""
    is_resolvable: bool
    """Whether this agent can carry it: an adapter for both chains, an L1 that answers."""
    stage: Stage
    step: RelayStep | None
    """What can be sent now; None: waiting, done, or not resolvable."""
    cost: Wei
    """Highest price of everything that is still to be sent, at today's fees."""
    arithmetic: str
    """How the cost comes about, for an operator's eyes."""
    ripening: Seconds = Seconds(0)  # noqa: RUF009 - a NewType is a plain int
    """How long L1 would make a proof wait that is proven now; 0 once it is proven."""
