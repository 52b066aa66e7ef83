"""Why a node did not take a transaction, read from the words that nodes use.

Nodes have no common codes for this, so the texts of geth, Nitro, OP Stack and anvil are matched in
lower case. A contract's revert reason never comes through here.
"""

from enum import Enum, auto

from beamer_agent.errors import RpcResponseError


class Rejection(Enum):
    """What a refused transaction means for its sender."""

    ALREADY_KNOWN = auto()
    """The node has it: as good as taken."""
    NONCE_TOO_LOW = auto()
    """Another transaction with this nonce is mined."""
    UNDERPRICED = auto()
    """Another one with this nonce waits, and offers about as much."""
    INSUFFICIENT_FUNDS = auto()
    FEE_TOO_LOW = auto()
    """The base fee has risen above the offer."""
    OTHER = auto()


_WORDS = (
    (Rejection.ALREADY_KNOWN, ("already known", "already imported", "known transaction")),
    (Rejection.NONCE_TOO_LOW, ("nonce too low", "nonce is too low", "old nonce")),
    (Rejection.UNDERPRICED, ("underpriced",)),
    (Rejection.INSUFFICIENT_FUNDS, ("insufficient funds", "insufficient balance")),
    (Rejection.FEE_TOO_LOW, ("less than block base fee", "fee cap less than", "fee too low")),
)


def rejection_of(error: RpcResponseError) -> Rejection:
    """The meaning of a node's refusal."""
    text = error.message.lower()
    for rejection, phrases in _WORDS:
        if any(phrase in text for phrase in phrases):
            return rejection
    return Rejection.OTHER
