"""Versions: the same transaction over and over: repeated, dearer, or as one that does nothing.

    repeat   the same bytes     what no node confirmed to have, or only waits for others
    replace  a dearer version   what should have been mined; "underpriced": dearer still, at once
             an empty version   what is not wanted any more
    close    an empty one       a nonce that nothing of ours has, though others wait behind it

All go out in one batch. A version is dearer within three bounds: the cap of what it carries, or of
what waits behind it, ten times what is offered now, and what the account could pay for all that is
in flight. Beyond them the newest version is repeated.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import RpcError, RpcResponseError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.budget import Budget
from beamer_agent.transactions.fees import Fees, FeeSource, replacement_fees
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import (
    PlannedTransaction,
    SentTransaction,
    SignedTransaction,
    SimulatedTransaction,
)
from beamer_agent.transactions.observer import SenderObserver
from beamer_agent.transactions.rejections import Rejection, rejection_of
from beamer_agent.transactions.signer import TRANSFER_GAS, Signer

MOST_BUMPS: Final = 6
"""So often a replacement is raised at once when a node calls it underpriced: to twice the price,
which is the most that any pool is known to ask for (geth's, for transactions with blobs)."""

KNOWN: Final = (Rejection.ALREADY_KNOWN, Rejection.NONCE_TOO_LOW)
"""The node has it, or one of its versions is mined: its receipt tells."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Signs and hands over what stands for a transaction at its nonce. Of the sender's thread."""

    client: ChainClient
    signer: Signer
    fee_source: FeeSource
    flight: Flight
    budget: Budget
    observer: SenderObserver
    clock: Clock
    logger: FilteringBoundLogger

    def touch(self, sent: SentTransaction, head: Block) -> None:
        """Count from now until it is overdue."""
        sent.sent_at, sent.sent_at_block = self.clock.monotonic(), head.number

    def repeat(self, transactions: Sequence[SentTransaction]) -> None:
        """Hand the newest versions over once more: the same bytes, so the same transactions.

        Raises:
            RpcError: the endpoint may or may not have taken some of them.
        """
        for sent in self._hand_over(transactions):
            self._tell_of_refusal(sent, "replacement transaction underpriced")

    def replace(
        self,
        transactions: Sequence[SentTransaction],
        head: Block,
        *,
        waiting: Sequence[Action] = (),
        is_cancelling: bool = False,
    ) -> None:
        """Hand over dearer versions, or such that only use up the nonce.

        `waiting` are actions that have no nonce yet: theirs is behind all that is in flight.

        Raises:
            RpcError: the endpoint may or may not have taken some of them.
        """
        for sent in transactions:
            self.touch(sent, head)
        self._raise(transactions, waiting, head, is_cancelling=is_cancelling)
        underpriced = self._hand_over(transactions)
        for _ in range(MOST_BUMPS - 1):
            underpriced = self._raise(underpriced, waiting, head, is_cancelling=is_cancelling)
            underpriced = self._hand_over(underpriced)
        for sent in underpriced:
            self._tell_of_refusal(sent, "replacement transaction underpriced")

    def close(self, nonces: Sequence[int], head: Block) -> list[SentTransaction]:
        """Use up nonces that nothing of ours has: what is behind them could not be mined.

        In flight from now on, those that are not used already.

        Raises:
            RpcError: the chain does not answer; nothing was sent.
        """
        fees = self.fee_source.fees(head)
        fillers = [self._filler(nonce, fees, head) for nonce in nonces]
        for sent in fillers:
            self.logger.warning("Closing a gap", nonce=sent.nonce, tx_hash=sent.newest.hash)
            self.observer.closed_gap()
        results = self.client.send_raw_transactions([sent.newest.raw for sent in fillers])
        open_ = []
        for sent, error in zip(fillers, results, strict=True):
            sent.is_delivered = error is None or isinstance(error, RpcResponseError)
            if isinstance(error, RpcResponseError):
                self._tell_of_refusal(sent, str(error))
                if rejection_of(error) is Rejection.NONCE_TOO_LOW:
                    continue
            open_.append(sent)
        return open_

    def close_unseen(self, nonce: int, head: Block, tried: Fees | None = None) -> Fees:
        """The same at a nonce that somebody else's transaction may have; it is not in flight.

        Dearer than what was tried before; returns what is offered now.

        Raises:
            RpcError: the endpoint may or may not have taken it.
        """
        offered = self.fee_source.fees(head)
        fees = (replacement_fees(tried, offered) or tried) if tried else offered
        signed = self.signer.sign_nothing(nonce, 0, fees)
        self.logger.warning("Closing a gap", nonce=nonce, tx_hash=signed.hash)
        self.observer.closed_gap()
        try:
            self.client.send_raw_transaction(signed.raw)
        except RpcResponseError as error:
            self.logger.warning("Node refused a transaction", nonce=nonce, error=str(error))
        return fees

    def _filler(self, nonce: int, fees: Fees, head: Block) -> SentTransaction:
        call = ContractCall(self.signer.address, "nothing", b"", ())
        return SentTransaction(
            actions=(),
            simulated=SimulatedTransaction(PlannedTransaction("gap", call), TRANSFER_GAS),
            is_last_of_action=False,
            versions=[self.signer.sign_nothing(nonce, 0, fees)],
            sent_at_block=head.number,
            sent_at=self.clock.monotonic(),
            is_retired=True,
        )

    def _hand_over(self, transactions: Sequence[SentTransaction]) -> list[SentTransaction]:
        """Hand the newest versions over; those that a node calls underpriced."""
        if not transactions:
            return []
        results = self.client.send_raw_transactions([sent.newest.raw for sent in transactions])
        unknown: RpcError | None = None
        underpriced = []
        for sent, error in zip(transactions, results, strict=True):
            if error is not None and not isinstance(error, RpcResponseError):
                unknown = error
                continue
            # Refused or taken, the node has answered: the next try is a replacement, when overdue.
            sent.is_delivered = True
            if error is None or rejection_of(error) in KNOWN:
                continue
            if rejection_of(error) is Rejection.UNDERPRICED:
                underpriced.append(sent)
            else:
                self._tell_of_refusal(sent, str(error))
        if unknown is not None:
            raise unknown
        return underpriced

    def _raise(
        self,
        transactions: Sequence[SentTransaction],
        waiting: Sequence[Action],
        head: Block,
        *,
        is_cancelling: bool,
    ) -> list[SentTransaction]:
        """Sign dearer versions; those of which there is one."""
        return [
            sent
            for sent, behind in self._with_those_behind(transactions, waiting)
            if self._raise_one(sent, behind, head, is_cancelling=is_cancelling)
        ]

    def _raise_one(
        self, sent: SentTransaction, behind: Sequence[Action], head: Block, *, is_cancelling: bool
    ) -> bool:
        is_first = is_cancelling and not sent.is_being_undone
        fees = self.fee_source.replacement(sent.fees, behind, head)
        if fees is None and is_first:
            # What is cancelled must not be repeated, even if it was far too dear to be replaced.
            fees = self.fee_source.fees(head)
        if fees is None:
            return False
        signed = self._signed(sent, fees, is_cancelling=is_cancelling or sent.is_being_undone)
        # What only uses up the nonce goes out in any case: the version before it must not.
        is_covered = self.budget.covers(signed.most_cost, sent.newest.most_cost)
        if not is_covered and not signed.is_cancelling:
            self.logger.warning(
                "Account cannot pay more for a transaction", action=sent.name, nonce=sent.nonce
            )
            return False
        sent.versions.append(signed)
        sent.is_delivered = False
        label = "cancel" if signed.is_cancelling else sent.planned.label
        self.observer.sent_again(label)
        self.logger.warning(
            "Sent transaction again",
            action=sent.name,
            transaction=label,
            nonce=sent.nonce,
            tx_hash=signed.hash,
            max_fee_per_gas=fees.maximum,
        )
        return True

    def _signed(
        self, sent: SentTransaction, fees: Fees, *, is_cancelling: bool
    ) -> SignedTransaction:
        if is_cancelling:
            return self.signer.sign_nothing(sent.nonce, sent.newest.gas, fees)
        return self.signer.sign(sent.simulated, sent.nonce, fees)

    def _with_those_behind(
        self, transactions: Sequence[SentTransaction], waiting: Sequence[Action]
    ) -> Iterable[tuple[SentTransaction, Sequence[Action]]]:
        """Each with what is served by its being mined: of each kind, what has least time."""
        wanted = set(transactions)
        urgent: dict[type, Action] = {}
        served: dict[SentTransaction, Sequence[Action]] = {}
        _note(urgent, waiting)
        for sent in sorted({*self.flight, *wanted}, key=lambda s: s.nonce, reverse=True):
            _note(urgent, sent.actions)
            if sent in wanted:
                served[sent] = tuple(urgent.values())
        return [(sent, served[sent]) for sent in transactions]

    def _tell_of_refusal(self, sent: SentTransaction, reason: str) -> None:
        # With hundreds in flight, and tried again every few seconds, nobody could read the log.
        if reason == sent.refused_for:
            return
        sent.refused_for = reason
        self.logger.warning(
            "Node refused a transaction", action=sent.name, nonce=sent.nonce, error=reason
        )


def _note(urgent: dict[type, Action], actions: Iterable[Action]) -> None:
    """Keep, of each kind, what has least time."""
    for action in actions:
        known = urgent.get(type(action))
        if known is None or _time_of(action) < _time_of(known):
            urgent[type(action)] = action


def _time_of(action: Action) -> float:
    return float("inf") if action.deadline is None else action.deadline
