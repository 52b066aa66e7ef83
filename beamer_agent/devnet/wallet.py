"""An account on one chain that sends a transaction and waits until it is mined."""

import threading
from typing import Any

from eth_account.signers.local import LocalAccount

from beamer_agent.contracts.call import ContractCall
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import FatalError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Receipt
from beamer_agent.types import Address, ChainId, TransactionHash, Wei

MINED_SECONDS = 60.0

NO_VALUE = Wei(0)
_TIP = Wei(10**9)


class Wallet:
    """Signs, sends and waits. One per account and chain; safe for many threads.

    Args:
        client: of the chain.
        chain_id: its EIP-155 id.
        account: with the key.
    """

    def __init__(self, client: ChainClient, chain_id: ChainId, account: LocalAccount) -> None:
        self._client = client
        self._chain_id = chain_id
        self._account = account
        self._lock = threading.Lock()  # from reading the nonce to handing the transaction over

    @property
    def address(self) -> Address:
        """Whose wallet it is."""
        return self._account.address

    def send(self, call: ContractCall, value: Wei = NO_VALUE) -> TransactionHash:
        """Send a contract call, with native currency in wei; returns before it is mined.

        Raises:
            CallRevertedError: it would fail.
        """
        return self._post({"to": call.address, "data": "0x" + call.data.hex(), "value": value})

    def send_creation(self, init_code: bytes) -> TransactionHash:
        """Send the creation of a contract: its bytecode with the encoded arguments."""
        return self._post({"data": "0x" + init_code.hex(), "value": 0})

    def execute(self, call: ContractCall, value: Wei = NO_VALUE) -> Receipt:
        """Send a contract call and wait until it is mined.

        Raises:
            CallRevertedError: it would fail.
            FatalError: it failed when mined, or was not mined in time.
        """
        return self.wait_for(self.send(call, value))

    def wait_for(self, transaction_hash: TransactionHash) -> Receipt:
        """The receipt of a transaction that succeeded.

        Raises:
            FatalError: it failed, or was not mined in time.
        """
        name = f"transaction 0x{transaction_hash.hex()}"
        receipt = wait_until(
            lambda: self._client.receipts([transaction_hash])[0],
            f"{name} to be mined",
            seconds=MINED_SECONDS,
        )
        if not receipt.succeeded:
            raise FatalError(
                f"The {name} of {self.address} failed in block {receipt.block_number}."
            )
        return receipt

    def _post(self, fields: dict[str, Any]) -> TransactionHash:
        with self._lock:
            asked = {**fields, "from": self.address, "value": hex(fields["value"])}
            # Half as much again: what the contracts do may change until the block is made.
            gas = self._client.estimate_gas(asked, "pending") * 3 // 2
            _, nonce = self._client.transaction_counts(self.address)
            signed = self._account.sign_transaction(
                {
                    **fields,
                    "type": 2,
                    "chainId": self._chain_id,
                    "nonce": nonce,
                    "gas": gas,
                    "maxFeePerGas": 2 * (self._client.head().base_fee or 0) + _TIP,
                    "maxPriorityFeePerGas": _TIP,
                }
            )
            self._client.send_raw_transaction(signed.raw_transaction)
        return TransactionHash(bytes(signed.hash))
