"""What contracts hold of claims, and what is on its way between the chains."""

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_utils.address import to_checksum_address

from beamer_agent.types import (
    Address,
    BlockNumber,
    ClaimId,
    FillId,
    RequestId,
    Timestamp,
    TransactionHash,
)
from tests.factories import NOBODY
from tests.property.game.terms import FINALITY, STAKE


@dataclass(slots=True)
class Message:
    """What the FillManager has sent: a fill, or that there is none."""

    number: int
    request_id: RequestId
    fill_id: FillId
    filler: Address | None
    sent_at: Timestamp
    block_number: BlockNumber
    transaction_hash: TransactionHash
    is_delivered: bool = False

    @property
    def matures_at(self) -> Timestamp:
        """From here on it can be delivered."""
        return Timestamp(self.sent_at + FINALITY)


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """A claim as the RequestManager tells of it."""

    id: ClaimId
    request_id: RequestId
    claimer: Address
    claimer_stake: int
    last_challenger: Address
    challenger_total: int
    withdrawn: int
    termination: int
    fill_id: FillId

    @property
    def is_claimer_ahead(self) -> bool:
        """Whose turn it is: the challengers', or the claimer's."""
        return self.claimer_stake > self.challenger_total

    @property
    def least_bid(self) -> int:
        """The smallest that the contract takes now."""
        difference = self.claimer_stake - self.challenger_total
        return difference + 1 if self.is_claimer_ahead else STAKE - difference


def message_of(log: dict[str, Any], number: int, sent_at: Timestamp) -> Message:
    """The message that a `MessageSent` of the FillManager's messenger tells of."""
    (payload,) = decode(["bytes"], bytes.fromhex(log["data"][2:]))
    # Resolver.resolve(requestId, fillId, fillChainId, sourceChainId, filler)
    types = ["bytes32", "bytes32", "uint256", "uint256", "address"]
    request_id, fill_id, _, _, filler = decode(types, payload[4:])
    filler = to_checksum_address(filler)
    return Message(
        number=number,
        request_id=request_id,
        fill_id=fill_id,
        filler=None if filler == NOBODY else filler,
        sent_at=sent_at,
        block_number=BlockNumber(int(log["blockNumber"], 16)),
        transaction_hash=TransactionHash(bytes.fromhex(log["transactionHash"][2:])),
    )
