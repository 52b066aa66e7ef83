"""Values for tests, with a default for everything: `make_claim_made(claimer=BOB)`.

Unchanged, the events are the story of one transfer from `SOURCE` to `TARGET`, each in a block of
its own: created in 10, filled in target block 20, claimed by `US` in 30, and withdrawn in 60. What
is told of a block follows from its number, and a request's id from what it is about, unless given.
A block holds one transaction.
"""

from dataclasses import fields, replace
from typing import Any, TypeVar

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from beamer_agent.actions.rules import compute_request_id
from beamer_agent.events.model import (
    ClaimMade,
    ClaimStakeWithdrawn,
    DepositWithdrawn,
    FillInvalidated,
    FillInvalidatedResolved,
    LpAdded,
    RequestCreated,
    RequestFilled,
    RequestResolved,
)
from beamer_agent.rpc.model import Block, Receipt
from beamer_agent.state.claim import Claim
from beamer_agent.state.fold import Direction
from beamer_agent.state.request import Request
from beamer_agent.types import (
    Address,
    BlockHash,
    BlockNumber,
    ChainId,
    ClaimId,
    FillId,
    RequestId,
    Timestamp,
    TokenAmount,
    TransactionHash,
    Wei,
)

T = TypeVar("T")


def make_address(number: int) -> Address:
    """An address of one's own for each number."""
    return to_checksum_address(keccak(number.to_bytes(32, "big"))[12:])


def make_fill_id(number: int) -> FillId:
    """A fill id of one's own for each number."""
    return FillId(keccak(b"fill" + number.to_bytes(32, "big")))


SOURCE = ChainId(1_001)
TARGET = ChainId(1_002)
DIRECTION = Direction(SOURCE, TARGET)

US = make_address(1)
"""The agent's own account."""
ALICE = make_address(2)
"""Another agent."""
BOB = make_address(3)
"""One more agent."""
USER = make_address(4)
RECEIVER = make_address(5)
NOBODY = Address("0x0000000000000000000000000000000000000000")  # type: ignore[arg-type]

REQUEST_MANAGER = make_address(11)
FILL_MANAGER = make_address(12)
RESOLVER = make_address(31)
SOURCE_TOKEN = make_address(21)
TARGET_TOKEN = make_address(22)

NOW = Timestamp(1_700_000_000)
"""Wall clock, and timestamp of the newest blocks."""
VALID_UNTIL = Timestamp(NOW + 3_600)
TERMINATION = Timestamp(NOW + 7_200)
AMOUNT = TokenAmount(10**18)
STAKE = Wei(10**17)
FILL_ID = make_fill_id(1)
OTHER_FILL_ID = make_fill_id(2)
CLAIM_ID = ClaimId(2)


def made(type_: type[T], changes: dict[str, Any], **defaults: Any) -> T:
    """A value of a type: the changes, and defaults for the rest."""
    return type_(**(defaults | changes))


def _position(
    changes: dict[str, Any], chain_id: ChainId, emitter: Address, block_number: int
) -> dict[str, Any]:
    chain_id = changes.get("chain_id", chain_id)
    block_number = changes.get("block_number", block_number)
    return {
        "chain_id": chain_id,
        "emitter": emitter,
        "block_number": BlockNumber(block_number),
        "block_hash": block_hash(block_number),
        "log_index": 0,
        "transaction_hash": _transaction_hash(chain_id, block_number),
    }


def _transaction_hash(chain_id: int, block_number: int) -> TransactionHash:
    return TransactionHash(
        keccak(b"transaction" + encode(["uint256[2]"], [[chain_id, block_number]]))
    )


def make_block(number: int = 100, **changes: Any) -> Block:
    """A block header."""
    return made(
        Block,
        changes,
        number=BlockNumber(number),
        hash=block_hash(number),
        parent_hash=block_hash(number - 1),
        timestamp=NOW,
        base_fee=Wei(10**9),
    )


def block_hash(number: int) -> BlockHash:
    """The hash of the block at a height of any chain."""
    return BlockHash(keccak(b"block" + number.to_bytes(32, "big", signed=True)))


def make_receipt(**changes: Any) -> Receipt:
    """The receipt of a transaction that went well."""
    return made(
        Receipt,
        changes,
        transaction_hash=_transaction_hash(SOURCE, 100),
        block_number=BlockNumber(100),
        succeeded=True,
        gas_used=100_000,
        effective_gas_price=Wei(10**9),
    )


def make_request_created(**changes: Any) -> RequestCreated:
    """A user asks for `AMOUNT` on `TARGET`; its id fits what is asked."""
    created = made(
        RequestCreated,
        changes,
        **_position(changes, SOURCE, REQUEST_MANAGER, 10),
        request_id=RequestId(b""),
        target_chain_id=TARGET,
        source_token_address=SOURCE_TOKEN,
        target_token_address=TARGET_TOKEN,
        source_address=USER,
        target_address=RECEIVER,
        amount=AMOUNT,
        nonce=1,
        valid_until=VALID_UNTIL,
        lp_fee=TokenAmount(AMOUNT // 100),
        protocol_fee=TokenAmount(0),
    )
    is_given = "request_id" in changes
    return created if is_given else replace(created, request_id=compute_request_id(created))


REQUEST_ID = make_request_created().request_id
"""The id of the request that all factories speak of."""


def make_request_filled(**changes: Any) -> RequestFilled:
    """We pay the request out."""
    return made(
        RequestFilled,
        changes,
        **_position(changes, TARGET, FILL_MANAGER, 20),
        request_id=REQUEST_ID,
        fill_id=FILL_ID,
        source_chain_id=SOURCE,
        target_token_address=TARGET_TOKEN,
        filler=US,
        amount=AMOUNT,
    )


def make_claim_made(**changes: Any) -> ClaimMade:
    """We claim our fill, unchallenged."""
    return made(
        ClaimMade,
        changes,
        **_position(changes, SOURCE, REQUEST_MANAGER, 30),
        request_id=REQUEST_ID,
        claim_id=CLAIM_ID,
        claimer=US,
        claimer_stake=STAKE,
        last_challenger=NOBODY,
        challenger_stake_total=Wei(0),
        termination=TERMINATION,
        fill_id=FILL_ID,
    )


def make_request_resolved(**changes: Any) -> RequestResolved:
    """L1 says that we filled the request."""
    return made(
        RequestResolved,
        changes,
        **_position(changes, SOURCE, REQUEST_MANAGER, 50),
        request_id=REQUEST_ID,
        filler=US,
        fill_id=FILL_ID,
    )


def make_fill_invalidated_resolved(**changes: Any) -> FillInvalidatedResolved:
    """L1 says that our fill never happened."""
    return made(
        FillInvalidatedResolved,
        changes,
        **_position(changes, SOURCE, REQUEST_MANAGER, 45),
        request_id=REQUEST_ID,
        fill_id=FILL_ID,
    )


def make_fill_invalidated(**changes: Any) -> FillInvalidated:
    """Somebody sends the proof that our fill never happened on its way."""
    return made(
        FillInvalidated,
        changes,
        **_position(changes, TARGET, FILL_MANAGER, 25),
        request_id=REQUEST_ID,
        fill_id=FILL_ID,
    )


def make_lp_added(**changes: Any) -> LpAdded:
    """We may fill: an event that is about no request."""
    return made(LpAdded, changes, **_position(changes, TARGET, FILL_MANAGER, 5), lp=US)


def make_claim_stake_withdrawn(**changes: Any) -> ClaimStakeWithdrawn:
    """We take the stakes of our claim."""
    return made(
        ClaimStakeWithdrawn,
        changes,
        **_position(changes, SOURCE, REQUEST_MANAGER, 60),
        request_id=REQUEST_ID,
        claim_id=CLAIM_ID,
        stake_recipient=US,
    )


def make_deposit_withdrawn(**changes: Any) -> DepositWithdrawn:
    """We take the deposit, in the transaction in which we took the stakes."""
    return made(
        DepositWithdrawn,
        {"log_index": 1} | changes,
        **_position(changes, SOURCE, REQUEST_MANAGER, 60),
        request_id=REQUEST_ID,
        receiver=US,
    )


def make_request(**changes: Any) -> Request:
    """A pending request; its fields, and those of its `RequestCreated`, can be changed."""
    own = {f.name: changes.pop(f.name) for f in fields(Request) if f.name in changes}
    return Request(**({"created": make_request_created(**changes)} | own))


def make_claim(**changes: Any) -> Claim:
    """Our claim, as its first event leaves it; fields of both can be changed."""
    only_claim = {"id", "state", "challenger_stakes"}
    own = {name: changes.pop(name) for name in only_claim & changes.keys()}
    claim = Claim.from_event(make_claim_made(**changes))
    for name, value in own.items():
        setattr(claim, name, value)
    return claim
