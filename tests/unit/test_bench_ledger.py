"""Gas of an account's transactions, and the calls an endpoint in front has counted."""

import json
from typing import Any

import pytest

from benchmarks.front import methods
from benchmarks.ledger import Entry, calls_to, failed, gas_per_transfer, mean_gas
from tests.factories import US

pytestmark = pytest.mark.unit

ENTRIES = [
    Entry("approve", 46_000, succeeded=True),
    Entry("fillRequest", 100_000, succeeded=True),
    Entry("fillRequest", 120_000, succeeded=False),
    Entry("other", 300_000, succeeded=True),
]


def test_gas_per_transfer_leaves_approvals_out() -> None:
    """What failed was paid all the same; several actions in one transaction are in it."""
    assert gas_per_transfer(ENTRIES, 4) == 130_000
    assert failed(ENTRIES) == 1


def test_mean_gas_is_by_function() -> None:
    """For the details."""
    assert mean_gas(ENTRIES) == {"approve": 46_000, "fillRequest": 110_000, "other": 300_000}


def test_calls_of_a_contract_are_found_at_any_depth() -> None:
    """What it calls itself belongs to them."""
    inner = {"to": US.lower(), "gasUsed": "0x1"}
    ours = {"to": US.lower(), "gasUsed": "0x10", "calls": [inner]}
    other: dict[str, Any] = {"to": "0x" + "11" * 20, "gasUsed": "0x20", "calls": [ours, inner]}
    assert calls_to({"to": "0x" + "22" * 20, "calls": [other]}, US) == [ours, inner]


def test_every_call_of_a_batch_is_counted() -> None:
    """A request of one call is one."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": []}
    send = {**call, "method": "eth_sendRawTransaction"}
    assert methods(json.dumps(call).encode()) == ["eth_call"]
    assert methods(json.dumps([send, call, send]).encode()) == [
        "eth_sendRawTransaction",
        "eth_call",
        "eth_sendRawTransaction",
    ]
