"""Why a node did not take a transaction, read from the words that nodes use.

Nodes have no common codes for this, so the texts of geth, Erigon, Nethermind, Besu, Reth, Nitro,
OP Stack and anvil are matched in lower case. A contract's revert reason never comes through here.
"""

from enum import Enum, auto

from beamer_agent.errors import RpcResponseError


class Rejection(Enum):
    """What a refused transaction means for its sender."""

    ALREADY_KNOWN = auto()
    """The node has it: as good as taken."""
    NONCE_TOO_LOW = auto()
    """Another transaction with this nonce is mined: our view of the chain is old."""
    UNDERPRICED = auto()
    """Another one with this nonce waits, and offers about as much."""
    INSUFFICIENT_FUNDS = auto()
    FEE_TOO_LOW = auto()
    """The base fee has risen above the offer: our view of the chain is old."""
    POOL_FULL = auto()
    """No other transaction of the account, or none so cheap, is taken now."""
    DELEGATED_LIMIT = auto()
    """The account delegates (EIP-7702): one at a time, until it is mined."""
    OTHER = auto()

    @property
    def is_of_the_action(self) -> bool:
        """Whether the transaction itself is at fault, rather than the time at which it came."""
        return self in (
            Rejection.UNDERPRICED,
            Rejection.INSUFFICIENT_FUNDS,
            Rejection.OTHER,
        )

    @property
    def is_of_all(self) -> bool:
        """Whether any other transaction would be refused now as well."""
        return self not in (Rejection.INSUFFICIENT_FUNDS, Rejection.OTHER)


_WORDS = (
    (Rejection.DELEGATED_LIMIT, ("delegated account",)),
    (
        Rejection.ALREADY_KNOWN,
        ("already known", "alreadyknown", "already imported", "known transaction"),
    ),
    (Rejection.NONCE_TOO_LOW, ("nonce too low", "nonce is too low", "old nonce", "oldnonce")),
    (Rejection.UNDERPRICED, ("replacement",)),
    (
        Rejection.POOL_FULL,
        ("pool is full", "account limit exceeded", "underpriced", "gas price below"),
    ),
    (Rejection.INSUFFICIENT_FUNDS, ("insufficient funds", "insufficient balance")),
    (
        Rejection.FEE_TOO_LOW,
        ("less than block base fee", "fee cap less than", "fee too low", "feetoolow"),
    ),
)


def rejection_of(error: RpcResponseError) -> Rejection:
    """The meaning of a node's refusal."""
    text = error.message.lower().replace("unknown", "")  # "unknown transaction type"
    for rejection, phrases in _WORDS:
        if any(phrase in text for phrase in phrases):
            return rejection
    return Rejection.OTHER
