"""Actions: what we want to happen on a chain, as frozen values with a stable key.

The key names the obligation, not the attempt: submitting an action twice is one transaction.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from beamer_agent.types import (
    Address,
    BlockNumber,
    ChainId,
    ClaimId,
    FillId,
    RequestId,
    TokenAmount,
    Wei,
)


class Urgency(IntEnum):
    """Which action goes first when many wait: a missed claim costs the principal."""

    CLAIM = 0
    FILL = 1
    WITHDRAW = 2


@dataclass(frozen=True, slots=True)
class FillRequest:
    """Pay a request out on the target chain (`protocol.md` section 4)."""

    request_id: RequestId
    source_chain_id: ChainId
    target_token: Address
    receiver: Address
    amount: TokenAmount
    nonce: int
    approval: TokenAmount
    """What to approve to the FillManager when its allowance does not cover the amount."""

    @property
    def key(self) -> str:
        """`fill:<request id>`."""
        return fill_key(self.request_id)

    @property
    def urgency(self) -> Urgency:
        """See `Urgency`."""
        return Urgency.FILL


@dataclass(frozen=True, slots=True)
class ClaimFill:
    """Claim the deposit of a request that we filled (`protocol.md` section 3)."""

    request_id: RequestId
    fill_id: FillId
    stake: Wei
    known_until: BlockNumber
    """Claims up to this source-chain block were considered; newer ones may exist."""

    @property
    def key(self) -> str:
        """`claim:<request id>:<fill id>`: one claim per fill, after a reorg another one."""
        return claim_key(self.request_id, self.fill_id)

    @property
    def urgency(self) -> Urgency:
        """See `Urgency`."""
        return Urgency.CLAIM


@dataclass(frozen=True, slots=True)
class WithdrawClaim:
    """Take what a claim of ours is worth (`protocol.md` section 3, withdraw)."""

    request_id: RequestId
    claim_id: ClaimId

    @property
    def key(self) -> str:
        """`withdraw:<claim id>`."""
        return f"withdraw:{self.claim_id}"

    @property
    def urgency(self) -> Urgency:
        """See `Urgency`."""
        return Urgency.WITHDRAW


Action = FillRequest | ClaimFill | WithdrawClaim


def fill_key(request_id: RequestId) -> str:
    """The key of the one fill that a request can have."""
    return f"fill:0x{request_id.hex()}"


def claim_key(request_id: RequestId, fill_id: FillId) -> str:
    """The key of the one claim that a fill can have."""
    return f"claim:0x{request_id.hex()}:0x{fill_id.hex()}"


class Reason(StrEnum):
    """Why nothing is done, in the words of the log."""

    # A request we do not fill:
    WRONG_REQUEST_ID = "the request id does not fit the request"
    UNKNOWN_TOKEN_PAIR = "the tokens are not configured as a pair"
    ALLOWANCE_LIMIT = "the amount is above the configured allowance of the token"
    UNSAFE_FILL_TIME = "the request expires within the unsafe fill time"
    DEPOSIT_GONE = "the deposit was withdrawn"
    # For now:
    CHAIN_UNREACHABLE = "a chain does not answer"
    NOT_SYNCED = "a chain's events are still being read"
    FUNDS_UNKNOWN = "balances have not been read yet"
    INSUFFICIENT_TOKENS = "the target token balance is too low"
    INSUFFICIENT_NATIVE = "the source chain's native balance is too low for the claim stake"
    # A fill or claim:
    FILL_UNSEEN = "the request was filled, but the fill has not been seen yet"
    DEPOSIT_LOST = "the deposit of a request that we filled went to another"
    FILLED_BY_OTHER = "another agent filled the request"
    CLAIM_EXISTS = "the fill is claimed already"
    CLAIM_DEADLINE_PASSED = "the claim deadline has passed"
    NOT_OUR_CLAIM = "the claim is not ours"
    NOT_TERMINATED = "the claim has not terminated"
    CLAIM_LOST = "the claim is invalid"
    CLAIM_SETTLED = "the claim is paid out"


@dataclass(frozen=True, slots=True)
class Skip:
    """A decision not to act."""

    reason: Reason
    is_final: bool = False
    """Whether looking again later is pointless."""


Decision = Action | Skip
