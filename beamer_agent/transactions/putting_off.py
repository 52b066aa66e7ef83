"""PuttingOff: what an answer means for the action that it is about, and when it is tried again."""

from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.errors import CallRevertedError, RpcError, RpcHttpError, RpcTimeoutError
from beamer_agent.transactions.queue import (
    LONGEST_URGENT_RETRY_SECONDS,
    ActionQueue,
    longest_pause,
)
from beamer_agent.transactions.reasons import (
    AlreadyDoneError,
    ContradictedError,
    NotNeededError,
    NotNowError,
)


@dataclass(frozen=True, slots=True)
class PuttingOff:
    """Puts actions off, each reason told once. Used by the sender's thread only."""

    queue: ActionQueue
    logger: FilteringBoundLogger

    def refuse(self, action: Action, reason: NotNeededError | RpcError) -> None:
        """The chain has said no to this action; the others go on.

        Raises:
            RpcError: it has not said anything. It may choke on this action: others go first next.
        """
        if isinstance(reason, AlreadyDoneError):
            self.queue.drop(action.key)
            return
        if isinstance(reason, NotNeededError):
            if self._refuse(action, str(reason), reason):
                self.logger.info("Put action off", action=action.key, error=str(reason))
            return
        words = reason.reason if isinstance(reason, CallRevertedError) else str(reason)
        if self._refuse(action, words, reason):
            self.logger.warning("Put action off", action=action.key, error=words)
        if isinstance(reason, (RpcTimeoutError, RpcHttpError)):
            raise reason

    def _refuse(self, action: Action, words: str, reason: Exception) -> bool:
        # Others fill in the very block in which gas is cheap again: its pause must stay short.
        is_short = isinstance(reason, NotNowError)
        return self.queue.refuse(
            action.key,
            words,
            is_contradicted=isinstance(reason, ContradictedError),
            longest=LONGEST_URGENT_RETRY_SECONDS if is_short else longest_pause(action),
        )
