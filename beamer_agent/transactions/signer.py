"""Signing: a planned transaction, its nonce and its price become bytes with a known hash."""

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount

from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.model import PlannedTransaction
from beamer_agent.types import Address, ChainId, TransactionHash

TRANSFER_GAS = 21_000
"""Of a transaction without code and data (Ethereum yellow paper, G_transaction)."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction."""

    raw: bytes
    hash: TransactionHash


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one account on one chain. Speaks to nobody."""

    account: LocalAccount
    chain_id: ChainId

    @property
    def address(self) -> Address:
        """The account's address."""
        return self.account.address

    def sign(self, planned: PlannedTransaction, nonce: int, gas: int, fees: Fees) -> Signed:
        """The planned transaction at a nonce."""
        return self._sign(planned.call.address, planned.call.data, planned.value, nonce, gas, fees)

    def sign_nothing(self, nonce: int, gas: int, fees: Fees) -> Signed:
        """A transaction that only uses up a nonce: no currency to ourselves."""
        return self._sign(self.address, b"", 0, nonce, max(gas, TRANSFER_GAS), fees)

    def _sign(
        self, to: Address, data: bytes, value: int, nonce: int, gas: int, fees: Fees
    ) -> Signed:
        signed = self.account.sign_transaction(
            {
                "chainId": self.chain_id,
                "nonce": nonce,
                "to": to,
                "data": data,
                "value": value,
                "gas": gas,
                **fees.fields(),
            }
        )
        return Signed(bytes(signed.raw_transaction), TransactionHash(bytes(signed.hash)))
