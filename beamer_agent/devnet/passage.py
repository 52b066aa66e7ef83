"""The way of one message from a rollup over L1, walked by anyone: prove, wait, execute."""

from typing import Any

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.merkle import merkle_proof
from beamer_agent.devnet.outbox import Message, Outbox
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.devnet.wallet import Wallet
from beamer_agent.errors import FatalError
from beamer_agent.rpc.model import Receipt
from beamer_agent.types import FillId, RequestId


class Passage:
    """The message in which a FillManager tells of a fill, or that there is no such fill.

    Args:
        rollup: where the message was sent.
        wallet: on L1, of whoever pays.
        request_id: which request it is about.
        fill_id: which fill.

    Raises:
        FatalError: there is no such message.
    """

    def __init__(
        self, rollup: L2Contracts, wallet: Wallet, request_id: RequestId, fill_id: FillId
    ) -> None:
        self._l1_messenger = rollup.l1_messenger.contract
        self._l1 = rollup.base.client
        self._wallet = wallet
        self._outbox = Outbox(rollup.chain, rollup.messenger)
        self._sent = self._outbox.new_messages()
        self._message = _message_about(self._sent, request_id + fill_id)

    def prove(self) -> Receipt:
        """Prove the message under the newest root; its proof begins to mature.

        Raises:
            CallRevertedError: the root does not cover it, or it is proven already.
        """
        index = max(self._read("rootCount") - 1, 0)
        _, count = self._read("roots", index)
        # Younger messages may be under the root as well.
        self._sent += self._outbox.new_messages()
        hashes = [message.hash for message in self._sent[:count]]
        proof = merkle_proof(hashes, self._message.nonce)
        call = self._l1_messenger.call("proveMessage", *self._message.arguments, index, proof)
        return self._wallet.execute(call)

    def execute(self) -> Receipt:
        """Let the Resolver have the message.

        Raises:
            CallRevertedError: its proof has not matured, or somebody executed it before.
        """
        return self._wallet.execute(
            self._l1_messenger.call("executeMessage", *self._message.arguments)
        )

    def walk(self) -> Receipt:
        """Prove and execute, and wait before each until it is possible.

        Raises:
            FatalError: it was not possible in time.
            CallRevertedError: somebody else did it.
        """
        wait_until(self._is_covered, "a root that covers the message")
        self.prove()
        wait_until(self._is_mature, "the proof to mature")
        return self.execute()

    def _is_covered(self) -> bool:
        roots = self._read("rootCount")
        return bool(roots and self._read("roots", roots - 1)[1] > self._message.nonce)

    def _is_mature(self) -> bool:
        matures_at: int = self._read("provenAt", self._message.hash) + self._read("proofMaturity")
        # The block that is being made: a chain may have no other until the transaction is sent.
        coming = self._l1.call("eth_getBlockByNumber", "pending", False)
        return int(coming["timestamp"], 16) >= matures_at

    def _read(self, function: str, *arguments: object) -> Any:
        return self._l1.read(self._l1_messenger.call(function, *arguments))


def _message_about(messages: list[Message], ids: bytes) -> Message:
    # Resolver.resolve(requestId, fillId, ..): both stand right after the selector.
    for message in messages:
        if message.data[4:68] == ids:
            return message
    raise FatalError("No message of the target chain tells of this fill.")
