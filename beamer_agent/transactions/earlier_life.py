"""EarlierLife: transactions of the account that this life of the process knows nothing of."""

from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.versions import Versions

PATIENCE_SECONDS: Final = 60.0
"""So long the first of them may take to be mined; most are within some blocks."""
AGAIN_SECONDS: Final = 15.0
"""Between two tries to use up its nonce, each dearer: its price is not known."""


class EarlierLife:
    """Waits for them, but not for ever: fees may have risen above what they offer.

    The first one's nonce is used up by nothing then. So it is mined, or never will be, and what it
    was to do is done anew. Used by the sender's thread only.
    """

    def __init__(self, versions: Versions, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._versions = versions
        self._clock = clock
        self._logger = logger
        self._nonce: int | None = None
        """Of the first of them; None when there are none."""
        self._due_at = 0.0
        self._tried: Fees | None = None

    def wait_for(self, transactions: int, nonce: int, head: Block) -> None:
        """Take in that so many wait, the first at a nonce.

        Raises:
            RpcError: the chain does not answer.
        """
        if self._nonce is None:
            self._logger.warning(
                "Waiting for transactions of an earlier life",
                nonce=nonce,
                transactions=transactions,
            )
        if nonce != self._nonce:
            # Those behind one that was too cheap were sent at about the same price.
            patience = PATIENCE_SECONDS if self._tried is None else AGAIN_SECONDS
            self._nonce, self._tried = nonce, None
            self._due_at = self._clock.monotonic() + patience
        elif self._clock.monotonic() >= self._due_at:
            self._due_at = self._clock.monotonic() + AGAIN_SECONDS
            self._tried = self._versions.close_unseen(nonce, head, self._tried)

    def end(self) -> None:
        """Take in that there are none."""
        self._nonce = self._tried = None
