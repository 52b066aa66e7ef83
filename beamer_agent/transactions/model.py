r"""The stages of an action on its way to a block.

Action --prepare--> PlannedTransaction(s) --sign--> SentTransaction --receipt--> settled
               \--> Refusal (nothing was sent)
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from beamer_agent.actions.model import Action
from beamer_agent.contracts.call import ContractCall
from beamer_agent.transactions.fees import Fees
from beamer_agent.types import Address, BlockNumber, TokenAmount, TransactionHash, Wei

NOTHING: Final = Wei(0)


@dataclass(frozen=True, slots=True)
class ExpectedAllowance:
    """What a token's allowance will be once a transaction is mined."""

    token: Address
    amount: TokenAmount


@dataclass(frozen=True, slots=True)
class PlannedTransaction:
    """What is to be sent, without nonce and price."""

    label: str
    """For the log: `approve`, `fill`, `claim`, `withdraw`."""
    call: ContractCall
    value: Wei = NOTHING
    allowance_after: ExpectedAllowance | None = None
    default_gas: int | None = None
    """Gas limit when it cannot be simulated before an earlier transaction is mined."""


@dataclass(slots=True)
class SentTransaction:
    """A transaction that a node may have, at its nonce; replacements share the nonce.

    Owned by the sender's thread.
    """

    actions: tuple[Action, ...]
    """What it stands for: one action; several where one transaction carries out many."""
    planned: PlannedTransaction
    is_last_of_action: bool
    nonce: int
    gas: int
    fees: Fees
    raw: bytes
    hashes: list[TransactionHash]
    """Of every version sent so far; any of them may be mined."""
    sent_at_block: BlockNumber
    sent_at: float
    """Monotonic seconds."""
    is_delivered: bool = False
    """Whether a node confirmed to have it."""
    cancelling: list[TransactionHash] = field(default_factory=list)
    """Those of the versions that do nothing but use up the nonce."""
    is_nonce_taken: bool = False
    """Whether its nonce was mined without a receipt of ours, at the last look."""
    held_since: float | None = None
    """Monotonic seconds; since then it waits, its block was replaced, for its action to be wanted
    again. None: it may be delivered."""
    is_retired: bool = False
    """Whether it stands for its action no more: all it may do is to use up its nonce."""
    lowest_head: BlockNumber = field(init=False)
    """The lowest head since it was sent first: no block far below can have it."""

    def __post_init__(self) -> None:
        """It begins where it was sent first."""
        self.lowest_head = self.sent_at_block

    @property
    def keys(self) -> tuple[str, ...]:
        """Of its actions."""
        return tuple(action.key for action in self.actions)

    @property
    def name(self) -> str:
        """Its actions for the log; a search for the key of any of them finds the line."""
        return ", ".join(self.keys)

    def know_head(self, number: BlockNumber) -> None:
        """Take in a head: after a lower one, those before it may have been none."""
        self.sent_at_block = min(self.sent_at_block, number)
        self.lowest_head = min(self.lowest_head, number)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action was not, or not successfully, carried out, and when to try again."""

    reason: str
    retry_at: float
    """Monotonic seconds."""
    attempts: int
    is_contradicted: bool = False
    """Whether the chain says the opposite of what the action is meant to prove."""


class Delivery(Enum):
    """What became of a transaction that was handed to the endpoint."""

    TAKEN = auto()
    REFUSED = auto()
    """This one; others may be taken."""
    BLOCKED = auto()
    """Any other would be refused now as well."""
