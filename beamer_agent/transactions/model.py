r"""The life of a transaction as types: each stage is made of the one before, in one place only.

    Action --prepare--> Planned --simulate--> Simulated --sign--> Signed --hand over--> Sent
                 \                  \                        (known nowhere before) \     |
                  +------------------+--> Refusal                          Dropped --+    |
                                                                                          |
    +-----------------------------------------------------------------<-------------------+
    |
    +--a while later--> a dearer version, Signed at the same nonce; any version may be mined
    +--its receipt----> Mined, or Reverted, or Undone ---too deep for a reorganisation--> Final
    +--no receipt-----> Replaced: somebody else's transaction has the nonce -----"------> Final

    Mined, Reverted, Undone, Replaced --the block is replaced--> Sent, at the same nonce

`Signer` makes what is signed, and only of what was simulated; a `SentTransaction` begins with
something signed; a `MinedTransaction` is made by the one that was sent, of a receipt of one of its
versions. What is final is forgotten (`Settled`).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from beamer_agent.actions.model import Action
from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import InvariantError
from beamer_agent.rpc.model import Receipt
from beamer_agent.transactions.fees import Fees
from beamer_agent.types import Address, BlockNumber, TokenAmount, TransactionHash, Wei

NOTHING: Final = Wei(0)
APPROVE: Final = "approve"
"""The label of transactions that set an allowance."""


@dataclass(frozen=True, slots=True)
class ExpectedAllowance:
    """What a token's allowance will be once a transaction is mined."""

    token: Address
    amount: TokenAmount


@dataclass(frozen=True, slots=True)
class PlannedTransaction:
    """What is to be sent, without gas, nonce and price."""

    label: str
    """For the log: `approve`, `fill`, `claim`, `withdraw`."""
    call: ContractCall
    value: Wei = NOTHING
    allowance_after: ExpectedAllowance | None = None
    default_gas: int | None = None
    """Gas limit when it cannot be simulated before an earlier transaction is mined."""
    keys: tuple[str, ...] = ()
    """Of a bundle: the keys of the actions that its calls carry out, in the order of the calls."""
    parts: tuple["PlannedTransaction", ...] = ()
    """Of a bundle: its calls, as they would have been sent alone."""

    @property
    def steps(self) -> tuple["PlannedTransaction", ...]:
        """Its calls; of any but a bundle, itself."""
        return self.parts or (self,)

    @property
    def allowances(self) -> tuple[ExpectedAllowance, ...]:
        """What it leaves, step after step: of one token, the last counts."""
        after = (step.allowance_after for step in self.steps)
        return tuple(allowance for allowance in after if allowance is not None)

    @property
    def is_approval(self) -> bool:
        """Whether it sets an allowance, whatever that was before."""
        return self.label == APPROVE


@dataclass(frozen=True, slots=True)
class SimulatedTransaction:
    """What would not fail now, and the gas that it may use."""

    planned: PlannedTransaction
    gas: int


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A version of a transaction: bytes that any node may mine. Made by `Signer`."""

    nonce: int
    value: Wei
    gas: int
    fees: Fees
    raw: bytes
    hash: TransactionHash
    is_cancelling: bool
    """Whether it does nothing but use up the nonce."""

    @property
    def most_cost(self) -> Wei:
        """What an account must have for it: nodes take no transaction that it could not pay."""
        return Wei(self.value + self.gas * self.fees.maximum)


@dataclass(slots=True, eq=False)
class SentTransaction:
    """A transaction that a node may have, at its nonce; replacements share the nonce.

    Owned by the sender's thread.
    """

    actions: tuple[Action, ...]
    """What it stands for: one action; several where one transaction carries out many."""
    simulated: SimulatedTransaction
    is_last_of_action: bool
    versions: list[SignedTransaction]
    """All that were handed over, the newest last; never empty. Any of them may be mined."""
    sent_at_block: BlockNumber
    sent_at: float
    """Monotonic seconds."""
    is_delivered: bool = False
    """Whether a node confirmed to have it."""
    taken_since: float | None = None
    """Monotonic seconds; since then the chain counts its nonce as used, without a receipt of ours.
    None: it does not."""
    held_since: float | None = None
    """Monotonic seconds; since then it waits, its block was replaced, for its action to be wanted
    again. None: it may be delivered."""
    is_retired: bool = False
    """Whether it stands for its action no more: all it may do is to use up its nonce."""
    refused_for: str = ""
    """Why a node has refused it last, as it was told; empty while none has."""
    first_sent_at: float = field(init=False)
    """Monotonic seconds: when its first version went out."""
    lowest_head: BlockNumber = field(init=False)
    """The lowest head since it was sent first: no block far below can have it."""

    def __post_init__(self) -> None:
        """It begins where it was sent first."""
        self.lowest_head, self.first_sent_at = self.sent_at_block, self.sent_at

    @property
    def planned(self) -> PlannedTransaction:
        """What it does, unless it is undone."""
        return self.simulated.planned

    @property
    def newest(self) -> SignedTransaction:
        """The version that is to be mined."""
        return self.versions[-1]

    @property
    def nonce(self) -> int:
        """That of all its versions."""
        return self.newest.nonce

    @property
    def fees(self) -> Fees:
        """What its newest version offers."""
        return self.newest.fees

    @property
    def is_being_undone(self) -> bool:
        """Whether a version went out that only uses up the nonce; all later ones do as well."""
        return self.newest.is_cancelling

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

    def mined(self, receipt: Receipt) -> "MinedTransaction":
        """What it is from now on.

        Raises:
            InvariantError: the receipt is of none of its versions.
        """
        for version in self.versions:
            if version.hash == receipt.transaction_hash:
                return MinedTransaction(self, version, receipt)
        raise InvariantError("A receipt was taken for that of another transaction.")


class Outcome(StrEnum):
    """How a transaction ended; also the words of the metrics."""

    SUCCEEDED = "succeeded"
    REVERTED = "reverted"
    UNDONE = "undone"
    """A version of ours that does nothing was mined in its place."""
    REPLACED = "replaced"
    """Somebody else's transaction has its nonce."""
    DROPPED = "dropped"
    """The node refused it: nobody has it."""


@dataclass(frozen=True, slots=True, eq=False)
class MinedTransaction:
    """A transaction in a block that may yet be replaced. Made by `SentTransaction.mined`."""

    sent: SentTransaction
    version: SignedTransaction
    """The one that the block has."""
    receipt: Receipt

    @property
    def block_number(self) -> BlockNumber:
        """Of the block that has it."""
        return self.receipt.block_number

    @property
    def outcome(self) -> Outcome:
        """What became of it."""
        if self.version.is_cancelling:
            return Outcome.UNDONE
        return Outcome.SUCCEEDED if self.receipt.succeeded else Outcome.REVERTED

    @property
    def cost(self) -> Wei:
        """What it took from the account besides its value, the data fee included."""
        receipt = self.receipt
        return Wei(receipt.gas_used * receipt.effective_gas_price + receipt.data_fee)


@dataclass(frozen=True, slots=True, eq=False)
class ReplacedTransaction:
    """A transaction whose nonce another one has that is not ours."""

    sent: SentTransaction
    block_number: BlockNumber
    """By which it was gone."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an action was not, or not successfully, carried out, and when to try again."""

    reason: str
    retry_at: float
    """Monotonic seconds."""
    attempts: int
    is_contradicted: bool = False
    """Whether the chain says the opposite of what the action is meant to prove."""
