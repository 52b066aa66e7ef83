"""Actions: what we want to happen on a chain, as frozen values with a stable key.

The key names the obligation, not the attempt: submitting an action twice is one transaction.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import ClassVar

from beamer_agent.actions.proof import RelayStep
from beamer_agent.types import (
    Address,
    BlockNumber,
    ChainId,
    ClaimId,
    FillId,
    RequestId,
    Timestamp,
    TokenAmount,
    Wei,
)


class Urgency(IntEnum):
    """Which action goes first when many wait: what has a deadline, then what earns."""

    CLAIM = 0
    CHALLENGE = 1
    INVALIDATE = 2
    APPROVE = 3
    FILL = 4
    RELAY = 5
    WITHDRAW = 6


@dataclass(frozen=True, slots=True)
class FillRequest:
    """Pay a request out on the target chain (`protocol.md` section 4)."""

    urgency: ClassVar = Urgency.FILL
    request_id: RequestId
    source_chain_id: ChainId
    target_token: Address
    receiver: Address
    amount: TokenAmount
    nonce: int
    approval: TokenAmount
    """What to approve to the FillManager when its allowance does not cover the amount."""
    known_until: BlockNumber
    """Fills up to this target-chain block were considered; newer ones may exist."""
    deadline: Timestamp
    """It must be mined before this time of the source chain."""

    @property
    def key(self) -> str:
        """`fill:<request id>`."""
        return fill_key(self.request_id)


@dataclass(frozen=True, slots=True)
class ClaimFill:
    """Claim the deposit of a request that we filled (`protocol.md` section 3)."""

    urgency: ClassVar = Urgency.CLAIM
    request_id: RequestId
    fill_id: FillId
    stake: Wei
    known_until: BlockNumber
    """Claims up to this source-chain block were considered; newer ones may exist."""
    deadline: Timestamp
    """From this time of the source chain on, the deposit may be gone before it is mined."""

    @property
    def key(self) -> str:
        """`claim:<request id>:<fill id>`: one claim per fill, after a reorg another one."""
        return claim_key(self.request_id, self.fill_id)


@dataclass(frozen=True, slots=True)
class WithdrawClaim:
    """Take what a claim of ours is worth (`protocol.md` section 3, withdraw)."""

    urgency: ClassVar = Urgency.WITHDRAW
    deadline: ClassVar[Timestamp | None] = None
    request_id: RequestId
    claim_id: ClaimId

    @property
    def key(self) -> str:
        """`withdraw:<claim id>`."""
        return f"withdraw:{self.claim_id}"


@dataclass(frozen=True, slots=True)
class InvalidateFill:
    """Have the target chain prove that a fill is not there (`protocol.md` section 4)."""

    urgency: ClassVar = Urgency.INVALIDATE
    deadline: ClassVar[Timestamp | None] = None
    request_id: RequestId
    fill_id: FillId
    source_chain_id: ChainId
    target_token: Address
    receiver: Address
    amount: TokenAmount
    nonce: int
    known_until: BlockNumber
    """Invalidations up to this target-chain block were considered; newer ones may exist."""

    @property
    def key(self) -> str:
        """`invalidate:<request id>:<fill id>`: one proof serves all claims with the fill id."""
        return invalidation_key(self.request_id, self.fill_id)


@dataclass(frozen=True, slots=True)
class ChallengeClaim:
    """Bid in the game of a claim, against it or for our own (`protocol.md` section 3)."""

    urgency: ClassVar = Urgency.CHALLENGE
    request_id: RequestId
    claim_id: ClaimId
    claimer_stake: Wei
    challenger_stake_total: Wei
    """With the claimer's stake: the turn of the game that is answered."""
    bid: Wei
    deadline: Timestamp
    """From this time of the source chain on, the contract refuses it."""

    @property
    def key(self) -> str:
        """`challenge:<claim id>:<stakes>`: one bid per turn; every bid raises the stakes."""
        return challenge_key(self.claim_id, self.claimer_stake, self.challenger_stake_total)


@dataclass(frozen=True, slots=True)
class RelayMessage:
    """Carry a proof one step further on its way over L1 (`protocol.md` section 7.6)."""

    urgency: ClassVar = Urgency.RELAY
    deadline: ClassVar[Timestamp | None] = None
    proof_key: str
    step: RelayStep

    @property
    def key(self) -> str:
        """`relay:<step>:<proof>`."""
        return f"relay:{self.step.label}:{self.proof_key}"


@dataclass(frozen=True, slots=True)
class ApproveToken:
    """Let the FillManager take a token from the account, before a fill needs it."""

    urgency: ClassVar = Urgency.APPROVE
    deadline: ClassVar[Timestamp | None] = None
    token: Address
    amount: TokenAmount
    """What to approve."""
    least: TokenAmount
    """An allowance of so much, at least, is enough for now."""

    @property
    def key(self) -> str:
        """`approve:<token>`."""
        return f"approve:{self.token}"


Action = (
    FillRequest
    | ClaimFill
    | WithdrawClaim
    | InvalidateFill
    | ChallengeClaim
    | RelayMessage
    | ApproveToken
)


def fill_key(request_id: RequestId) -> str:
    """The key of the one fill that a request can have."""
    return f"fill:0x{request_id.hex()}"


def claim_key(request_id: RequestId, fill_id: FillId) -> str:
    """The key of the one claim that a fill can have."""
    return f"claim:0x{request_id.hex()}:0x{fill_id.hex()}"


def invalidation_key(request_id: RequestId, fill_id: FillId) -> str:
    """The key of the one non-fill proof that a false fill id needs."""
    return f"invalidate:0x{request_id.hex()}:0x{fill_id.hex()}"


def challenge_key(claim_id: ClaimId, claimer_stake: Wei, challenger_stake_total: Wei) -> str:
    """The key of the one bid that a turn of a game can have."""
    return f"challenge:{claim_id}:{claimer_stake}:{challenger_stake_total}"


class Reason(StrEnum):
    """Why nothing is done, in the words of the log."""

    # A request we do not fill:
    WRONG_REQUEST_ID = "the request id does not fit the request"
    UNKNOWN_TOKEN_PAIR = "the tokens are not configured as a pair"
    ALLOWANCE_LIMIT = "the amount is above the configured allowance of the token"
    UNSAFE_FILL_TIME = "the request expires within the unsafe fill time"
    DEPOSIT_GONE = "the deposit was withdrawn"
    WATCH_ONLY = "the direction is only watched"
    DENIED_RECIPIENT = "nothing is paid out to its receiver"
    REQUEST_LIMIT = "the amount is above the configured limit of a request"
    # For now:
    PAUSED = "the operator has paused the direction"
    DRAINING = "the agent finishes what is open, then it ends"
    CHAIN_UNREACHABLE = "a chain does not answer"
    NOT_SYNCED = "a chain's events are still being read"
    UNCONFIRMED = "too few blocks are on top of its block yet"
    UNATTESTED = "too few endpoints have vouched for it yet"
    DENIED = "endpoints say that it is not there"
    UNFINAL_LIMIT = "too much is paid out for requests that are not final yet"
    UNPROFITABLE = "it would earn less than the operator wants"
    UNPRICED = "a price or a cost is not known, so neither is what it is worth"
    HOUR_LIMIT = "the limit of what is paid out within an hour is reached"
    OPEN_LIMIT = "the limit of what is paid out and not withdrawn yet is reached"
    EXPOSURE_LIMIT = "the limit of what is paid out in all tokens and not withdrawn is reached"
    PAYOUTS_UNKNOWN = "what is paid out is not known yet, its events are still being read"
    FUNDS_UNKNOWN = "balances have not been read yet"
    INSUFFICIENT_TOKENS = "the target token balance is too low"
    INSUFFICIENT_NATIVE = "the source chain's native balance is too low for the claim stake"
    CLAIM_ENDING = "a claim on the request could be paid before a proof speaks against it"
    UNDEFENDABLE = "the stake limits leave too little to defend the deposit"
    GAME_RESERVE = "the base chain's native balance does not cover the open games"
    # A fill or claim:
    FILL_UNSEEN = "the request was filled, but the fill has not been seen yet"
    DEPOSIT_LOST = "the deposit of a request that we filled went to another"
    REQUEST_VANISHED = "a reorganisation took away the request that we filled"
    FILLED_BY_OTHER = "another agent filled the request"
    CLAIM_EXISTS = "the fill is claimed already"
    CLAIM_DEADLINE_PASSED = "the claim deadline has passed"
    NOT_OUR_CLAIM = "the claim is not ours"
    NOT_TERMINATED = "the claim has not terminated"
    CLAIM_LOST = "the claim is invalid"
    CLAIM_SETTLED = "the claim is paid out"
    # The game of a claim:
    CLAIM_UNKNOWN = "it is not known yet whether the claim is honest"
    CLAIM_HONEST = "the claim is honest"
    CLAIM_DECIDED = "the claim is decided, no bid can change it"
    OWN_CLAIM_FALSE = "our claim is false, its fill is not there"
    FILL_MOVED = "the request has another fill of ours than the claim says"
    AHEAD = "the right side is ahead"
    PROOF_AWAITED = "the proof that there is no fill is not included yet"
    FILL_EXISTS = "the target chain has the fill, though it has not been seen"
    CLAIM_UPHELD = "endpoints do not agree that the claim's fill is absent"
    FILL_DENIED = "endpoints say that the fill of our claim is not there"
    ENDPOINTS_SPLIT = "the claim ends, and endpoints do not answer or are split in halves"
    PROOF_UNKNOWN = "the proof's way has not been looked at yet"
    LEFT_TO_OTHERS = "the game is played by others"
    TWIN_MAY_PAY = "another claim in our name could take the deposit, and our bids with it"
    L1_DECIDES = "a proof arrives in time and wins more than it costs"
    PROOF_TOO_LATE = "no proof can arrive before the game ends"
    STAKE_LIMIT = "the bid would exceed the configured stake limits"
    STAKE_FUNDS = "the source chain's native balance is too low for the bid"
    # A proof on its way over L1:
    NOTHING_TO_WIN = "the proof changes nothing for us"
    NOT_WORTH_IT = "carrying the proof costs more than it wins"
    STEP_AWAITED = "the proof's next step is not possible yet"


Figures = tuple[tuple[str, object], ...]
"""Names and values that a decision rests on."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A decision not to act."""

    reason: Reason
    is_final: bool = False
    """Whether looking again later is pointless."""
    figures: Figures = field(default=(), compare=False)
    """For the log."""


Decision = Action | Skip
