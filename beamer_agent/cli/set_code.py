r"""Setting an account's code on one chain (EIP-7702): signed by the account, sent by the account.

BatchExecutor --deploy--> its address --delegate--> the account's code is 0xef0100 and the address
                                 zero --delegate--> the account has no code
"""

import threading
import time
from dataclasses import dataclass
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from beamer_agent.contracts.interface import Contract, packaged_abi, packaged_contract
from beamer_agent.errors import FatalError, RpcPayloadError, RpcResponseError
from beamer_agent.rpc.client import LATEST, ChainClient
from beamer_agent.rpc.model import octets
from beamer_agent.transactions.bundles import EXECUTOR
from beamer_agent.transactions.delegation import PREFIX, delegate_of, is_executor
from beamer_agent.transactions.fees import Fees, suggest_fees
from beamer_agent.types import Address, ChainId, TransactionHash

NOBODY: Final[Address] = to_checksum_address("0x" + "00" * 20)
"""Delegating to it removes the code (EIP-7702)."""

MINED_SECONDS: Final = 180.0
POLL_SECONDS: Final = 0.5

AUTHORIZATION_GAS: Final = 60_000
"""Of one authorization (25 000, EIP-7702 PER_EMPTY_ACCOUNT_COST) and of the account's own code."""
AUTHORIZATION_BYTES: Final = 160
"""About what an authorization adds to a transaction's size, which rollups charge for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account's code is."""

    account: Address
    code: bytes
    delegate: Address | None
    """Where its code is; None: it has none, or is a contract itself."""
    is_ours: bool
    """Whether that is the batch executor."""

    def __str__(self) -> str:
        """As a sentence without its stop."""
        if self.delegate is not None:
            kind = "the batch executor" if self.is_ours else "foreign code"
            return f"{self.account} delegates to {kind} at {self.delegate}"
        return f"{self.account} " + ("is a contract" if self.code else "does not delegate")


@dataclass(frozen=True, slots=True)
class CodeSetter:
    """Sets the code of one account on one chain; each step is mined when its method returns.

    For an account that nobody else sends from meanwhile.
    """

    client: ChainClient
    account: LocalAccount
    chain_id: ChainId

    def standing(self) -> Standing:
        """What the account's code is now.

        Raises:
            RpcError: the chain does not answer.
        """
        account = self.account.address
        code = self.client.code(account)
        delegate = delegate_of(code)
        is_ours = delegate is not None and is_executor(self.client.code(delegate))
        return Standing(account, code, delegate, is_ours)

    def is_supported(self) -> bool:
        """Whether the chain knows this kind of code and of transaction; tried, not sent.

        Raises:
            RpcError: the chain does not answer.
        """
        try:
            return self._carries_out_code() and self._estimates_authorizations() > 0
        except (RpcResponseError, RpcPayloadError):
            return False

    def _carries_out_code(self) -> bool:
        call = Contract(self.account.address, packaged_abi(EXECUTOR)).call("MAX_REASON")
        executor = to_checksum_address("0x" + "e7" * 20)  # anywhere: nothing is there
        codes = {
            executor: {"code": packaged_contract(EXECUTOR)["runtime_code"]},
            self.account.address: {"code": "0x" + PREFIX.hex() + executor[2:].lower()},
        }
        method, params = call.request(LATEST)
        # Where the code is not carried out, or not even looked at, there is no answer in it.
        return len(octets(self.client.call(method, *params, codes))) > 0

    def _estimates_authorizations(self) -> int:
        # Nothing is signed for a question: one that is not valid is charged for as well.
        authorization = {
            "chainId": hex(self.chain_id),
            "address": NOBODY,
            "nonce": "0x0",
            "yParity": "0x0",
            "r": "0x1",
            "s": "0x1",
        }
        fields = {"from": self.account.address, "to": NOBODY, "authorizationList": [authorization]}
        return self.client.estimate_gas(fields)

    def deploy(self) -> Address:
        """Put the batch executor on the chain.

        Raises:
            FatalError: it is not there afterwards.
            RpcError: the chain does not answer.
        """
        data = packaged_contract(EXECUTOR)["bytecode"]
        gas = self.client.estimate_gas({"from": self.account.address, "data": data})
        mined = self._send({"data": data, "gas": gas * 5 // 4, "type": 2}, self._next_nonce())
        receipt = self.client.call("eth_getTransactionReceipt", "0x" + mined.hex())
        created = receipt.get("contractAddress") if isinstance(receipt, dict) else None
        if not isinstance(created, str):
            raise RpcPayloadError("the receipt of a creation names no contract")
        executor = to_checksum_address(created)
        self.check_executor(executor)
        return executor

    def check_executor(self, address: Address) -> None:
        """Make sure that the packaged batch executor is there, byte for byte.

        Raises:
            FatalError: it is not.
            RpcError: the chain does not answer.
        """
        if not is_executor(self.client.code(address)):
            raise FatalError(f"{address} is not the batch executor of this version.")

    def delegate(self, address: Address) -> None:
        """Make the code at an address the account's; that of `NOBODY`: none.

        Raises:
            FatalError: it is not so afterwards.
            RpcError: the chain does not answer.
        """
        nonce = self._next_nonce()
        fields = {
            "type": 4,
            "to": self.account.address,
            "gas": self._authorization_gas(),
            # The account's nonce is counted up before the authorization is looked at.
            "authorizationList": [
                self.account.sign_authorization(
                    {"chainId": self.chain_id, "address": address, "nonce": nonce + 1}
                )
            ],
            "accessList": [],
        }
        self._send(fields, nonce)
        if (self.standing().delegate or NOBODY) != address:
            raise FatalError("The chain has taken the transaction, and has not set the code.")

    def _authorization_gas(self) -> int:
        data = "0x" + "ff" * AUTHORIZATION_BYTES
        size = {"from": self.account.address, "to": NOBODY, "data": data}
        return self.client.estimate_gas(size) + AUTHORIZATION_GAS

    def _next_nonce(self) -> int:
        mined, pending = self.client.transaction_counts(self.account.address)
        if pending > mined:
            raise FatalError(
                f"{pending - mined} transactions of the account are still to be mined: "
                "stop the agent, and try again when they are."
            )
        return mined

    def _send(self, fields: dict[str, Any], nonce: int) -> TransactionHash:
        fees = suggest_fees(self.client, self.client.head())
        signed = self.account.sign_transaction(
            {
                "chainId": self.chain_id,
                "nonce": nonce,
                "value": 0,
                **_prices(fees),
                **fields,
            }
        )
        self.client.send_raw_transaction(bytes(signed.raw_transaction))
        hash_ = TransactionHash(bytes(signed.hash))
        self._wait_for(hash_)
        return hash_

    def _wait_for(self, hash_: TransactionHash) -> None:
        pause, until = threading.Event(), time.monotonic() + MINED_SECONDS
        while (receipt := self.client.receipts([hash_])[0]) is None:
            if time.monotonic() > until:
                raise FatalError(f"Transaction 0x{hash_.hex()} was not mined in time.")
            pause.wait(POLL_SECONDS)
        if not receipt.succeeded:
            raise FatalError(f"Transaction 0x{hash_.hex()} failed.")


def _prices(fees: Fees) -> dict[str, int]:
    # A chain that knows EIP-7702 knows EIP-1559.
    return {"maxFeePerGas": fees.maximum, "maxPriorityFeePerGas": fees.priority or 0}
