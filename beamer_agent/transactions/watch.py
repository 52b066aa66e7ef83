"""What becomes of transactions in flight: mined, sent again, or undone."""

from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcResponseError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block, Receipt
from beamer_agent.transactions.fees import replacement_fees, suggest_fees
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.queue import ActionQueue, longest_pause
from beamer_agent.transactions.rejections import Rejection, rejection_of
from beamer_agent.transactions.signer import Signer
from beamer_agent.types import BlockNumber

RESEND_BLOCKS: Final = 4
RESEND_SECONDS: Final = 4.0
"""A transaction is sent again when it is older than both: block times differ a lot."""

LOST_NONCE = "another transaction used the nonce"


@dataclass(frozen=True, slots=True)
class FlightWatch:
    """Follows the transactions in flight. Used by the sender's thread only."""

    client: ChainClient
    signer: Signer
    flight: Flight
    queue: ActionQueue
    clock: Clock
    logger: FilteringBoundLogger

    def look(self, head: Block) -> BlockNumber | None:
        """Settle what is mined, push what is not; the newest block in which something was mined.

        Raises:
            RpcError: the chain does not answer.
        """
        settled_until = self._settle_mined()
        self._undo_cancelled(head)
        self._deliver_again()  # after undoing: what is cancelled must not arrive late
        overdue = [sent for sent in self.flight if self._is_overdue(sent, head)]
        if overdue:
            self._push(overdue, head)
        return settled_until

    def _settle_mined(self) -> BlockNumber | None:
        versions = self.flight.hashes()
        receipts = self.client.receipts([version for _, version in versions])
        mined = [
            (sent, receipt)
            for (sent, _), receipt in zip(versions, receipts, strict=True)
            if receipt is not None
        ]
        for sent, receipt in mined:
            self.flight.remove(sent)
            self._settle(sent, receipt)
        return max((receipt.block_number for _, receipt in mined), default=None)

    def _settle(self, sent: SentTransaction, receipt: Receipt) -> None:
        logger = self.logger.bind(
            action=sent.action.key,
            transaction=sent.planned.label,
            tx_hash=receipt.transaction_hash,
            block_number=receipt.block_number,
        )
        if receipt.transaction_hash in sent.cancelling:
            logger.info("Cancelled transaction")
            self._give_up(sent, "cancelled")
        elif not receipt.succeeded:
            logger.warning("Transaction reverted", gas_used=receipt.gas_used)
            self._give_up(sent, "reverted")
        else:
            logger.info("Mined transaction", gas_used=receipt.gas_used)
            if sent.is_last_of_action:
                self.queue.mark_done(sent.action.key, receipt.block_number)

    def _give_up(self, sent: SentTransaction, reason: str) -> None:
        # The last transaction's fate decides; until it is known, nothing may be sent anew.
        key = sent.action.key
        is_undecided = any(o.action.key == key and o.is_last_of_action for o in self.flight)
        if not is_undecided:
            self.queue.refuse(key, reason, longest=longest_pause(sent.action))

    def _deliver_again(self) -> None:
        """Repeat what no node has confirmed to have: the same bytes, so the same transaction."""
        for sent in self.flight:
            if not sent.is_delivered:
                self._send_version(sent)

    def _undo_cancelled(self, head: Block) -> None:
        for sent in self.flight:
            is_cancelled = sent.is_last_of_action and self.queue.is_cancelled(sent.action.key)
            if is_cancelled and not sent.cancelling:
                self._replace(sent, head, is_cancelling=True)

    def _is_overdue(self, sent: SentTransaction, head: Block) -> bool:
        is_old = self.clock.monotonic() - sent.sent_at >= RESEND_SECONDS
        return is_old and head.number - sent.sent_at_block >= RESEND_BLOCKS

    def _push(self, overdue: list[SentTransaction], head: Block) -> None:
        mined, _ = self.client.transaction_counts(self.signer.address)
        self._close_gap(mined, head)
        for sent in overdue:
            is_too_cheap = sent.fees.maximum < (head.base_fee or 0)
            if sent.nonce < mined:
                self._lose(sent, head)
            elif sent.nonce == mined or is_too_cheap:
                self._replace(sent, head, is_cancelling=bool(sent.cancelling))
            else:
                # It only waits for the one before it, or was dropped with it.
                self._touch(sent, head)
                self._send_version(sent)

    def _close_gap(self, mined: int, head: Block) -> None:
        """After a reorg, a nonce may be free that was mined before: nothing behind it can be."""
        if mined >= next(iter(self.flight)).nonce:
            return
        signed = self.signer.sign_nothing(mined, 0, suggest_fees(self.client, head))
        self.logger.warning("Closing a gap", nonce=mined, tx_hash=signed.hash)
        try:
            self.client.send_raw_transaction(signed.raw)
        except RpcResponseError as error:
            self.logger.warning("Node refused a transaction", nonce=mined, error=str(error))

    def _lose(self, sent: SentTransaction, head: Block) -> None:
        """No version of ours took the nonce: the action needs a new one."""
        if not sent.is_nonce_taken:
            # The receipt may only be late: a claim sent anew for that would be a second one.
            sent.is_nonce_taken = True
            self._touch(sent, head)
            return
        self.flight.remove(sent)
        self._give_up(sent, LOST_NONCE)
        self.logger.warning(
            "Lost the nonce to another transaction", action=sent.action.key, nonce=sent.nonce
        )

    def _replace(self, sent: SentTransaction, head: Block, *, is_cancelling: bool) -> None:
        self._touch(sent, head)
        fees = replacement_fees(sent.fees, suggest_fees(self.client, head))
        if fees is None:
            self._send_version(sent)
            return
        if is_cancelling:
            signed = self.signer.sign_nothing(sent.nonce, sent.gas, fees)
            sent.cancelling.append(signed.hash)
        else:
            signed = self.signer.sign(sent.planned, sent.nonce, sent.gas, fees)
        sent.fees, sent.raw = fees, signed.raw
        sent.hashes.append(signed.hash)
        sent.is_delivered = False
        self.logger.warning(
            "Sent transaction again",
            action=sent.action.key,
            transaction="cancel" if is_cancelling else sent.planned.label,
            nonce=sent.nonce,
            tx_hash=signed.hash,
            max_fee_per_gas=fees.maximum,
        )
        self._send_version(sent)

    def _touch(self, sent: SentTransaction, head: Block) -> None:
        sent.sent_at, sent.sent_at_block = self.clock.monotonic(), head.number

    def _send_version(self, sent: SentTransaction) -> None:
        try:
            self.client.send_raw_transaction(sent.raw)
        except RpcResponseError as error:
            if rejection_of(error) not in (Rejection.ALREADY_KNOWN, Rejection.NONCE_TOO_LOW):
                self.logger.warning(
                    "Node refused a transaction",
                    action=sent.action.key,
                    nonce=sent.nonce,
                    error=str(error),
                )
        # Refused or taken, the node has answered: the next try is a replacement, when overdue.
        sent.is_delivered = True
