"""Signer: what is signed is what was simulated, and the hash is known before sending."""

import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_utils.crypto import keccak
from hexbytes import HexBytes

from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.model import PlannedTransaction, SimulatedTransaction
from beamer_agent.transactions.signer import TRANSFER_GAS, Signer
from beamer_agent.types import Wei
from tests.factories import TARGET_TOKEN, US
from tests.fake_events import ACCOUNT, CHAIN_ID

pytestmark = pytest.mark.unit

CALL = Contract(TARGET_TOKEN, ERC20_ABI).call("approve", US, 7)
SIMULATED = SimulatedTransaction(PlannedTransaction("approve", CALL, value=Wei(5)), 60_000)
FEES = Fees(Wei(300), Wei(20))
SIGNER = Signer(ACCOUNT, CHAIN_ID)


def test_signed_transaction_is_the_simulated_one() -> None:
    """On this chain, at this nonce and price, by this account."""
    signed = SIGNER.sign(SIMULATED, 9, FEES)
    fields = TypedTransaction.from_bytes(HexBytes(signed.raw)).as_dict()
    names = ("chainId", "nonce", "gas", "value", "maxFeePerGas", "maxPriorityFeePerGas")
    assert [fields[name] for name in names] == [CHAIN_ID, 9, 60_000, 5, 300, 20]
    assert (fields["to"], fields["data"]) == (HexBytes(TARGET_TOKEN), CALL.data)
    assert Account.recover_transaction(signed.raw) == ACCOUNT.address == SIGNER.address


def test_hash_is_the_one_that_nodes_will_use() -> None:
    """The hash of the signed bytes."""
    signed = SIGNER.sign(SIMULATED, 9, FEES)
    assert signed.hash == keccak(signed.raw)


def test_chain_without_base_fee_gets_a_legacy_transaction() -> None:
    """Replay-protected for this chain."""
    signed = SIGNER.sign(SIMULATED, 9, Fees(Wei(300), None))
    assert signed.raw[0] >= 0xC0  # a list, no type byte
    assert Account.recover_transaction(signed.raw) == ACCOUNT.address


def test_nothing_moves_nothing() -> None:
    """Only the nonce is used up: no currency, no data, to ourselves."""
    signed = SIGNER.sign_nothing(9, 0, FEES)
    fields = TypedTransaction.from_bytes(HexBytes(signed.raw)).as_dict()
    assert (fields["to"], fields["value"], fields["data"]) == (HexBytes(ACCOUNT.address), 0, b"")
    assert (fields["nonce"], fields["gas"]) == (9, TRANSFER_GAS)


def test_version_knows_what_the_account_must_have() -> None:
    """Its value, and all the gas at the highest price; the empty one has no value."""
    assert SIGNER.sign(SIMULATED, 9, FEES).most_cost == 5 + 60_000 * 300
    assert SIGNER.sign_nothing(9, 0, FEES).most_cost == TRANSFER_GAS * 300
