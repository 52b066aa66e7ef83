"""Versions: the same transaction over and over: repeated, dearer, or as one that does nothing."""

from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcResponseError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.fees import Fees, FeeSource, replacement_fees
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.rejections import Rejection, rejection_of
from beamer_agent.transactions.signer import Signer


@dataclass(frozen=True, slots=True)
class Versions:
    """Signs and hands over what stands for a transaction at its nonce. Of the sender's thread."""

    client: ChainClient
    signer: Signer
    fee_source: FeeSource
    clock: Clock
    logger: FilteringBoundLogger

    def touch(self, sent: SentTransaction, head: Block) -> None:
        """Count from now until it is overdue."""
        sent.sent_at, sent.sent_at_block = self.clock.monotonic(), head.number

    def repeat(self, sent: SentTransaction) -> None:
        """Hand the newest version over once more: the same bytes, so the same transaction.

        Raises:
            RpcError: the endpoint may or may not have taken it.
        """
        try:
            self.client.send_raw_transaction(sent.newest.raw)
        except RpcResponseError as error:
            if rejection_of(error) not in (Rejection.ALREADY_KNOWN, Rejection.NONCE_TOO_LOW):
                self.logger.warning(
                    "Node refused a transaction",
                    action=sent.name,
                    nonce=sent.nonce,
                    error=str(error),
                )
        # Refused or taken, the node has answered: the next try is a replacement, when overdue.
        sent.is_delivered = True

    def replace(self, sent: SentTransaction, head: Block, *, is_cancelling: bool) -> None:
        """Hand over a dearer version, or one that only uses up the nonce.

        Raises:
            RpcError: the endpoint may or may not have taken it.
        """
        self.touch(sent, head)
        fees = self._fees(sent, head, is_first=is_cancelling and not sent.is_being_undone)
        if fees is None:
            self.repeat(sent)
            return
        if is_cancelling:
            signed = self.signer.sign_nothing(sent.nonce, sent.newest.gas, fees)
        else:
            signed = self.signer.sign(sent.simulated, sent.nonce, fees)
        sent.versions.append(signed)
        sent.is_delivered = False
        self.logger.warning(
            "Sent transaction again",
            action=sent.name,
            transaction="cancel" if is_cancelling else sent.planned.label,
            nonce=sent.nonce,
            tx_hash=signed.hash,
            max_fee_per_gas=fees.maximum,
        )
        self.repeat(sent)

    def close_gap(self, nonce: int, head: Block, tried: Fees | None = None) -> Fees:
        """Use up a nonce that nothing of ours has: what is behind it could not be mined.

        Dearer than what was tried before; returns what is offered now.

        Raises:
            RpcError: the endpoint may or may not have taken it.
        """
        suggested = self.fee_source.fees(head)
        fees = (replacement_fees(tried, suggested) or tried) if tried else suggested
        signed = self.signer.sign_nothing(nonce, 0, fees)
        self.logger.warning("Closing a gap", nonce=nonce, tx_hash=signed.hash)
        try:
            self.client.send_raw_transaction(signed.raw)
        except RpcResponseError as error:
            self.logger.warning("Node refused a transaction", nonce=nonce, error=str(error))
        return fees

    def _fees(self, sent: SentTransaction, head: Block, *, is_first: bool) -> Fees | None:
        suggested = self.fee_source.fees(head)
        fees = replacement_fees(sent.fees, suggested)
        # What is cancelled must not be repeated, even if it was far too dear to be replaced.
        return suggested if fees is None and is_first else fees
