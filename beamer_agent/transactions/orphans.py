r"""Orphans: transactions whose block was replaced by one that has them not.

    settled --reorganisation--> in flight again, held
                                   |      \--a pool had it still--> mined, settled anew
                     its action is submitted again?
                       yes: a last look, for all at once --> the same bytes go out again
                       no, or not any more -------------------------> its nonce is used up

The nonce stays the same whatever happens, so one obligation is never paid twice; and what has
become wrong meanwhile, a claim whose fill has vanished on the other chain, is not repeated: only
those who decide see both chains.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.errors import RpcHttpError, RpcPayloadError, RpcResponseError, RpcTimeoutError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.look import Look
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.preparation import Prepares
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.reasons import NotNeededError
from beamer_agent.transactions.rehearsal import UNCERTAIN, Rehearsal
from beamer_agent.transactions.standing import reduce
from beamer_agent.transactions.versions import Versions

PATIENCE_SECONDS: Final = 10.0
"""How long an action may take to be wanted again; the transactions behind it wait as long."""


class Wish(Enum):
    """What those who decide want of a transaction."""

    AWAITED = auto()
    """They have not said yet."""
    WANTED = auto()
    CANCELLED = auto()
    GIVEN_UP = auto()
    """They have had time enough to say that they want it."""


@dataclass(frozen=True, slots=True)
class Orphans:
    """Decides what becomes of them. Used by the sender's thread only."""

    client: ChainClient
    preparation: Prepares
    rehearsal: Rehearsal
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
        if not self.flight.is_holding():
            return
        refusals = self._refusals(self._going(), head)
        for place, sent in enumerate(self.flight):
            if sent.held_since is None:
                continue
            if not self._decide(sent, refusals, is_first=place == 0):
                return  # nothing behind it could be mined

    def _reopen(self, sent: SentTransaction) -> None:
        if sent.is_retired or not sent.is_last_of_action:
            return  # an approval does no harm, and its nonce must be used
        undone = [action for action in sent.actions if self.queue.mark_undone(action)]
        sent.held_since = self.clock.monotonic()
        reduce(sent, undone, self.queue)

    def _going(self) -> list[SentTransaction]:
        """What is to be mined, up to the last that is held and wanted again.

        Behind one that is not known yet to be wanted, nothing is looked at.
        """
        going: list[SentTransaction] = []
        held = 0
        for sent in self.flight:
            if sent.held_since is None:
                going += [] if sent.is_retired or sent.is_being_undone else [sent]
                continue
            wish = self._wish(sent)
            if wish is Wish.AWAITED:
                break
            if wish is Wish.WANTED:
                going.append(sent)
                held = len(going)
        return going[:held]

    def _wish(self, sent: SentTransaction) -> Wish:
        if len(self._wanted(sent)) < len(sent.actions):
            return Wish.GIVEN_UP if self._is_late(sent) else Wish.AWAITED
        is_cancelled = any(self.queue.is_cancelled(key) for key in sent.keys)
        return Wish.CANCELLED if is_cancelled else Wish.WANTED

    def _wanted(self, sent: SentTransaction) -> list[Action]:
        """Its actions that are wanted again, as they were submitted last."""
        return [action for key in sent.keys if (action := self.queue.in_flight(key))]

    def _is_late(self, sent: SentTransaction) -> bool:
        return self.clock.monotonic() - (sent.held_since or 0) >= PATIENCE_SECONDS

    def _decide(
        self,
        sent: SentTransaction,
        refusals: Mapping[SentTransaction, str | None],
        *,
        is_first: bool,
    ) -> bool:
        """Whether it is known what becomes of it."""
        match self._wish(sent):
            case Wish.AWAITED:
                return False
            case Wish.GIVEN_UP:
                self._give_up(sent, "it is not wanted any more")
            case Wish.WANTED:
                refusal = refusals.get(sent, UNCERTAIN)
                if refusal is None:
                    self.logger.info(
                        "Sending transaction once more", action=sent.name, nonce=sent.nonce
                    )
                elif refusal == UNCERTAIN and not (is_first and self._is_late(sent)):
                    return False
                else:
                    self._give_up(sent, refusal)
        sent.held_since = None
        return True

    def _refusals(
        self, going: Sequence[SentTransaction], head: Block
    ) -> dict[SentTransaction, str | None]:
        """Why those that are held must not be sent again; None: they may. One batch for all."""
        wanted = {sent: self._wanted(sent) for sent in going if sent.held_since is not None}
        if not wanted:
            return {}
        questions = self.preparation.questions(
            [a for found in wanted.values() for a in found], head
        )
        parts = self.rehearsal.parts(going)
        requests = [*questions.requests, *self.rehearsal.requests(parts)]
        try:
            results = self.client.batch(requests) if requests else []
        except (RpcTimeoutError, RpcHttpError) as error:
            self.rehearsal.simulation.doubt()
            if isinstance(error, RpcTimeoutError):
                raise
            results = [error] * len(requests)  # some gateways refuse methods so
        asked = len(questions.requests)
        look = self.preparation.look(questions, results[:asked])
        found = self.rehearsal.take(parts, results[asked:], list(wanted), next(iter(self.flight)))
        return {
            sent: self._refusal(actions, look, head) or found[sent]
            for sent, actions in wanted.items()
        }

    def _refusal(self, actions: Sequence[Action], look: Look, head: Block) -> str | None:
        """What the last look says against it."""
        try:
            for action in actions:
                self.preparation.check(action, look, head)
        except NotNeededError as reason:
            return str(reason)
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
