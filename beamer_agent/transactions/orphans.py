r"""Orphans: transactions whose block was replaced by one that has them not.

    settled --reorganisation--> in flight again, held
                                   |      \--a pool had it still--> mined, settled anew
                     its action is submitted again?
                       yes: a last look, as before the first time --> the same bytes go out again
                       no, or not any more -------------------------> its nonce is used up

The nonce stays the same whatever happens, so one obligation is never paid twice; and what has
become wrong meanwhile, a claim whose fill has vanished on the other chain, is not repeated: only
those who decide see both chains.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.errors import CallRevertedError, RpcPayloadError, RpcResponseError
from beamer_agent.rpc.client import LATEST, PENDING, ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.preparation import Prepares
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.reasons import NotNeededError
from beamer_agent.transactions.simulation import call_fields
from beamer_agent.transactions.standing import reduce
from beamer_agent.transactions.versions import Versions
from beamer_agent.types import Address

PATIENCE_SECONDS: Final = 10.0
"""How long an action may take to be wanted again; the transactions behind it wait as long."""

UNCERTAIN: Final = "it cannot be simulated"


@dataclass(frozen=True, slots=True)
class Orphans:
    """Decides what becomes of them. Used by the sender's thread only."""

    client: ChainClient
    account: Address
    preparation: Prepares
    flight: Flight
    queue: ActionQueue
    versions: Versions
    clock: Clock
    logger: FilteringBoundLogger

    def bring_back(self, transactions: Iterable[SentTransaction], head: Block) -> None:
        """Put transactions back in flight; those behind them may be gone from the pool as well."""
        transactions = list(transactions)
        if not transactions:
            return
        for sent in transactions:
            self.logger.warning(
                "Transaction's block was replaced",
                action=sent.name,
                transaction=sent.planned.label,
                nonce=sent.nonce,
                tx_hash=sent.newest.hash,
            )
            self._reopen(sent)
        self.flight.restore(transactions)
        for sent in self.flight:
            sent.is_delivered, sent.taken_since = False, None
            self.versions.touch(sent, head)

    def look(self, head: Block) -> None:
        """Let go what is wanted again, give up what is not; in the order of nonces.

        Raises:
            RpcError: the chain does not answer.
        """
        for place, sent in enumerate(self.flight):
            if sent.held_since is None:
                continue
            if not self._decide(sent, head, is_first=place == 0):
                return  # nothing behind it could be mined

    def _reopen(self, sent: SentTransaction) -> None:
        if sent.is_retired or not sent.is_last_of_action:
            return  # an approval does no harm, and its nonce must be used
        undone = [action for action in sent.actions if self.queue.mark_undone(action)]
        sent.held_since = self.clock.monotonic()
        reduce(sent, undone, self.queue)

    def _decide(self, sent: SentTransaction, head: Block, *, is_first: bool) -> bool:
        """Whether it is known what becomes of it."""
        wanted = [action for key in sent.keys if (action := self.queue.in_flight(key))]
        is_late = self.clock.monotonic() - (sent.held_since or 0) >= PATIENCE_SECONDS
        if len(wanted) < len(sent.actions):
            if not is_late:
                return False
            self._give_up(sent, "it is not wanted any more")
        elif not any(self.queue.is_cancelled(key) for key in sent.keys):
            refusal = self._refusal(sent, wanted, head, is_first=is_first)
            if refusal is None:
                self.logger.info(
                    "Sending transaction once more", action=sent.name, nonce=sent.nonce
                )
            elif refusal == UNCERTAIN and not (is_first and is_late):
                return False
            else:
                self._give_up(sent, refusal)
        sent.held_since = None
        return True

    def _refusal(
        self, sent: SentTransaction, wanted: Sequence[Action], head: Block, *, is_first: bool
    ) -> str | None:
        """Why it must not be sent again; None: it may."""
        fields = call_fields(sent.planned, self.account)
        try:
            for action in wanted:
                self.preparation.last_look(action, head)
            self.client.estimate_gas(fields, LATEST if is_first else PENDING)
        except NotNeededError as reason:
            return str(reason)
        except CallRevertedError as error:
            # Behind others it may only be too early.
            return error.reason if is_first else UNCERTAIN
        except (RpcResponseError, RpcPayloadError):
            return UNCERTAIN
        return None

    def _give_up(self, sent: SentTransaction, reason: str) -> None:
        for key in sent.keys:
            self.queue.cancel(key)
        self.logger.warning(
            "Not sending transaction again",
            action=sent.name,
            nonce=sent.nonce,
            error=reason,
        )
