"""Signed transactions are, byte for byte, those of eth_account."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.contracts.call import ContractCall
from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.model import PlannedTransaction, SimulatedTransaction
from beamer_agent.transactions.signer import Signer
from beamer_agent.types import ChainId, Wei
from tests.factories import TARGET_TOKEN
from tests.fake_events import ACCOUNT

pytestmark = pytest.mark.property

AMOUNTS = st.integers(min_value=0, max_value=2**96).map(Wei)
GAS = st.integers(min_value=0, max_value=2**40)


@given(
    chain_id=st.integers(min_value=1, max_value=2**40),
    nonce=st.one_of(st.integers(min_value=0, max_value=300), GAS),
    data=st.binary(max_size=70) | st.binary(min_size=250, max_size=70_000),
    value=AMOUNTS,
    gas=GAS,
    maximum=AMOUNTS,
    priority=st.none() | AMOUNTS,
)
def test_signed_bytes_are_those_of_eth_account(
    chain_id: int,
    nonce: int,
    data: bytes,
    value: Wei,
    gas: int,
    maximum: Wei,
    priority: Wei | None,
) -> None:
    """Of both types, for numbers and data of any length."""
    fees = Fees(maximum, priority)
    call = ContractCall(TARGET_TOKEN, "anything", data, ())
    simulated = SimulatedTransaction(PlannedTransaction("fill", call, value=value), gas)
    signed = Signer(ACCOUNT, ChainId(chain_id)).sign(simulated, nonce, fees)
    fields: dict[str, Any] = {
        "to": TARGET_TOKEN,
        "data": data,
        "value": value,
        "gas": gas,
        "nonce": nonce,
    }
    theirs = ACCOUNT.sign_transaction(
        {"chainId": chain_id, "nonce": nonce, **fields, **fees.fields()}
    )
    assert (signed.raw, signed.hash) == (bytes(theirs.raw_transaction), bytes(theirs.hash))
