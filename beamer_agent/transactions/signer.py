"""Signing: what was simulated, its nonce and its price become bytes with a known hash."""

from dataclasses import dataclass, field

from coincurve import PrivateKey
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from beamer_agent.transactions.encoding import Unsigned
from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.model import NOTHING, SignedTransaction, SimulatedTransaction
from beamer_agent.types import Address, ChainId, TransactionHash, Wei

TRANSFER_GAS = 21_000
"""Of a transaction without code and data (Ethereum yellow paper, G_transaction)."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one account on one chain. Speaks to nobody."""

    account: LocalAccount
    chain_id: ChainId
    _key: PrivateKey = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Its public half is computed once, not for each signature."""
        object.__setattr__(self, "_key", PrivateKey(bytes(self.account.key)))

    @property
    def address(self) -> Address:
        """The account's address."""
        return self.account.address

    def sign(self, simulated: SimulatedTransaction, nonce: int, fees: Fees) -> SignedTransaction:
        """The simulated transaction at a nonce."""
        planned = simulated.planned
        to, data = planned.call.address, planned.call.data
        raw, hash_ = self._sign(to, data, planned.value, nonce, simulated.gas, fees)
        return SignedTransaction(
            nonce, planned.value, simulated.gas, fees, raw, hash_, is_cancelling=False
        )

    def sign_nothing(self, nonce: int, gas: int, fees: Fees) -> SignedTransaction:
        """A transaction that only uses up a nonce: no currency to ourselves."""
        gas = max(gas, TRANSFER_GAS)
        raw, hash_ = self._sign(self.address, b"", NOTHING, nonce, gas, fees)
        return SignedTransaction(nonce, NOTHING, gas, fees, raw, hash_, is_cancelling=True)

    def _sign(
        self, to: Address, data: bytes, value: Wei, nonce: int, gas: int, fees: Fees
    ) -> tuple[bytes, TransactionHash]:
        unsigned = Unsigned(self.chain_id, nonce, to, data, value, gas, fees)
        signature = self._key.sign_recoverable(keccak(unsigned.to_sign()), hasher=None)
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])
        raw = unsigned.signed(signature[64], r, s)
        return raw, TransactionHash(keccak(raw))
